#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SRT, RTMP, HLS and UDP at once, through srt-live-transmit, nginx and ffmpeg: each fault reaches a signed webhook.
. "$(dirname "$0")/harness.sh" "$1" "$2"
need jq nginx srt-live-transmit ffmpeg openssl

for name in udp srt_in srt rtmp http hls_in; do
  free_port
  declare "$name=$REPLY"
done
background receiver "$bin/webhook_receiver" "$dir/hooks.jsonl"
until_true 10 test -s "$dir/receiver.log" || { echo "no receiver"; exit 1; }
hook=$(cat "$dir/receiver.log")

"$bin/sightline-signals" --for 20s --fault black@4+6 --to "$dir/loop.ts" >/dev/null 2>&1
mkdir "$dir/hls"
user=""
[ "$(id -u)" != 0 ] || user="user root;"
sed -e "s|@DIR@|$dir|; s|@USER@|$user|; s|@RTMP@|$rtmp|; s|@HTTP@|$http|" "$source_dir/demo/nginx.conf" >"$dir/nginx.conf"
background nginx nginx -e "$dir/nginx-error.log" -c "$dir/nginx.conf"
background relay srt-live-transmit -loglevel error "srt://127.0.0.1:$srt_in?mode=listener" "srt://127.0.0.1:$srt?mode=listener"
background segmenter ffmpeg -hide_banner -loglevel error -i "udp://127.0.0.1:$hls_in" -c copy -f hls -hls_time 2 -hls_list_size 6 \
  -hls_flags delete_segments+temp_file -hls_segment_filename "$dir/hls/live-%06d.ts" "$dir/hls/live.m3u8"
send() { background "send-$1" "$bin/sightline-signals" --loop "$dir/loop.ts" --for 120s --to "$2"; }
send udp "udp://127.0.0.1:$udp"
send srt "srt://127.0.0.1:$srt_in?mode=caller"
send rtmp "rtmp://127.0.0.1:$rtmp/live/test"
send hls "udp://127.0.0.1:$hls_in"

cat >"$dir/live.yaml" <<END
version: 1
probe: test
streams:
  - {id: udp, url: "udp://127.0.0.1:$udp"}
  - {id: srt, url: "srt://127.0.0.1:$srt"}
  - {id: rtmp, url: "rtmp://127.0.0.1:$rtmp/live/test"}
  - {id: hls, url: "http://127.0.0.1:$http/hls/live.m3u8"}
notify:
  - {name: receiver, type: webhook, url: "http://127.0.0.1:$hook/alarm", secret: "correct horse"}
  - {name: script, type: exec, command: ["/bin/sh", "-c", "cat >>$dir/exec.jsonl; echo >>$dir/exec.jsonl"], streams: [udp]}
store: {sqlite: $dir/sightline.db}
api: {listen: "127.0.0.1:0"}
END
background sightline "$bin/sightline" run "$dir/live.yaml"
probe=$last_pid

got() { jq -es --arg s "$1" --arg w "$2" 'map(.body | fromjson | select(.stream==$s and .condition=="video.black" and .state==$w)) | length > 0' "$dir/hooks.jsonl"; }
for stream in udp srt rtmp hls; do
  expect "$stream: black is raised at the webhook" until_true 75 got "$stream" raised
  expect "$stream: and cleared" until_true 60 got "$stream" cleared
done
sign() { printf '%s' "$1" | openssl dgst -sha256 -hmac "correct horse" | sed 's/.*= /sha256=/'; }
first=$(head -1 "$dir/hooks.jsonl")
expect "the signature is that of the body" test "$(sign "$(jq -rj .body <<<"$first")")" = "$(jq -r .signature <<<"$first")"
expect "the event id is in header and body" test "$(jq -r .event_id <<<"$first")" = "$(jq -r '.body|fromjson|.event_id' <<<"$first")"
expect "the hook script got its JSON" until_true 10 grep -q '"condition":"video.black"' "$dir/exec.jsonl"
ordered() { jq -r '.body|fromjson|"\(.id) \(.sequence)"' "$dir/hooks.jsonl" | awk '{ if ($2 <= last[$1]) bad = 1; last[$1] = $2 } END { exit bad }'; }
expect "transitions of each alarm came in order" ordered

api=$(sed -n 's/.*API at //p' "$dir/sightline.err" | head -1)
expect "the API shows four streams" test "$(curl -s "$api/api/v1/streams" | jq '.streams|length')" = 4
expect "a thumbnail is a JPEG" bash -c "curl -s '$api/api/v1/streams/udp/thumbnail.jpg' | head -c 2 | od -An -tx1 | grep -q 'ff d8'"
expect "metrics name the streams" bash -c "curl -s '$api/metrics' | grep -q 'sightline_stream_packets_total{stream=\"udp\"}'"
expect "ready" test "$(curl -s -o /dev/null -w '%{http_code}' "$api/readyz")" = 200

# Recordings over HTTP are files: to the end as fast as they come, media time only, sound of its own said to be left out.
mkdir "$dir/hls/vod"
"$bin/sightline-signals" --for 30s --fault black@4+6 --to "$dir/hls/vod/whole.ts" >/dev/null 2>&1
(cd "$dir/hls/vod" && ffmpeg -hide_banner -loglevel error -i whole.ts -c copy -f hls -hls_time 2 -hls_playlist_type vod vod.m3u8)
printf '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",LANGUAGE="eng",URI="sound.m3u8"\n#EXT-X-STREAM-INF:BANDWIDTH=4000000,AUDIO="a"\nvod.m3u8\n' >"$dir/hls/vod/main.m3u8"
for name in whole.ts vod.m3u8 main.m3u8; do
  "$bin/sightline" check "http://127.0.0.1:$http/hls/vod/$name" --for 5s --json >"$dir/$name.out"
  expect "$name over HTTP: black from 4 s to 10 s, no UTC ($(jq -c 'select(.state=="cleared")|[.since,.until]' "$dir/$name.out"))" jq -es \
    '[.[] | select(.condition=="video.black")] | (.[0].since.media_s - 4 | fabs < 0.041) and (.[-1].until.media_s - 10 | fabs < 0.041) and (.[0].since.utc == null)' "$dir/$name.out"
  expect "$name over HTTP: all of its 30 s, and no other alarm" jq -es '.[-1].duration_s > 29.5 and ([.[] | select(.type=="alarm" and .condition!="video.black")] == [])' "$dir/$name.out"
done
expect "the separate sound is said to be left out" jq -es '.[-1].not_watched[0] | test("sound of a separate HLS rendition")' "$dir/main.m3u8.out"

kill -TERM "$probe"
stopped() { ! kill -0 "$probe" 2>/dev/null; }
expect "SIGTERM ends it in under 3 s" until_true 3 stopped
finish
