#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Memory per 1080p stream: growth of Private_Dirty over all processes of a probe with 1 and with 4 streams.
# usage: tools/measure-memory.sh [BIN_DIR]
set -euo pipefail
bin=${1:-build/release/bin}
dir=$(mktemp -d)
pids=()
stop() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$dir"
}
trap stop EXIT
"$bin/sightline-signals" --for 8s --size 1920x1080 --bitrate 6M --to "$dir/hd.ts" >/dev/null 2>&1
for i in 0 1 2 3; do
  "$bin/sightline-signals" --loop "$dir/hd.ts" --for 120s --to "udp://127.0.0.1:$((28100 + i))" >/dev/null 2>&1 &
  pids+=($!)
done
private_dirty() { # of a process and its children, in kB
  for pid in "$1" $(pgrep -P "$1"); do cat "/proc/$pid/smaps_rollup"; done 2>/dev/null | awk '/^Private_Dirty/ {sum += $2} END {print sum}'
}
measure() { # STREAMS
  {
    echo "version: 1"
    echo "streams:"
    for ((i = 0; i < $1; ++i)); do echo "  - {id: s$i, url: \"udp://127.0.0.1:$((28100 + i))\"}"; done
    echo "store: {sqlite: $dir/m$1.db}"
    echo 'api: {listen: "127.0.0.1:0"}'
  } >"$dir/m.yaml"
  "$bin/sightline" run "$dir/m.yaml" >/dev/null 2>"$dir/m.err" &
  local probe=$!
  sleep 15
  private_dirty "$probe"
  kill "$probe"
  wait "$probe" 2>/dev/null || true
}
one=$(measure 1)
four=$(measure 4)
echo "Private_Dirty: 1 stream $((one / 1024)) MB, 4 streams $((four / 1024)) MB: $(((four - one) / 3 / 1024)) MB per further stream (limit 60)"
