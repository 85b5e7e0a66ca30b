#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Nine live 1080p25 streams (H.264 8 Mb/s + AAC over UDP): CPU of the probe, every picture and all sound analysed and tiles
# of 480x270 published to a wall, against one ffmpeg that decodes, scales and stacks the same nine. In turn, several pairs:
# each gets the machine with the same senders, which are not counted. A round in which a picture is missing does not count.
# usage: tools/measure-wall.sh [BIN_DIR [PAIRS [SECONDS [STREAMS]]]]
set -uo pipefail
bin=$(cd "${1:-build/release/bin}" && pwd)
pairs=${2:-3}
window=${3:-10}
streams=${4:-9}
source_dir=$(cd "$(dirname "$0")/.." && pwd)
. "$source_dir/tests/system/harness.sh" "$bin" "$source_dir"
need ffmpeg curl jq
ticks=$(getconf CLK_TCK)

ffmpeg -v error -y -f lavfi -i testsrc2=size=1920x1080:rate=25 -f lavfi -i "sine=frequency=1000:sample_rate=48000" -t 20 \
  -c:v libx264 -preset veryfast -b:v 8M -maxrate 8M -bufsize 8M -g 50 -pix_fmt yuv420p -c:a aac -b:a 128k -f mpegts "$dir/hd.ts"
free_port; api=$REPLY
free_port; first=$REPLY
{
  echo "version: 1"
  echo "streams:"
  for ((i = 0; i < streams; ++i)); do echo "  - {id: s$i, url: \"udp://127.0.0.1:$((first + i))\"}"; done
  echo "store: {sqlite: $dir/w.db}"
  echo "api: {listen: \"127.0.0.1:$api\", socket: $dir/w.sock}"
} >"$dir/w.yaml"
for ((i = 0; i < streams; ++i)); do
  background "send$i" "$bin/sightline-signals" --loop "$dir/hd.ts" --to "udp://127.0.0.1:$((first + i))"
done

used() {  # PID: CPU ticks of it and its children so far
  local pid
  for pid in "$1" $(pgrep -P "$1"); do cat "/proc/$pid/stat"; done 2>/dev/null | sed 's/.*) //' | awk '{sum += $12 + $13} END {print sum}'
}
end() {  # PID
  kill "$1" 2>/dev/null
  wait "$1" 2>/dev/null
}
cores() { awk -v t="$1" -v hz="$ticks" -v s="$2" -v n="$3" 'BEGIN {printf "%.4f", t / hz / s / n}'; }
elapsed() { awk -v a="$1" -v b="$2" 'BEGIN {print b - a}'; }

probe_round() {  # in $ours, $wall: cores a stream, cores of the wall
  background sightline "$bin/sightline" run "$dir/w.yaml"
  local probe=$last_pid
  until_true 20 curl -sf "http://127.0.0.1:$api/readyz" || { cat "$dir/sightline.err"; exit 1; }
  background wall "$bin/sightline-wall" --probe "unix:$dir/w.sock" --screenshot "$dir/wall.png" --size 1500x900 --after "$((window + 8))s" --fps 2 --figures
  local glass=$last_pid from before glass_before took
  sleep 6
  from=$EPOCHREALTIME before=$(used "$probe") glass_before=$(used "$glass")
  sleep "$window"
  took=$(elapsed "$from" "$EPOCHREALTIME")
  ours=$(cores $(($(used "$probe") - before)) "$took" "$streams")
  wall=$(cores $(($(used "$glass") - glass_before)) "$took" 1)
  curl -s "http://127.0.0.1:$api/api/v1/streams" >"$dir/streams.json"
  for ((i = 0; i < streams; ++i)); do curl -s "http://127.0.0.1:$api/api/v1/streams/s$i"; done >"$dir/each.json"
  wait "$glass"
  end "$probe"
  lost=$(jq -s '[.[] | .continuity_errors + .measurements["udp.kernel_dropped_total"]] | add' "$dir/each.json")
  shed=$(jq -s '[.[] | select(.depth != "full" or (.conditions[] | select(.condition == "probe.overload") | .verdict != "good"))] | length' "$dir/each.json")
}
made() { awk -F= '/^out_time_us=[0-9]/ {n = $2} END {print int(n / 1000)}' "$dir/progress"; }  # ms stacked so far, of all nine
settled() {  # it opens one input after the other, then has to catch up
  local before
  before=$(made)
  sleep 2
  [ "$before" -gt 0 ] && [ $(($(made) - before)) -ge 1500 ] && [ $(($(made) - before)) -le 2500 ]
}
ffmpeg_round() {  # in $theirs: cores a stream; in $stacked: ms of pictures it made in the window
  local inputs=() scaled="" places="" tiles="" from before made_before took
  for ((i = 0; i < streams; ++i)); do
    inputs+=(-analyzeduration 1000000 -i "udp://127.0.0.1:$((first + i))?buffer_size=4000000&fifo_size=200000&overrun_nonfatal=1")
    scaled+="[$i:v]scale=480:270[v$i];"
    tiles+="[v$i]"
    places+="$((i % 3 * 480))_$((i / 3 * 270))|"
  done
  background ffmpeg ffmpeg -v error -nostats -progress "$dir/progress" "${inputs[@]}" \
    -filter_complex "$scaled${tiles}xstack=inputs=$streams:layout=${places%|}" -fps_mode passthrough -f null -
  local them=$last_pid
  until_true 90 settled || echo "ffmpeg does not keep up"
  from=$EPOCHREALTIME before=$(used "$them") made_before=$(made)
  sleep "$window"
  took=$(elapsed "$from" "$EPOCHREALTIME")
  theirs=$(cores $(($(used "$them") - before)) "$took" "$streams")
  stacked=$(($(made) - made_before))
  end "$them"
}

for ((pair = 1; pair <= pairs; ++pair)); do
  probe_round
  ffmpeg_round
  echo "pair $pair: sightline $ours cores a stream (packets lost $lost, streams not at full depth $shed; the wall beside it, 2 refreshes a second without a GPU, $wall cores), ffmpeg $theirs (pictures of $((stacked / 100 * 100)) of $((window * 1000)) ms made)"
  echo "$ours $theirs" | awk '{print $1 / $2}' >>"$dir/ratios"
done
sort -n "$dir/ratios" | awk -v n="$streams" '{v[NR] = $1} END {printf "median ratio to ffmpeg with %d streams: %.3f (limit 1)\n", n, v[int((NR + 1) / 2)]}'
