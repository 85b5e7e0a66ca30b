#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How late pictures are on the glass: live SRT streams at 25 fps, a probe, a wall in a window under Xvfb. Measured twice: by
# the wall itself (--figures), and from outside by the numbers burnt into the pictures, read from Xvfb's framebuffer.
# usage: tools/measure-glass.sh BIN_DIR BENCH_BIN_DIR [WIDTHxHEIGHT [SECONDS [STREAMS [GRID]]]]
#   PRIORITY: of all that runs here, for nice (0)
set -uo pipefail
bin=$(cd "$1" && pwd)
bench=$(cd "$2" && pwd)
size=${3:-1920x1080}
seconds=${4:-20}
streams=${5:-4}
grid=${6:-2x2}
source_dir=$(cd "$(dirname "$0")/.." && pwd)
. "$source_dir/tests/system/harness.sh" "$bin" "$source_dir"
need Xvfb curl
renice -n "${PRIORITY:-0}" -p $$ >/dev/null

"$bin/sightline-signals" --for 20s --size 640x360 --bitrate 2M --to "$dir/loop.ts" 2>/dev/null
{
  printf 'version: 1\nstore: {sqlite: p.db}\napi: {listen: off, socket: %s/p.sock}\nstreams:\n' "$dir"
  for ((i = 0; i < streams; ++i)); do
    free_port
    ports[i]=$REPLY
    echo "  - {id: s$i, depth: full, url: \"srt://127.0.0.1:$REPLY?mode=listener\"}"
  done
} >"$dir/p.yaml"
{
  printf 'version: 1\npages:\n  - {name: A, grid: %s, tiles: [' "$grid"
  for ((i = 0; i < streams; ++i)); do printf '{stream: s%s}, ' "$i"; done
  printf ']}\nwindows:\n  - {page: A, size: %s}\n' "$size"
} >"$dir/wall.yaml"
background probe "$bin/sightline" run "$dir/p.yaml"
ready() { curl -sf --unix-socket "$dir/p.sock" http://localhost/readyz; }
until_true 20 ready || { cat "$dir/probe.err"; exit 1; }
for ((i = 0; i < streams; ++i)); do
  background "send$i" "$bin/sightline-signals" --loop "$dir/loop.ts" --to "srt://127.0.0.1:${ports[i]}?mode=caller"
  read -rt "0.$((RANDOM % 90 + 10))" <> <(:) || true  # their pictures come at moments of their own
done
mkdir "$dir/screen"
background xvfb Xvfb -displayfd 1 -noreset -screen 0 "${size}x24" -fbdir "$dir/screen"
until_true 20 test -s "$dir/xvfb.log" || { cat "$dir/xvfb.err"; exit 1; }
export DISPLAY=:$(cat "$dir/xvfb.log")
background wall "$bin/sightline-wall" --probe "unix:$dir/p.sock" --layout "$dir/wall.yaml" --windowed --size "$size" --for "$((seconds + 6))s" --figures
wall=$last_pid
all_good() { [ "$(curl -s --unix-socket "$dir/p.sock" http://localhost/api/v1/streams | grep -o '"state":"good"' | wc -l)" -ge "$streams" ]; }
until_true 60 all_good
"$bench/bench_glass_delay" --socket "$dir/p.sock" --framebuffer "$dir/screen/Xvfb_screen0" --for "${seconds}s" --streams "$streams" --grid "$grid"
status=$?
wait "$wall"
cat "$dir/wall.err"
exit "$status"
