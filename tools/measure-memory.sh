#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Memory per 1080p stream: growth of Private_Dirty over all processes of a probe with 1 and with 4 streams.
# usage: tools/measure-memory.sh [BIN_DIR]
bin=$(cd "${1:-build/release/bin}" && pwd)
source_dir=$(cd "$(dirname "$0")/.." && pwd)
. "$source_dir/tests/system/harness.sh" "$bin" "$source_dir"
need curl jq
"$bin/sightline-signals" --for 8s --size 1920x1080 --bitrate 6M --to "$dir/hd.ts" >/dev/null 2>&1
ports=() targets=()
for i in 0 1 2 3; do
  free_port
  ports+=("$REPLY") targets+=(--to "udp://127.0.0.1:$REPLY")
done
background senders "$bin/sightline-signals" --loop "$dir/hd.ts" --for 120s "${targets[@]}"
private_dirty() { # of a process and its children, in kB
  for pid in "$1" $(pgrep -P "$1"); do cat "/proc/$pid/smaps_rollup"; done 2>/dev/null | awk '/^Private_Dirty/ {sum += $2} END {print sum}'
}
measure() { # STREAMS: in $REPLY, after 10 s with every stream's pictures in
  free_port
  local api=$REPLY i
  {
    echo "version: 1"
    echo "streams:"
    for ((i = 0; i < $1; ++i)); do echo "  - {id: s$i, url: \"udp://127.0.0.1:${ports[i]}\"}"; done
    echo "store: {sqlite: $dir/m$1.db}"
    echo "api: {listen: \"127.0.0.1:$api\"}"
  } >"$dir/m.yaml"
  background "probe$1" "$bin/sightline" run "$dir/m.yaml"
  local probe=$last_pid
  for ((i = 0; i < $1; ++i)); do
    until_true 20 curl -sf "http://127.0.0.1:$api/api/v1/streams/s$i/thumbnail.jpg" || { echo "no pictures of s$i" >&2; exit 1; }
  done
  sleep 10
  REPLY=$(private_dirty "$probe")
  kill "$probe"
  wait "$probe" 2>/dev/null
}
measure 1
one=$REPLY
measure 4
four=$REPLY
echo "Private_Dirty: 1 stream $((one / 1024)) MB, 4 streams $((four / 1024)) MB: $(((four - one) / 3 / 1024)) MB per further stream (limit 60)"
