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

# Silent stereo, then a tone in mono: other channels, and sound that overlaps where the two were joined.
ffmpeg -v error -y -f lavfi -i color=black:size=320x180:rate=25 -f lavfi -i anullsrc=r=48000:cl=stereo -t 8 -c:v libx264 -preset ultrafast -c:a aac -f mpegts "$dir/stereo.ts"
ffmpeg -v error -y -f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i sine=frequency=440:sample_rate=48000 -t 8 -c:v libx264 -preset ultrafast -c:a aac -f mpegts "$dir/mono.ts"
cat "$dir/stereo.ts" "$dir/mono.ts" >"$dir/joined.ts"
check "$dir/joined.ts" >"$dir/joined.out"
expect "silence in stereo ends with the tone in mono ($(edges "$dir/joined.out" audio.silence))" near "$(edges "$dir/joined.out" audio.silence)" 0,8000 64

"$bin/sightline-signals" --for 12s --to "$dir/cc.ts" --truth "$dir/cc.json" --fault drop@2:pid=video,count=3 --fault duplicate@4:pid=audio,count=1 --fault drop@6:pid=audio,count=2 >/dev/null 2>&1
"$bin/sightline" check "$dir/cc.ts" --depth transport --json >"$dir/cc.out"
expect "continuity errors per PID as the generator counted them" diff \
  <(jq -r 'select(.type=="summary") | .ts.pids[] | select(.continuity_errors>0) | "\(.pid) \(.continuity_errors)"' "$dir/cc.out" | sort) \
  <(jq -r '.ts.pids[] | select(.continuity_errors>0) | "\(.pid) \(.continuity_errors)"' "$dir/cc.json" | sort)

"$bin/sightline" analyze "$dir/cc.ts" --json >"$dir/report.out"
expect "analyze: exit status 0 whatever is wrong" test $? -eq 0
expect "analyze: one report with the same errors, and when they began" jq -se --slurpfile truth "$dir/cc.json" 'length==1 and .[0].type=="transport" and .[0].services[0].tracks[0].id=="video:1"
  and ([.[0].pids[] | select(.continuity_errors>0) | {pid,continuity_errors}] == [$truth[0].ts.pids[] | select(.continuity_errors>0) | {pid,continuity_errors}])
  and ([.[0].faults[] | select(.condition=="ts.continuity" and .tr101290=="1.4" and .first_s>1 and .last_s<7)] | length==2)' "$dir/report.out"
"$bin/sightline" analyze "$dir/cc.ts" >"$dir/report.txt"
expect "analyze: the same for people" grep -q 'ts.continuity (1.4) on PID 256: 1 ×, first at ' "$dir/report.txt"
"$bin/sightline" analyze "$dir/bare.json" --json >"$dir/report.out" 2>/dev/null
expect "analyze: no file: exit status 3" test $? -eq 3

# Sound whose codec the demuxer learns from its packets only, and sound without any times.
ff() { ffmpeg -v error -y -f lavfi -i "sine=frequency=440:sample_rate=48000:duration=10" -af "volume=enable='between(t,3,7)':volume=0" "$@"; }
ff -c:a eac3 -mpegts_flags system_b "$dir/eac3-dvb.ts"
ff -c:a eac3 "$dir/eac3.ts"
ff -c:a aac -mpegts_flags latm "$dir/latm.ts"
ff -c:a aac "$dir/bare.aac"
for name in eac3-dvb.ts eac3.ts latm.ts bare.aac; do
  check "$dir/$name" >"$dir/$name.out"
  expect "$name: silence within a codec frame and 20 ms of 3 s and 7 s ($(edges "$dir/$name.out" audio.silence))" near "$(edges "$dir/$name.out" audio.silence)" 3000,7000 66
  expect "$name: ten seconds long" jq -e 'select(.type=="summary") | .duration_s > 9.8 and .duration_s < 10.2 and .frames.audio > 200' "$dir/$name.out"
done

# Scrambled for a while: decoding stops, and goes on where it is in the clear again, however far ahead the file was read.
"$bin/sightline-signals" --for 16s --to "$dir/scrambled.ts" --fault scramble@4+6 >/dev/null 2>&1
for size in 65536 1316; do
  check "$dir/scrambled.ts" --read-size "$size" >"$dir/scrambled.out"
  expect "reads of $size bytes: both tracks' scrambling begins and ends" jq -se '[.[] | select(.condition=="ts.scrambled") | [.track,.state]] | sort == [["audio:1","cleared"],["audio:1","raised"],["video:1","cleared"],["video:1","raised"]]' "$dir/scrambled.out"
  expect "ten seconds of both are decoded: $(jq -c 'select(.type=="summary") | .frames' "$dir/scrambled.out")" jq -e 'select(.type=="summary") | .frames.video >= 240 and .frames.video <= 262 and .frames.audio >= 450 and .frames.audio <= 500 and .tracks[1].watched' "$dir/scrambled.out"
done

# Without a clock an error is still an error, and nothing seen is not good.
"$bin/sightline-signals" --for 2s --to "$dir/two.ts" --fault drop@1:pid=video,count=3 >/dev/null 2>&1
# Packets of the video PID alone, without adaptation fields and starts: no table, no clock reference, no time stamp.
perl -e 'binmode STDIN; binmode STDOUT; while (read(STDIN, my $p, 188) == 188) { my @b = unpack("C4", $p); print $p if ((($b[1] & 31) << 8) | $b[2]) == 256 && ($b[3] & 0x20) == 0 && ($b[1] & 0x40) == 0 }' <"$dir/two.ts" >"$dir/bare.ts"
check "$dir/bare.ts" >"$dir/bare.out"
expect "continuity errors without any clock are a warning" test $? -eq 1
expect "their alarm" jq -se 'any(.[]; .condition=="ts.continuity" and .state=="raised")' "$dir/bare.out"
ffmpeg -v error -y -f lavfi -i testsrc=size=64x64:rate=25:duration=1 -c:v libx264 -movflags +frag_keyframe+empty_moov+default_base_moof -f mp4 "$dir/whole.mp4"
ffmpeg -v error -y -i "$dir/whole.mp4" -c copy -encryption_scheme cenc-aes-ctr -encryption_key 00112233445566778899aabbccddeeff -encryption_kid 00000000000000000000000000000001 -f mp4 "$dir/encrypted.mp4"
check "$dir/encrypted.mp4" >"$dir/encrypted.out"
expect "an encrypted picture is not taken for one: $(tail -1 "$dir/encrypted.out" | jq -r .message)" jq -se '.[-2].exit==3 and .[-2].frames.video==0 and .[-2].tracks[0].not_watched=="picture not decoded: encrypted"' "$dir/encrypted.out"
moof=$(LC_ALL=C grep -abo moof "$dir/whole.mp4" | head -1 | cut -d: -f1)
head -c $((moof - 4)) "$dir/whole.mp4" >"$dir/init.mp4"
check "$dir/init.mp4" >"$dir/init.out"
expect "an initialisation segment alone: exit status 3" test $? -eq 3
expect "the summary says unknown, the last line why" jq -se '.[-2].verdict=="unknown" and .[-2].exit==3 and .[-1].type=="error" and (.[-1].message|startswith("not one picture and no sound could be decoded"))' "$dir/init.out"
tail -c +$((moof - 3)) "$dir/whole.mp4" >"$dir/segment.m4s"
check "$dir/segment.m4s" >"$dir/segment.out"
expect "a segment without its initialisation: $(jq -r .message "$dir/segment.out")" grep -q "without its initialisation" "$dir/segment.out"
finish
