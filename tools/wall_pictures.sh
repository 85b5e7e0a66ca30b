#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Takes the pictures of the wall that the documents show: twelve live signals, watched by a probe; calm, one alarm, many
# alarms, the full view, the probe gone, and no streams; each at 1920x1080 and 3840x2160. Some minutes; no display needed.
# usage: tools/wall_pictures.sh BIN_DIR OUT_DIR [CASE…]     cases: calm one many full gone none
#   MADE=folder: keeps the encoded signals there, for the next time
set -euo pipefail
[ $# -ge 2 ] || { sed -n '3,6s/^# //p' "$0" >&2; exit 3; }
bin=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
cases=" ${*:3} "
[ "$cases" != "  " ] || cases=" calm one many full gone none "
for need in curl ffmpeg; do command -v "$need" >/dev/null || { echo "$need is missing" >&2; exit 1; }; done

dir=$(mktemp -d)
made=${MADE:-$dir}
mkdir -p "$made"
pids=()
declare -A sender
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$dir"
}
trap finish EXIT
cd "$dir"

# id, address, name, more of the stream's configuration, options of its signal
streams=(
    "news-hd|127.0.0.7|NEWS HD|tags: {site: london, encoder: enc7}|--tone-level -20"
    "sport|127.0.0.3|SPORT 1||--tone-level -12 --tone 440"
    "cinema|127.0.0.4|CINEMA|rules: {bitrate.low: {warning: {below: 500k, for: 3s}}}|--tone-level -22"
    "kids|127.0.0.5|KIDS|depth: adaptive|--gop 50 --tone-level -18"
    "region-n|127.0.0.6|REGION N||--tone-level -16 --tone 700"
    "region-s|127.0.0.7|REGION S||--tone-level -19"
    "music|127.0.0.8|MUSIC|rules: {audio.silence: {warning: off, critical: off, minor: 3s, channels: any}}|--tone-level -14,-17 --tone 400,600"
    "news-cdn-a|127.0.0.9|NEWS CDN-A||--tone-level -20"
    "cam-1|127.0.0.11|EVENT CAM 1|tags: {event: final}|--tone-level -24"
    "cam-2|127.0.0.11|EVENT CAM 2|tags: {event: final}|--tone-level -26 --tone 300"
    "pgm|127.0.0.11|EVENT PGM|tags: {event: final}|--tone-level -18"
    "backup|127.0.0.12|EVENT BKP|on_air: standby|--tone-level -18"
)
sound_of() { for row in "${streams[@]}"; do [[ $row != "$1|"* ]] || { IFS='|' read -r _ _ _ _ REPLY <<<"$row"; return; }; done; }
name_of() { for row in "${streams[@]}"; do [[ $row != "$1|"* ]] || { IFS='|' read -r _ _ REPLY _ _ <<<"$row"; return; }; done; }
make() {  # ID KIND FAULT…: 20 s of it, encoded once
    local id=$1 kind=$2 faults=() fault options
    shift 2
    [ ! -s "$made/$id-$kind.ts" ] || return 0
    for fault in "$@"; do faults+=(--fault "$fault"); done
    sound_of "$id"; read -ra options <<<"$REPLY"
    [ "$kind" != thin ] || options+=(--bitrate 100k)
    name_of "$id"
    "$bin/sightline-signals" --for 20s --size 480x270 --label "$REPLY" "${options[@]}" "${faults[@]}" --to "$made/$id-$kind.part.ts" 2>"$dir/made" || { cat "$dir/made" >&2; exit 1; }
    mv "$made/$id-$kind.part.ts" "$made/$id-$kind.ts"
}
declare -A address
send() {  # ID KIND: instead of what it sent before
    local old=${sender[$1]:-}
    if [ -n "$old" ]; then kill "$old" 2>/dev/null || true; wait "$old" 2>/dev/null || true; fi
    sender[$1]=
    [ "$2" != nothing ] || return 0
    "$bin/sightline-signals" --loop "$made/$1-$2.ts" --to "udp://${address[$1]}" >/dev/null 2>&1 &
    sender[$1]=$!
    pids+=("$!")
}

next=$((24000 + RANDOM % 8000))
tally=$((next + 100))
{
    printf 'version: 1\nprobe: mcr1\nstore: {sqlite: p.db}\napi: {listen: off, socket: %s/mcr1.sock}\n' "$dir"
    printf 'rules:\n  broadcast:\n    video.black: {warning: off, critical: 2s}\n    video.freeze: {warning: off, major: 3s, critical: off}\n    signal.lost: {warning: off, critical: 1s}\n'
    printf 'paths:\n  - {id: news, points: [news-hd, news-cdn-a]}\nincidents: {gather: 1s}\nstreams:\n'
    for row in "${streams[@]}"; do
        IFS='|' read -r id host name more _ <<<"$row"
        address[$id]=$host:$((next++))
        own=
        [[ $more == *rules:* ]] || own=", rules: broadcast"
        printf '  - {id: %s, name: %s, url: "udp://%s"%s%s}\n' "$id" "$name" "${address[$id]}" "${more:+, $more}" "$own"
    done
} >"$dir/p.yaml"
{
    printf 'version: 1\nroom: MCR 1\nzone: Europe/London\ntally: {udp: %s}\npages:\n  - name: Channels\n    grid: 4x3\n    tiles:\n' "$tally"
    n=0
    for row in "${streams[@]}"; do printf '      - {stream: %s, tally: %s}\n' "${row%%|*}" $((++n)); done
    printf '  - {name: Wrong, show: wrong}\n'
} >"$dir/wall-1920x1080.yaml"
sed "s/udp: $tally/udp: $((tally + 1))/" "$dir/wall-1920x1080.yaml" >"$dir/wall-3840x2160.yaml"

