#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Evidence of a black fault over UDP (bytes as received) and RTMP through nginx (joined into a transport stream): the clip
# plays and covers what it must, the stills are the last good and the first bad picture, and all outlives kill -9.
. "$(dirname "$0")/harness.sh" "$1" "$2"
need jq nginx ffmpeg ffprobe curl
for name in udp rtmp http; do
  free_port
  declare "$name=$REPLY"
done
"$bin/sightline-signals" --for 45s --fault black@22+8 --to "$dir/loop.ts" >/dev/null 2>&1
mkdir "$dir/hls"
user=""
[ "$(id -u)" != 0 ] || user="user root;"
sed -e "s|@DIR@|$dir|; s|@USER@|$user|; s|@RTMP@|$rtmp|; s|@HTTP@|$http|" "$source_dir/demo/nginx.conf" >"$dir/nginx.conf"
background nginx nginx -e "$dir/nginx-error.log" -c "$dir/nginx.conf"
cat >"$dir/evidence.yaml" <<END
version: 1
probe: proof
streams:
  - {id: udp, url: "udp://127.0.0.1:$udp", rules: [{video.black: {warning: 2s}}, {signal.lost: off}, {signal.unreachable: off}]}
  - {id: rtmp, url: "rtmp://127.0.0.1:$rtmp/live/test", rules: [{video.black: {warning: 2s}}, {signal.lost: off}, {signal.unreachable: off}]}
incidents: {group: {streams: 100}}
evidence: {ring: 32MiB, quota: 300MiB}
store: {sqlite: $dir/sightline.db}
api: {listen: "127.0.0.1:0"}
END
start() {
  background "$1" "$bin/sightline" run "$dir/evidence.yaml"
  probe=$last_pid
  until_true 20 grep -q "API at" "$dir/$1.err"
  api=$(sed -n 's/.*API at //p' "$dir/$1.err" | head -1)/api/v1
}
start probe || { cat "$dir/probe.err"; exit 1; }
background send-rtmp "$bin/sightline-signals" --loop "$dir/loop.ts" --for 42s --to "rtmp://127.0.0.1:$rtmp/live/test"
background send-udp "$bin/sightline-signals" --loop "$dir/loop.ts" --for 42s --to "udp://127.0.0.1:$udp"

incident_of() { curl -s "$api/incidents?stream=$1" | jq -re '[.incidents[] | select(any(.alarms[]; .condition=="video.black"))][0].id'; }
kept() { id=$(incident_of "$1") && curl -s "$api/incidents/$id/evidence" | jq -e '.state=="kept"'; }
raised_at() { curl -s "$api/alarms?state=all" | jq -r --arg s "$1" '[.alarms[] | select(.stream==$s and .condition=="video.black" and .state=="raised")][0].at.utc'; }
level() { ffmpeg -v error -i "$1" -vf scale=1:1,format=gray -f rawvideo - | od -An -tu1 | tr -d ' '; }
utc() { echo "def t: (.[0:19] + \"Z\" | fromdate) + (.[19:23] | tonumber); $1"; }

