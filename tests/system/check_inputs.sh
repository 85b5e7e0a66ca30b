#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `sightline check` on every kind of file and on standard input: the same faults, found where they are.
. "$(dirname "$0")/harness.sh" "$1" "$2"
need jq ffmpeg

make() { "$bin/sightline-signals" --for 16s --fault black@3+5 --fault silence@9+4 --truth "$dir/$1.json" --to "$dir/$1" "${@:2}" >/dev/null 2>"$dir/make.err"; }
check() { "$bin/sightline" check "$@" --json --set audio.silence.warning=3s; }
# since and until of a condition's first alarm, in milliseconds
edges() { jq -s --arg c "$2" '[.[] | select(.type=="alarm" and .condition==$c)] | [(.[0].since.media_s*1000|round), ((map(select(.state=="cleared"))[0].until.media_s)*1000|round)] | @csv' -r "$1"; }
near() {  # GOT WANT TOLERANCE
  local got want
  IFS=, read -r got1 got2 <<<"$1"
  IFS=, read -r want1 want2 <<<"$2"
  [ $((got1 > want1 ? got1 - want1 : want1 - got1)) -le "$3" ] && [ $((got2 > want2 ? got2 - want2 : want2 - got2)) -le "$3" ]
}

for name in a.ts b.mp4 c.mkv d.flv; do
  make "$name"
  check "$dir/$name" >"$dir/$name.out"
  expect "$name: exit status 1" test $? -eq 1
  expect "$name: black within a frame of 3 s and 8 s ($(edges "$dir/$name.out" video.black))" near "$(edges "$dir/$name.out" video.black)" 3000,8000 40
  expect "$name: silence within a codec frame and 20 ms of 9 s and 13 s ($(edges "$dir/$name.out" audio.silence))" near "$(edges "$dir/$name.out" audio.silence)" 9000,13000 42
done

check - <"$dir/a.ts" >"$dir/stdin.out"
expect "standard input: the same alarms as the file" diff <(grep '"type":"alarm"' "$dir/a.ts.out") <(grep '"type":"alarm"' "$dir/stdin.out")
for size in 1316 65536 188 17; do
  check "$dir/a.ts" --read-size "$size" >"$dir/read.out"
  expect "reads of $size bytes: the same lines" diff "$dir/a.ts.out" "$dir/read.out"
done
head -c 1500000 "$dir/a.ts" >"$dir/short.ts"
check "$dir/short.ts" --read-size 1 >"$dir/one.out"
check "$dir/short.ts" >"$dir/all.out"
expect "reads of one byte: the same lines" diff "$dir/all.out" "$dir/one.out"

"$bin/sightline-signals" --for 12s --to "$dir/cc.ts" --truth "$dir/cc.json" --fault drop@2:pid=video,count=3 --fault duplicate@4:pid=audio,count=1 --fault drop@6:pid=audio,count=2 >/dev/null 2>&1
"$bin/sightline" check "$dir/cc.ts" --depth transport --json >"$dir/cc.out"
expect "continuity errors per PID as the generator counted them" diff \
  <(jq -r 'select(.type=="summary") | .ts.pids[] | select(.continuity_errors>0) | "\(.pid) \(.continuity_errors)"' "$dir/cc.out" | sort) \
  <(jq -r '.ts.pids[] | select(.continuity_errors>0) | "\(.pid) \(.continuity_errors)"' "$dir/cc.json" | sort)
finish
