#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Black, freeze and silence where they are, and nowhere else: generated signals with near misses, files of ffmpeg's own, and a
# freeze under the coding noise of three bitrates. Pictures within one frame, PCM within 20 ms, compressed sound within a codec
# frame and 20 ms.
. "$(dirname "$0")/harness.sh" "$1" "$2"
need jq ffmpeg

rules=()
for condition in video.black video.freeze audio.silence; do
  rules+=(--set "$condition.warning=1s" --set "$condition.clear=200ms")
done

# what_is EXPECTED OUTPUT FRAME_S SOUND_S: empty where the alarms in OUTPUT are those of EXPECTED, [condition, since, until] each
what_is() {
  jq -rn --argjson want "$1" --slurpfile lines "$2" --argjson frame "$3" --argjson sound "$4" '
    ([$lines[] | select(.type=="alarm" and .state=="cleared") | [.condition,.since.media_s,.until.media_s]] | sort) as $got
    | ([$lines[] | select(.type=="alarm" and .state=="raised")] | length) as $raised
    | ($want | sort) as $want
    | def near($a;$b;$c): ($a-$b|fabs) <= (if $c=="audio.silence" then $sound else $frame end) + 0.0005;
    if $raised == ($want|length) and ($got|length) == ($want|length) and
       all(range($want|length); $got[.][0]==$want[.][0] and near($got[.][1];$want[.][1];$want[.][0]) and near($got[.][2];$want[.][2];$want[.][0]))
    then empty else "got \($got), wanted \($want), \($raised) raised" end'
}
expect_edges() {  # NAME FILE EXPECTED FRAME_S SOUND_S
  local wrong
  "$bin/sightline" check "$2" --json "${rules[@]}" >"$2.out"
  wrong=$(what_is "$3" "$2.out" "$4" "$5" 2>&1)
  expect "$1: $(jq length <<<"$3") faults where they are, none beside them${wrong:+ ($wrong)}" test -z "$wrong"
}

# 97 % of black, sensor noise and a tone of -59 dBFS are near misses.
schedule=(--fault black@2+2:pixels=0.98 --fault black@6+2:pixels=0.97 --fault freeze@10+3 --fault near-freeze@15+3:sigma=2
  --fault silence@3+2 --fault level@8+3:dbfs=-59 --fault level@13+3:dbfs=-61)
generated() {  # FILE FRAME_S SOUND_S OPTION…
  local file=$1 frame=$2 sound=$3
  shift 3
  "$bin/sightline-signals" --for 22s "${schedule[@]}" --to "$dir/$file" --truth "$dir/$file.json" "$@" >/dev/null 2>"$dir/make.err"
  expect_edges "$file" "$dir/$file" "$(jq -c '{black:"video.black",freeze:"video.freeze",silence:"audio.silence",level:"audio.silence"} as $conditions
    | [.faults[] | select($conditions[.kind]) | [$conditions[.kind], .first_bad.media_s, .first_good.media_s]]
    | map(select((.[0]=="video.black" and .[1]>5) or (.[0]=="audio.silence" and .[1]>7 and .[1]<9) | not))' "$dir/$file.json")" "$frame" "$sound"
}
generated h264-aac.ts 0.04 0.0414 --bitrate 3M
generated mpeg2-mp2-interlaced.ts 0.04 0.044 --codec mpeg2video --audio mp2 --interlaced --bitrate 5M
generated hevc-10bit.mp4 0.0334 0.0414 --codec hevc --bit-depth 10 --fps 30000/1001 --size 320x180 --bitrate 1M
generated h264-pcm.mkv 0.02 0.02 --audio pcm --fps 50 --size 320x180 --bitrate 2M
generated h264-aac.flv 0.04 0.0414 --bitrate 3M

# Made by ffmpeg alone: picture 249 stands for 75 more, so that the first new one is 325.
ffmpeg -v error -y -f lavfi -i testsrc2=size=640x360:rate=25 -f lavfi -i sine=frequency=440:sample_rate=48000 -t 16 \
  -vf "loop=loop=75:size=1:start=250,setpts=N/25/TB,drawbox=t=fill:c=black:enable='between(t,1.99,3.99)'" -af "volume=enable='between(t,5,8)':volume=0" \
  -c:v libx264 -b:v 3M -g 50 -pix_fmt yuv420p -c:a aac "$dir/ffmpeg.ts"
expect_edges "ffmpeg.ts" "$dir/ffmpeg.ts" '[["video.black",2,4],["video.freeze",10,13],["audio.silence",5,8]]' 0.04 0.0414

# One freeze of six seconds, whatever the encoder makes of it.
"$bin/sightline-signals" --for 14s --size 1280x720 --bitrate 12M --fault freeze@4+6 --to "$dir/clean.ts" --truth "$dir/clean.json" >/dev/null 2>&1
for rate in 1M 4M 8M; do
  ffmpeg -v error -y -i "$dir/clean.ts" -c:v libx264 -preset veryfast -b:v "$rate" -maxrate "$rate" -bufsize "$rate" -g 50 -c:a copy "$dir/$rate.ts"
  expect_edges "a freeze re-encoded at $rate" "$dir/$rate.ts" "$(jq -c '[.faults[] | ["video.freeze", .first_bad.media_s, .first_good.media_s]]' "$dir/clean.json")" 0.04 0.0414
done

finish
