#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Evidence of a black fault over UDP (bytes as received), over UDP with the worker killed within the clip, and over RTMP
# through nginx (joined into a transport stream): each clip plays and covers what it must, the stills are the last good and
# the first bad picture, the API lets nobody out of the folder, all outlives kill -9, and the quota takes the oldest.
. "$(dirname "$0")/harness.sh" "$1" "$2"
need jq nginx ffmpeg ffprobe curl python3
for name in udp cut rtmp http; do
  free_port
  declare "$name=$REPLY"
done
"$bin/sightline-signals" --size 640x360 --for 40s --fault black@14+5 --to "$dir/loop.ts" >/dev/null 2>&1
mkdir "$dir/hls"
user=""
[ "$(id -u)" != 0 ] || user="user root;"
sed -e "s|@DIR@|$dir|; s|@USER@|$user|; s|@RTMP@|$rtmp|; s|@HTTP@|$http|" "$source_dir/demo/nginx.conf" >"$dir/nginx.conf"
background nginx nginx -e "$dir/nginx-error.log" -c "$dir/nginx.conf"
rules='[{video.black: {warning: 1s}}, {signal.lost: off}, {signal.stalled: off}, {signal.unreachable: off}, {ts.continuity: off}, {ts.pcr_discontinuity: off}]'
configure() {  # QUOTA
  cat >"$dir/evidence.yaml" <<END
version: 1
probe: proof
streams:
  - {id: udp, url: "udp://127.0.0.1:$udp", rules: $rules}
  - {id: cut, url: "udp://127.0.0.1:$cut", rules: $rules}
  - {id: rtmp, url: "rtmp://127.0.0.1:$rtmp/live/test", rules: $rules}
incidents: {group: {streams: 100}}
evidence: {ring: 32MiB, quota: $1}
store: {sqlite: $dir/sightline.db}
api: {listen: "127.0.0.1:0"}
END
}
start() {
  background "$1" "$bin/sightline" run "$dir/evidence.yaml"
  probe=$last_pid
  until_true 20 grep -q "API at" "$dir/$1.err" || { cat "$dir/$1.err"; exit 1; }
  api=$(sed -n 's/.*API at //p' "$dir/$1.err" | head -1)/api/v1
}
configure 300MiB
start probe
background send-rtmp "$bin/sightline-signals" --loop "$dir/loop.ts" --for 36s --to "rtmp://127.0.0.1:$rtmp/live/test"
background send-udp "$bin/sightline-signals" --loop "$dir/loop.ts" --for 36s --to "udp://127.0.0.1:$udp"
background send-cut "$bin/sightline-signals" --loop "$dir/loop.ts" --for 36s --to "udp://127.0.0.1:$cut"

of() { curl -s "$api/streams/$1" | jq -e "$2"; }
seconds() { echo $(($1 * $(stat -c %s "$dir/loop.ts") / 40)); }
expect "cut: seven seconds are there" until_true 30 of cut ".bytes > $(seconds 7)"
worker=$(of cut .worker.pid)
[ -n "${SIGHTLINE_SANITIZE:-}" ] || expect "cut: it writes its ring inside the sandbox" grep -q 'Seccomp:[[:space:]]*2' "/proc/$worker/status"
kill -9 "$worker"
expect "cut: it is killed and comes back before the fault" until_true 5 of cut ".worker.restarts == 1 and .bytes > 0 and .bytes < $(seconds 3)"

incident_of() { curl -s "$api/incidents?stream=$1" | jq -re '[.incidents[] | select(any(.alarms[]; .condition=="video.black"))][0].id'; }
kept() { id=$(incident_of "$1") && curl -s "$api/incidents/$id/evidence" | jq -e '.state=="kept"'; }
raised_at() { curl -s "$api/alarms?state=all" | jq -r --arg s "$1" '[.alarms[] | select(.stream==$s and .condition=="video.black" and .state=="raised")][0].at.utc'; }
level() { ffmpeg -v error -i "$1" -vf scale=1:1,format=gray -f rawvideo - | od -An -tu1 | tr -d ' '; }
packets() { ffprobe -v error -select_streams "$2:0" -count_packets -show_entries stream=nb_read_packets -of csv=p=0 "$1" | head -1 | tr -dc 0-9; }
utc() { echo "def t: (.[0:19] + \"Z\" | fromdate) + (.[19:23] | tonumber); $1"; }

