#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Starts four live signals with faults that come and go, over real servers on loopback, and watches them with Sightline.
#   UDP:  sender -> sightline                            SRT: sender -> srt-live-transmit -> sightline
#   RTMP: sender -> nginx -> sightline                   HLS: sender -> ffmpeg (segments) -> nginx -> sightline
# usage: demo/start.sh [--servers-only]     Ctrl-C ends all of it. SIGHTLINE_BIN_DIR: where the programs are.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
bin=${SIGHTLINE_BIN_DIR:-$here/build/release/bin}
servers_only=false
case "${1:-}" in
    "") ;;
    --servers-only) servers_only=true ;;
    *) echo "usage: demo/start.sh [--servers-only]" >&2; exit 2 ;;
esac
for need in nginx ffmpeg srt-live-transmit; do
    PATH=$PATH:/usr/sbin command -v "$need" >/dev/null ||
        { echo "demo: $need is missing: apt-get install nginx libnginx-mod-rtmp srt-tools ffmpeg" >&2; exit 1; }
done
export PATH=$PATH:/usr/sbin
programs=(sightline-signals)
$servers_only || programs+=(sightline)
for program in "${programs[@]}"; do
    [ -x "$bin/$program" ] || { echo "demo: $bin/$program is missing: build first (./run --prepare)" >&2; exit 1; }
done

dir=$(mktemp -d "${TMPDIR:-/tmp}/sightline-demo.XXXXXX")
chmod 755 "$dir"
mkdir "$dir/hls"
pids=()
stop_all() {  # only what was started here, last first
    trap '' INT TERM  # a second Ctrl-C must not leave anything behind
    trap - EXIT
    for ((i = ${#pids[@]} - 1; i >= 0; --i)); do kill "${pids[i]}" 2>/dev/null || true; done
    for ((i = 0; i < 30; ++i)); do
        kill -0 "${pids[@]}" 2>/dev/null || break
        sleep 0.1
    done
    kill -9 "${pids[@]}" 2>/dev/null || true  # ffmpeg does not hear it while it waits for packets that no longer come
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$dir"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
background() {  # NAME COMMAND…: its output goes to NAME.log, its end to stop_all
    local name=$1
    shift
    "$@" </dev/null >"$dir/$name.log" 2>&1 &
    pids+=($!)
}

# A port that nothing listens on, the wanted one if it is free; taken ports are those in the kernel's tables.
taken=" "
free_port() {
    local port=$1
    while [[ $taken == *" $port "* ]] || grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$port") " /proc/net/{tcp,udp,tcp6,udp6} 2>/dev/null; do
        port=$((port + 7))
    done
    taken+="$port "
    REPLY=$port
}
free_port 50001; udp=$REPLY
free_port 50002; srt=$REPLY
free_port 50003; rtmp=$REPLY
free_port 50004; http=$REPLY
free_port 50005; api=$REPLY
free_port 50011; srt_in=$REPLY
free_port 50012; hls_in=$REPLY

# Each signal is encoded once, 40 s long (a length at which picture and sound join without a seam), and sent in a loop.
# Kept beside the programs, for the next time.
media=$bin/../demo-media
mkdir -p "$media" 2>/dev/null && [ -w "$media" ] || media=$dir
make() {  # NAME LABEL FAULT…
    local name=$1 label=$2 faults=()
    shift 2
    for fault in "$@"; do faults+=(--fault "$fault"); done
    [[ "$media/$name.ts" -nt "$bin/sightline-signals" && "$media/$name.ts" -nt "$here/demo/start.sh" ]] && return
    # A name of our own until it is whole: two demos may start at once.
    "$bin/sightline-signals" --for 40s --label "$label" "${faults[@]}" --to "$dir/$name.ts" &
    local maker=$!
    trap 'kill "$maker" 2>/dev/null; exit 143' TERM
    wait "$maker"
    mv "$dir/$name.ts" "$media/$name.ts.$$"
    mv "$media/$name.ts.$$" "$media/$name.ts"
}
echo "demo: four signals of 40 s, made the first time …" >&2
make udp ENCODER black@8+5 & pids+=($!)
make srt CONTRIBUTION silence@6+9 & pids+=($!)
make rtmp ORIGIN freeze@14+7 & pids+=($!)
make hls WEB black@20+12 silence@20+12 & pids+=($!)
for maker in "${pids[@]}"; do wait "$maker"; done
pids=()

send() {  # NAME TO OPTION…
    local name=$1 to=$2
    shift 2
    background "send-$name" "$bin/sightline-signals" --loop "$media/$name.ts" --to "$to" "$@"
}
user=""
[ "$(id -u)" != 0 ] || user="user root;"
sed -e "s|@DIR@|$dir|; s|@USER@|$user|; s|@RTMP@|$rtmp|; s|@HTTP@|$http|" "$here/demo/nginx.conf" >"$dir/nginx.conf"
background nginx nginx -e "$dir/nginx.log" -c "$dir/nginx.conf"
background relay srt-live-transmit -loglevel error "srt://127.0.0.1:$srt_in?mode=listener" "srt://127.0.0.1:$srt?mode=listener"
background segmenter ffmpeg -hide_banner -loglevel error -i "udp://127.0.0.1:$hls_in" -c copy -f hls -hls_time 2 -hls_list_size 6 \
    -hls_flags delete_segments+temp_file -hls_segment_filename "$dir/hls/live-%06d.ts" "$dir/hls/live.m3u8"
send udp "udp://127.0.0.1:$udp" --fault drop@5:pid=video,count=3,every=20s
send srt "srt://127.0.0.1:$srt_in?mode=caller" --fault disconnect@28+5:every=80s
send rtmp "rtmp://127.0.0.1:$rtmp/live/demo"
send hls "udp://127.0.0.1:$hls_in"

sed -e "s|:50001|:$udp|; s|:50002|:$srt|; s|:50003|:$rtmp|; s|:50004|:$http|; s|:50005|:$api|; s|sightline-demo.db|$dir/sightline.db|" \
    "$here/config/examples/demo.yaml" >"$dir/demo.yaml"
cat >&2 <<END
demo: every 40 s (again and again):
  encoder       udp://127.0.0.1:$udp        black 5 s; three packets lost every 20 s
  contribution  srt://127.0.0.1:$srt        silence 9 s; the sender goes away for 5 s every 80 s
  origin        rtmp://127.0.0.1:$rtmp/live/demo   freeze 7 s
  web           http://127.0.0.1:$http/hls/live.m3u8   black and silent 12 s
demo: configuration $dir/demo.yaml; Ctrl-C ends everything
END
if $servers_only; then
    wait
else
    "$bin/sightline" run "$dir/demo.yaml" &
    probe=$!
    pids+=("$probe")
    wall="sightline-wall --probe unix:$dir/sightline.sock"
    if [ ! -x "$bin/sightline-wall" ]; then
        echo "demo: the wall is not built here" >&2
    elif [ -n "${DISPLAY:-}" ]; then
        background wall "$bin/sightline-wall" --probe "unix:$dir/sightline.sock" --windowed
        echo "demo: the wall is a window of its own (log: $dir/wall.log)" >&2
    else
        echo "demo: no display here. The wall as a picture: $wall --screenshot wall.png --after 5s" >&2
        echo "demo:                  as a stream for any player: $wall --mosaic wall.m3u8" >&2
    fi
    wait "$probe"
fi
