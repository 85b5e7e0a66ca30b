#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What evidence costs: CPU and disk of keeping the bytes of 8 Mb/s streams, against the same probe without, in turn; and CPU
# of cutting a clip of 24 s and its stills out of a ring of 1080p.  usage: tools/measure-evidence.sh [BIN_DIR] [STREAMS] [PAIRS]
set -euo pipefail
bin=${1:-build/release/bin}
streams=${2:-8}
pairs=${3:-3}
dir=$(mktemp -d "${TMPDIR:-/tmp}/sightline-evidence.XXXXXX")
pids=()
stop() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$dir"
}
trap stop EXIT
"$bin/sightline-signals" --for 10s --size 1920x1080 --bitrate 7M --mux-rate 8M --to "$dir/hd.ts" >/dev/null 2>&1
targets=()
for ((i = 0; i < streams; ++i)); do targets+=(--to "udp://127.0.0.1:$((28100 + i))"); done
"$bin/sightline-signals" --loop "$dir/hd.ts" "${targets[@]}" >/dev/null 2>&1 &
pids+=($!)
ticks() { # of a process and its children, ended ones too
  for pid in "$1" $(pgrep -P "$1"); do cat "/proc/$pid/stat"; done 2>/dev/null | sed 's/.*) //' |
    awk '{ sum += $12 + $13 } END { print sum }'
}
written() {
  for pid in $(pgrep -P "$1"); do cat "/proc/$pid/io"; done 2>/dev/null | awk '/^write_bytes/ { sum += $2 } END { print sum }'
}
window=15
measure() { # on|off: prints cores, and MB/s to the disk
  {
    echo "version: 1"
    echo "streams:"
    for ((i = 0; i < streams; ++i)); do echo "  - {id: s$i, url: \"udp://127.0.0.1:$((28100 + i))\", depth: transport}"; done
    echo "evidence: {enabled: $1, folder: $dir/evidence}"
    echo "store: {sqlite: $dir/$1.db}"
    echo 'api: {listen: off}'
  } >"$dir/$1.yaml"
  "$bin/sightline" run "$dir/$1.yaml" >/dev/null 2>"$dir/$1.err" &
  local probe=$!
  sleep 5
  local cpu disk
  cpu=$(ticks "$probe") disk=$(written "$probe")
  sleep "$window"
  echo "$(($(ticks "$probe") - cpu)) $(($(written "$probe") - disk))" |
    awk -v w="$window" -v hz="$(getconf CLK_TCK)" '{ printf "%.4f %.2f\n", $1 / hz / w, $2 / w / 1e6 }'
  kill "$probe"
  wait "$probe" 2>/dev/null || true
}
for ((pair = 0; pair < pairs; ++pair)); do
  off=$(measure off) on=$(measure on)
  echo "$off $on" | awk -v n="$streams" '{ printf "without %.3f, with %.3f cores; a stream: %+.4f cores, %.2f MB/s to the disk\n", $1, $3, ($3 - $1) / n, ($4 - $2) / n }'
done

cat >"$dir/one.yaml" <<END
version: 1
streams: [{id: hd, url: "udp://127.0.0.1:28100", depth: transport}]
evidence: {folder: $dir/one}
store: {sqlite: $dir/one.db}
api: {listen: off}
END
"$bin/sightline" run "$dir/one.yaml" >/dev/null 2>&1 &
probe=$!
sleep 30
kill "$probe"
wait "$probe" 2>/dev/null || true
now=$(date +%s)
order="{\"since\":$((now - 16))000000000,\"from\":$((now - 26))000000000,\"to\":$((now - 2))000000000,\"pictures\":true,\"memory\":1073741824,\"sandbox\":true}"
begin=$(date +%s%N)
time "$bin/sightline" clip "$order" 3>"$dir/report" 4<"$dir/one/.rings/hd.ring" 5>"$dir/clip.ts" 6>"$dir/good.jpg" 7>"$dir/bad.jpg"
echo "clip: $(stat -c %s "$dir/clip.ts") bytes in $((($(date +%s%N) - begin) / 1000000)) ms: $(cat "$dir/report")"
