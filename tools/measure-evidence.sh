#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What evidence costs: CPU and disk of keeping the bytes of 8 Mb/s streams, against the same probe without, in turn; and CPU
# of cutting a clip of 24 s and its stills out of a ring of 1080p.  usage: tools/measure-evidence.sh [BIN_DIR] [STREAMS] [PAIRS]
bin=$(cd "${1:-build/release/bin}" && pwd)
streams=${2:-8}
pairs=${3:-3}
source_dir=$(cd "$(dirname "$0")/.." && pwd)
. "$source_dir/tests/system/harness.sh" "$bin" "$source_dir"
"$bin/sightline-signals" --for 10s --size 1920x1080 --bitrate 7M --mux-rate 8M --to "$dir/hd.ts" >/dev/null 2>&1
ports=() targets=()
for ((i = 0; i < streams; ++i)); do
  free_port
  ports+=("$REPLY") targets+=(--to "udp://127.0.0.1:$REPLY")
done
background senders "$bin/sightline-signals" --loop "$dir/hd.ts" "${targets[@]}"
ticks() { # of a process and its children, ended ones too
  for pid in "$1" $(pgrep -P "$1"); do cat "/proc/$pid/stat"; done 2>/dev/null | sed 's/.*) //' |
    awk '{ sum += $12 + $13 } END { print sum }'
}
written() {
  for pid in $(pgrep -P "$1"); do cat "/proc/$pid/io"; done 2>/dev/null | awk '/^write_bytes/ { sum += $2 } END { print sum }'
}
window=15
measure() { # on|off: cores, and MB/s to the disk, in $REPLY
  {
    echo "version: 1"
    echo "streams:"
    for ((i = 0; i < streams; ++i)); do echo "  - {id: s$i, url: \"udp://127.0.0.1:${ports[i]}\", depth: transport}"; done
    echo "evidence: {enabled: $1, folder: $dir/evidence}"
    echo "store: {sqlite: $dir/$1.db}"
    echo 'api: {listen: off}'
  } >"$dir/$1.yaml"
  background "probe-$1" "$bin/sightline" run "$dir/$1.yaml"
  local probe=$last_pid
  sleep 5
  local cpu disk
  cpu=$(ticks "$probe") disk=$(written "$probe")
  sleep "$window"
  REPLY=$(echo "$(($(ticks "$probe") - cpu)) $(($(written "$probe") - disk))" |
    awk -v w="$window" -v hz="$(getconf CLK_TCK)" '{ printf "%.4f %.2f\n", $1 / hz / w, $2 / w / 1e6 }')
  kill "$probe"
  wait "$probe" 2>/dev/null
}
for ((pair = 0; pair < pairs; ++pair)); do
  measure off; off=$REPLY
  measure on; on=$REPLY
  echo "$off $on" | awk -v n="$streams" '{ printf "without %.3f, with %.3f cores; a stream: %+.4f cores, %.2f MB/s to the disk\n", $1, $3, ($3 - $1) / n, ($4 - $2) / n }'
done

cat >"$dir/one.yaml" <<END
version: 1
streams: [{id: hd, url: "udp://127.0.0.1:${ports[0]}", depth: transport}]
evidence: {folder: $dir/one}
store: {sqlite: $dir/one.db}
api: {listen: off}
END
background probe-one "$bin/sightline" run "$dir/one.yaml"
probe=$last_pid
sleep 30
kill "$probe"
wait "$probe" 2>/dev/null
now=$(date +%s)
order="{\"since\":$((now - 16))000000000,\"from\":$((now - 26))000000000,\"to\":$((now - 2))000000000,\"pictures\":true,\"memory\":1073741824,\"sandbox\":true}"
begin=$(date +%s%N)
time "$bin/sightline" clip "$order" 3>"$dir/report" 4<"$dir/one/.rings/hd.ring" 5>"$dir/clip.ts" 6>"$dir/good.jpg" 7>"$dir/bad.jpg"
echo "clip: $(stat -c %s "$dir/clip.ts") bytes in $((($(date +%s%N) - begin) / 1000000)) ms: $(cat "$dir/report")"
