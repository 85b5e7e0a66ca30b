#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fault to webhook, four protocols live at once: from the sending of the last packet of the first black picture to the
# webhook's arrival, less the rule's patience (3 s). SRT adds its latency (120 ms) before the bytes arrive at the probe;
# HLS is counted from the moment the web server has given out the segment with the first black picture.
# usage: tools/measure-latency.sh [BIN_DIR [STREAMS-PER-PROTOCOL [HLS-SEGMENT]]]
set -uo pipefail
bin=$(cd "${1:-build/release/bin}" && pwd)
streams=${2:-5}
segment=${3:-2s}
source_dir=$(cd "$(dirname "$0")/.." && pwd)
. "$source_dir/tests/system/harness.sh" "$bin" "$source_dir"
need jq nginx ffmpeg
free_port; rtmp=$REPLY
free_port; http=$REPLY
background receiver "$bin/webhook_receiver" "$dir/hooks.jsonl"
until_true 10 test -s "$dir/receiver.log"
hook=$(cat "$dir/receiver.log")
"$bin/sightline-signals" --for 25s --fault black@8+5 --truth "$dir/loop.json" --to "$dir/loop.ts" >/dev/null 2>&1
mkdir "$dir/hls"
user=""
[ "$(id -u)" != 0 ] || user="user root;"
sed -e "s|@DIR@|$dir|; s|@USER@|$user|; s|@RTMP@|$rtmp|; s|@HTTP@|$http|; s|access_log off;|log_format times '\$msec \$uri'; access_log $dir/access.log times;|" "$source_dir/demo/nginx.conf" >"$dir/nginx.conf"
background nginx nginx -e "$dir/nginx-error.log" -c "$dir/nginx.conf"
{
  echo "version: 1"
  echo "streams:"
} >"$dir/l.yaml"
for ((i = 0; i < streams; ++i)); do
  free_port; udp=$REPLY
  free_port; srt=$REPLY
  cat >>"$dir/l.yaml" <<END
  - {id: udp$i, url: "udp://127.0.0.1:$udp"}
  - {id: srt$i, url: "srt://127.0.0.1:$srt?mode=listener"}
  - {id: rtmp$i, url: "rtmp://127.0.0.1:$rtmp/live/l$i"}
  - {id: hls$i, url: "http://127.0.0.1:$http/hls/l$i.m3u8"}
END
  background "send$i" "$bin/sightline-signals" --loop "$dir/loop.ts" --loop-truth "$dir/loop.json" --for 100s --events "$dir/events$i.jsonl" \
    --to "udp://127.0.0.1:$udp" --to "srt://127.0.0.1:$srt" --to "rtmp://127.0.0.1:$rtmp/live/l$i" --to "$dir/hls/l$i.m3u8" --hls-segment "$segment"
done
cat >>"$dir/l.yaml" <<END
notify: [{name: receiver, type: webhook, url: "http://127.0.0.1:$hook/a"}]
store: {sqlite: $dir/l.db}
api: {listen: "127.0.0.1:0"}
END
background sightline "$bin/sightline" run "$dir/l.yaml"
wait "${pids[2]}"
for protocol in udp srt rtmp hls; do
  for ((i = 0; i < streams; ++i)); do
    case $protocol in hls) to=m3u8 ;; *) to=$protocol: ;; esac
    jq -s --arg to "$to" '[.[] | select(.edge=="first_bad" and (.to | contains($to))) | .utc_ns / 1e6] | unique' "$dir/events$i.jsonl" >"$dir/sent.json"
    if [ "$protocol" = hls ]; then
      # The segment is the first that was fetched after it was there.
      awk -v name="/hls/l$i-" 'index($2, name) == 1 {printf "%.0f\n", $1 * 1000}' "$dir/access.log" | jq -s --slurpfile sent "$dir/sent.json" \
        '. as $fetched | [$sent[0][] as $there | ([$fetched[] | select(. >= $there - 1)] | min)]' >"$dir/fetched.json"
      mv "$dir/fetched.json" "$dir/sent.json"
    fi
    jq -r --arg s "$protocol$i" --slurpfile sent "$dir/sent.json" '
      . as $hook | .body | fromjson | select(.stream==$s and .condition=="video.black" and .state=="raised")
      | ([$sent[0][] | select(. < $hook.at_ms - 1500)] | max) as $sent_at
      | "\($hook.at_ms - 3000 - $sent_at)"' "$dir/hooks.jsonl"
  done | sort -n | awk -v p="$protocol" '{v[NR]=$1} END {if (NR) printf "%s: median %.0f ms, longest %.0f ms, of %d\n", p, v[int((NR+1)/2)], v[NR], NR}'
done