api() { curl -s --max-time 5 --unix-socket "$dir/mcr1.sock" "http://localhost/api/v1/$1"; }
within() {  # SECONDS COMMAND…
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || { echo "not within its time: $*" >&2; tail -5 "$dir/p.log" >&2; api alarms | head -c 3000 >&2; exit 1; }
        read -rt 0.3 <> <(:) || true
    done
}
tell_tally() {  # TSL UMD 3.1: camera 1 is previewed, the programme is on air
    local n port
    for ((n = 0; n < 80; ++n)); do
        for port in "$tally" "$((tally + 1))"; do
            printf '\x89\x32EVENT CAM 1     ' >"/dev/udp/127.0.0.1/$port" 2>/dev/null || true
            printf '\x8b\x31EVENT PGM       ' >"/dev/udp/127.0.0.1/$port" 2>/dev/null || true
        done
        read -rt 0.5 <> <(:) || true
    done
}
shoot() {  # NAME OPTION…: both sizes at once; 256 colours are enough for it, fewer where it would be above 400 kB
    local name=$1 size pid walls=() teller
    shift
    tell_tally &
    teller=$!
    for size in 1920x1080 3840x2160; do
        nice "$bin/sightline-wall" --probe unix:mcr1.sock --layout "wall-$size.yaml" --size "$size" --after "${after:-10s}" --fps 4 \
            --screenshot "shot-$size.png" "$@" &
        walls+=("$!")
    done
    for pid in "${walls[@]}"; do wait "$pid"; done
    kill "$teller" 2>/dev/null || true
    wait "$teller" 2>/dev/null || true
    local colours
    for size in 1920x1080 3840x2160; do
        for colours in 256 96 48; do
            ffmpeg -nostdin -v error -y -i "shot-$size.png" -compression_level 9 \
                -vf "split[a][b];[a]palettegen=max_colors=$colours[p];[b][p]paletteuse=dither=none" "$out/wall-$name-${size#*x}.png"
            [ "$(stat -c %s "$out/wall-$name-${size#*x}.png")" -gt 400000 ] || break
        done
        echo "$out/wall-$name-${size#*x}.png" >&2
    done
}
soon() { (read -rt "$1" <> <(:) || true; "${@:2}") & }

if [[ $cases != " none " ]]; then
    echo "encoding …" >&2
    for row in "${streams[@]}"; do make "${row%%|*}" good; done
    make news-hd black black@0+20 silence@0+20
    make news-cdn-a black black@0+20
    make region-n freeze freeze@1+19
    make music left silence@0+20:channel=1
    make cinema thin
    for row in "${streams[@]}"; do send "${row%%|*}" good; done
    "$bin/sightline" run "$dir/p.yaml" >"$dir/p.log" 2>&1 &
    probe=$!
    pids+=("$probe")
    all_good() { [ "$(api streams | grep -o '"state":"good"' | wc -l)" -ge 11 ] && ! api alarms | grep -q '"stream":"[a-z]'; }
    within 90 all_good
    [[ $cases != *" calm "* ]] || shoot calm
fi
open() { api alarms | grep -qE "\"stream\":\"$1\"[^}]*\"condition\":\"$2\""; }
if [[ $cases == *" one "* ]]; then
    send news-hd black
    within 60 open news-hd video.black
    shoot one
fi
if [[ $cases == *" many "* || $cases == *" full "* ]]; then
    send news-hd black
    within 60 open news-hd video.black
    send news-cdn-a black
    send region-n freeze
    send music left
    send cinema thin
    within 60 open news-cdn-a video.black
    within 60 open region-n video.freeze
    within 60 open music audio.silence
    within 60 open cinema bitrate.low
    # Cut while the walls run: their last picture of it stays, greyed.
    soon 5 kill "${sender[region-s]}"
    [[ $cases != *" many "* ]] || after=20s shoot many
    within 60 open region-s signal.lost
    [[ $cases != *" full "* ]] || after=60s shoot full --full news-hd
fi
if [[ $cases == *" gone "* ]]; then
    soon 5 kill "$probe"
    after=13s shoot gone
fi
if [[ $cases == *" none "* ]]; then
    [ -z "${probe:-}" ] || { kill "$probe" 2>/dev/null || true; wait "$probe" 2>/dev/null || true; }
    printf 'version: 1\nprobe: mcr1\nstreams: []\nstore: {sqlite: p.db}\napi: {listen: off, socket: %s/mcr1.sock}\n' "$dir" >"$dir/p.yaml"
    for size in 1920x1080 3840x2160; do printf 'version: 1\nroom: MCR 1\nzone: Europe/London\n' >"$dir/wall-$size.yaml"; done
    "$bin/sightline" run "$dir/p.yaml" >"$dir/p.log" 2>&1 &
    pids+=("$!")
    ready() { curl -s --unix-socket "$dir/mcr1.sock" http://localhost/readyz | grep -q ready; }
    within 20 ready
    shoot none
fi