for stream in udp cut rtmp; do
  expect "$stream: evidence is kept" until_true 60 kept "$stream"
  id=$(incident_of "$stream")
  about=$(curl -s "$api/incidents/$id/evidence")
  echo "$about"
  for file in clip.ts good.jpg bad.jpg measurements.json evidence.json; do
    code=$(curl -s -o "$dir/$stream-$file" -w '%{http_code} %{content_type}' "$api/incidents/$id/evidence/$file")
    expect "$stream: $file comes as what it is ($code)" test "$code" = "200 $(jq -r --arg f $file '.files[] | select(.name==$f).type' <<<"$about")"
    expect "$stream: $file has all its bytes" test "$(stat -c %s "$dir/$stream-$file")" = "$(jq -r --arg f $file '.files[] | select(.name==$f).bytes' <<<"$about")"
  done
  clip=$dir/$stream-clip.ts
  raised=$(raised_at "$stream")
  expect "$stream: the clip begins 10 s and a GOP before the fault" jq -e "$(utc '.about | (.since.utc | t) - (.clip.from | t) | . >= 10.99 and . < 12.5')" <<<"$about"
  expect "$stream: and ends 10 s and more after the raise at $raised" jq -e --arg r "$raised" "$(utc '(.about.clip.to | t) - ($r | t) | . >= 9.9 and . < 15')" <<<"$about"
  expect "$stream: the ring reached back" jq -e '.about.clip.whole' <<<"$about"
  expect "$stream: joined anew or not" test "$(jq .about.clip.remuxed <<<"$about")" = "$([ $stream = rtmp ] && echo true || echo false)"
  pictures=$(packets "$clip" v) sounds=$(packets "$clip" a)
  expect "$stream: it has pictures and sound of 20 s and more ($pictures, $sounds)" test "$pictures" -ge 500 -a "$sounds" -ge 450
  decoded=$(ffmpeg -v info -i "$clip" -vf blackdetect=d=1 -an -f null - 2>&1)
  expect "$stream: all of it decodes" test "$(grep -o 'frame= *[0-9]*' <<<"$decoded" | tail -1 | tr -dc 0-9)" -ge "$((pictures - 30))"
  key=$(ffprobe -v error -select_streams v:0 -show_entries packet=flags -of csv=p=0 -read_intervals '%+#1' "$clip" | head -1)
  expect "$stream: it begins with a key frame ($key)" grep -q K <<<"$key"
  black=$(grep -o 'black_start:[0-9.]*' <<<"$decoded" | cut -d: -f2)
  [ $stream = cut ] || expect "$stream: it shows the fault 10 s and a GOP after its own beginning ($black)" awk '{ ok = $1 >= 10.95 && $1 < 12.5 } END { exit !ok }' <<<"$black"
  good=$(level "$dir/$stream-good.jpg") bad=$(level "$dir/$stream-bad.jpg")
  expect "$stream: the bad still is black ($bad), the good one is not ($good)" test "$bad" -lt 20 -a "$good" -gt 40
  expect "$stream: they are the first bad picture and the one before" jq -e '.about | (.bad.media_s - .since.media_s | fabs <= 0.003) and (.since.media_s - .good.media_s | . > 0 and . <= 0.043)' <<<"$about"
  expect "$stream: the measurements reach back over the time before" jq -e '[.values[][][0]] | min < -8 and max > -1 and (length > 50)' "$dir/$stream-measurements.json"
  expect "$stream: the timeline tells of it" jq -e '.timeline | any(.kind == "evidence" and (.text | startswith("kept: a clip of ")))' <<<"$(curl -s "$api/incidents/$id")"
