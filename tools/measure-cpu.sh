#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# CPU of `check --depth full` on a 1080p25 H.264 + AAC file against bare decoding by ffmpeg, interleaved pairs; and of
# `--depth transport` against a bare read. usage: tools/measure-cpu.sh [BIN_DIR [PAIRS]]
set -euo pipefail
bin=${1:-build/release/bin}
pairs=${2:-9}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# user + system seconds of a command
cpu() { { TIMEFORMAT='%U %S'; time "$@" >/dev/null 2>&1; } 2>&1 | awk '{print $1 + $2}'; }
median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

ffmpeg -v error -y -f lavfi -i testsrc2=size=1920x1080:rate=25 -f lavfi -i "sine=frequency=1000:sample_rate=48000" -t 30 \
  -c:v libx264 -preset medium -b:v 8M -maxrate 8M -bufsize 8M -g 50 -pix_fmt yuv420p -c:a aac -b:a 128k -f mpegts "$dir/f.ts"
cp "$dir/f.ts" "$dir/warm" && cat "$dir/f.ts" >/dev/null
for ((i = 0; i < pairs; ++i)); do
  ours=$(cpu "$bin/sightline" check --depth full "$dir/f.ts" || true)
  theirs=$(cpu ffmpeg -v error -threads 1 -i "$dir/f.ts" -map 0:v -map 0:a -f null -)
  echo "$ours $theirs" | awk '{print $1, $2, $1 / $2}'
done | tee "$dir/pairs" | awk '{printf "pair %d: sightline %.2f s, ffmpeg %.2f s, ratio %.3f\n", NR, $1, $2, $3}'
echo "check --depth full: median ratio to ffmpeg decoding $(cut -d' ' -f3 "$dir/pairs" | median) (limit 1.10)"

# Transport inspection, on 2 GB that stay in the page cache.
"$bin/sightline-signals" --for 30s --mux-rate 40M --to "$dir/two.ts" >/dev/null 2>&1
"$bin/sightline-signals" --for 10s --services 20 --audio-tracks 8 --bitrate 300k --audio-bitrate 32k --to "$dir/many.ts" >/dev/null 2>&1 || true
for name in two many; do
  [ -s "$dir/$name.ts" ] || continue
  size=$(stat -c %s "$dir/$name.ts")
  copies=$((1000000000 / size + 1))
  for ((i = 0; i < copies; ++i)); do cat "$dir/$name.ts"; done >"$dir/big"
  total=$(stat -c %s "$dir/big")
  cat "$dir/big" >/dev/null
  pids=$("$bin/sightline" check --depth transport --json "$dir/$name.ts" | tail -1 | grep -o '"pid":' | wc -l)
  for ((i = 0; i < 5; ++i)); do cpu "$bin/sightline" check --depth transport "$dir/big" || true; done | median >"$dir/ours"  # copies do not join: there are alarms
  for ((i = 0; i < 5; ++i)); do cpu dd if="$dir/big" of=/dev/null bs=256k; done | median >"$dir/read"
  awk -v total="$total" -v pids="$pids" -v read="$(cat "$dir/read")" '{printf "transport, about %d PIDs: %.0f MB per CPU second (bare read of the file: %.0f)\n", pids / 2, total / 1e6 / $1, total / 1e6 / read}' "$dir/ours"
done