for stream in udp rtmp; do
  expect "$stream: evidence is kept" until_true 100 kept "$stream"
  id=$(incident_of "$stream")
  about=$(curl -s "$api/incidents/$id/evidence")
  echo "$about"
  for file in clip.ts good.jpg bad.jpg measurements.json evidence.json; do
    code=$(curl -s -o "$dir/$stream-$file" -w '%{http_code} %{content_type}' "$api/incidents/$id/evidence/$file")
    expect "$stream: $file comes as what it is ($code)" test "$code" = "200 $(jq -r --arg f $file '.files[] | select(.name==$f).type' <<<"$about")"
    expect "$stream: $file has all its bytes" test "$(stat -c %s "$dir/$stream-$file")" = "$(jq -r --arg f $file '.files[] | select(.name==$f).bytes' <<<"$about")"
  done
  raised=$(raised_at "$stream")
  expect "$stream: the clip begins 10 s and more before the fault" jq -e "$(utc '.about | (.since.utc | t) - (.clip.from | t) | . >= 10 and . < 16')" <<<"$about"
  expect "$stream: and ends 10 s and more after the raise at $raised" jq -e --arg r "$raised" "$(utc '(.about.clip.to | t) - ($r | t) | . >= 9.9 and . < 15')" <<<"$about"
  expect "$stream: the ring reached back" jq -e '.about.clip.whole' <<<"$about"
  expect "$stream: joined anew or not" test "$(jq .about.clip.remuxed <<<"$about")" = "$([ $stream = rtmp ] && echo true || echo false)"
  ffmpeg -v error -i "$dir/$stream-clip.ts" -f null - 2>"$dir/$stream-decode.err"
  expect "$stream: the clip decodes" test $? = 0
  pictures=$(ffprobe -v error -select_streams v:0 -count_packets -show_entries stream=nb_read_packets -of csv=p=0 "$dir/$stream-clip.ts" | head -1 | tr -dc 0-9)
  sounds=$(ffprobe -v error -select_streams a:0 -count_packets -show_entries stream=nb_read_packets -of csv=p=0 "$dir/$stream-clip.ts" | head -1 | tr -dc 0-9)
  expect "$stream: it has pictures and sound of 22 s and more ($pictures, $sounds)" test "$pictures" -ge 550 -a "$sounds" -ge 500
  first=$(ffprobe -v error -select_streams v:0 -show_entries packet=flags -of csv=p=0 -read_intervals '%+#1' "$dir/$stream-clip.ts" | head -1)
  expect "$stream: it begins with a key frame ($first)" grep -q K <<<"$first"
  ffmpeg -v info -i "$dir/$stream-clip.ts" -vf blackdetect=d=1 -an -f null - 2>&1 | grep -o 'black_start:[0-9.]*' | cut -d: -f2 >"$dir/$stream-black"
  expect "$stream: it shows the fault beginning 10 s and more after its own beginning ($(cat "$dir/$stream-black"))" awk 'NR==1 { ok = $1 >= 9.9 && $1 < 16 } END { exit !ok }' "$dir/$stream-black"
  good=$(level "$dir/$stream-good.jpg"); bad=$(level "$dir/$stream-bad.jpg")
  expect "$stream: the bad still is black ($bad), the good one is not ($good)" test "$bad" -lt 20 -a "$good" -gt 40
  expect "$stream: they are the first bad picture and the one before" jq -e '.about | (.bad.media_s - .since.media_s | fabs <= 0.003) and (.since.media_s - .good.media_s | . > 0 and . <= 0.043)' <<<"$about"
  expect "$stream: the measurements reach back over the time before" jq -e '[.values[][][0]] | min < -15 and max > -1 and (length > 50)' "$dir/$stream-measurements.json"
  expect "$stream: a bitrate is among them" jq -e '.values | keys | any(startswith("bitrate"))' "$dir/$stream-measurements.json"
done
for path in "evidence/../../../etc/passwd" "evidence/..%2f..%2fsightline.db" "evidence/%2e%2e/evidence.json" "evidence/clip.ts%00.jpg" "evidence//clip.ts" "evidence/"; do
  code=$(curl -s --path-as-is -o "$dir/trick" -w '%{http_code}' "$api/incidents/$id/$path")
  expect "no way out by $path ($code)" test "$code" -ge 400 -a "$code" -lt 500
done
rings=$(find "$dir/evidence" -name '*.ring' -printf '%s\n' | sort -n | tail -1)
expect "no ring is larger than allowed ($rings)" test "$rings" -le $((32 << 20))
expect "nobody else may read it" test -z "$(find "$dir/evidence" -perm /077)"
expect "metrics count it" bash -c "curl -s '${api%/api/v1}/metrics' | grep -q 'evidence_kept 2'"
kill -9 "$probe"
wait "$probe" 2>/dev/null
start again || { cat "$dir/again.err"; exit 1; }
expect "after kill -9 it is still there" kept udp
expect "and is the same" bash -c "curl -s '$api/incidents/$id/evidence/clip.ts' | cmp - '$dir/rtmp-clip.ts'"
finish