done
expect "cut: the worker's death is within the clip" jq -e "$(utc '.about.clip.whole and .about.note == null')" <<<"$(curl -s "$api/incidents/$(incident_of cut)/evidence")"
expect "cut: the time that nobody recorded is a hole in it" jq -e "$(utc '.about.holes | length == 1 and (.[0] | (.to | t) - (.from | t) | . >= 0 and . < 10)')" <<<"$(curl -s "$api/incidents/$(incident_of cut)/evidence")"
expect "udp: there is no hole" jq -e '.about.holes == []' <<<"$(curl -s "$api/incidents/$(incident_of udp)/evidence")"
curl -s "$api/reports/daily?date=current&format=html" >"$dir/report.html"
expect "the report shows the bad pictures" test "$(grep -o 'src="data:image/jpeg;base64,' "$dir/report.html" | wc -l)" = 3
expect "and names the files" test "$(grep -o 'clip (clip.ts, [0-9.]* MB)' "$dir/report.html" | wc -l)" -ge 3
curl -s "$api/reports/daily?date=current&format=json" >"$dir/report.json"
expect "as does the one for programs" jq -e --arg i "$(incident_of udp)" '.evidence[$i].files | map(.path) | index("/api/v1/incidents/\($i)/evidence/clip.ts")' "$dir/report.json"
expect "udp: each packet of the clip is one that was sent" python3 - "$dir/udp-clip.ts" "$dir/loop.ts" <<'END'
import sys
clip, sent = ([data[at:at + 188] for at in range(0, len(data), 188)] for data in (open(name, "rb").read() for name in sys.argv[1:]))
sys.exit(0 if len(clip) > 5000 and set(clip) <= set(sent) else 1)
END

for path in "evidence/../../../etc/passwd" "evidence/..%2f..%2fsightline.db" "evidence/%2e%2e/evidence.json" "evidence/clip.ts%00.jpg" \
  "evidence//clip.ts" "evidence/" "evidence/.." "evidence/../$id/evidence/clip.ts"; do
  code=$(curl -s --path-as-is -o "$dir/trick" -w '%{http_code}' "$api/incidents/$id/$path")
  expect "no way out by $path ($code)" test "$code" -ge 400 -a "$code" -lt 500
done
expect "no ring is larger than allowed" test "$(find "$dir/evidence" -name '*.ring' -printf '%s\n' | sort -n | tail -1)" -le $((32 << 20))
expect "nobody else may read it" test -z "$(find "$dir/evidence" -perm /077)"
expect "metrics count it" grep -q 'evidence_kept 3' <<<"$(curl -s "${api%/api/v1}/metrics")"

total=$(curl -s "${api%/api/v1}/metrics" | sed -n 's/^sightline_evidence_bytes //p')
oldest=$(cd "$dir/evidence" && ls -tr ./*/evidence.json | head -1 | cut -d/ -f2)
newest=$(cd "$dir/evidence" && ls -t ./*/evidence.json | head -1 | cut -d/ -f2)
cp "$dir/evidence/$newest/clip.ts" "$dir/newest.ts"
kill -9 "$probe"
wait "$probe" 2>/dev/null
mkdir "$dir/evidence/.making-proof-i99"
configure "$(printf %.0f "$total" | awk '{ print $1 - 1 }')"
start again
state() { curl -s "$api/incidents/$1/evidence" | jq -r '.state'; }
expect "after kill -9 and with a smaller quota the oldest is gone" test "$(state "$oldest")" = none
expect "what was half made is gone" test ! -e "$dir/evidence/.making-proof-i99"
expect "the newest is there" test "$(state "$newest")" = kept
curl -s -o "$dir/after.ts" "$api/incidents/$newest/evidence/clip.ts"
expect "and is the same" cmp "$dir/newest.ts" "$dir/after.ts"

if [ -z "${SIGHTLINE_SANITIZE:-}" ]; then
  # A process that makes clips waits, sandboxed, to say what came of it: nobody reads, and the pipe is full.
  mkfifo "$dir/report"
  exec 8<>"$dir/report"
  head -c 65536 /dev/zero >&8
  : >"$dir/empty"
  "$bin/sightline" clip '{"since":0,"from":0,"to":1,"pictures":true,"memory":268435456,"sandbox":true}' \
    3>&8 4<"$dir/empty" 5>"$dir/out" 6>"$dir/out" 7>"$dir/out" &
  making=$!
  pids+=("$making")
  expect "clips are made in the sandbox" until_true 10 grep -q 'Seccomp:[[:space:]]*2' "/proc/$making/status"
fi
finish
