#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Loudness of whole files by `sightline check` and by ffmpeg's ebur128 filter: the same to 0.1 LU and true peak to 0.4 dB;
# range to 1.5 LU: libebur128 takes a short-term value a second, ffmpeg ten, which tells on sound this short.
# More files: tests/system/loudness.sh BIN_DIR SOURCE_DIR FILE…
. "$(dirname "$0")/harness.sh" "$1" "$2"
need jq ffmpeg

# Sound with loud and quiet parts: noise in a band, and tones over it, at a level that follows a slow wave.
make() {  # NAME SECONDS CHANNELS LAYOUT CODEC…
  ffmpeg -v error -y -f lavfi -i "anoisesrc=color=pink:amplitude=0.5:seed=7:sample_rate=48000" -f lavfi -i "sine=frequency=440:sample_rate=48000" \
    -filter_complex "[0:a][1:a]amix=inputs=2:weights=1 0.5,volume='0.05+0.6*pow(sin(t/4),2)':eval=frame,aformat=channel_layouts=$3" \
    -t "$2" "${@:4}" "$dir/$1"
}
make mono.ts 21.3 mono -c:a mp2 -b:a 192k
make stereo.ts 33 stereo -c:a aac -b:a 192k
make surround.ts 20 5.1 -c:a ac3 -b:a 448k
make float.mkv 12.4 stereo -c:a pcm_f32le
make low.mp4 25 stereo -ar 32000 -c:a aac -b:a 96k

within() { awk -v a="$1" -v b="$2" -v most="$3" 'BEGIN {d = a - b; if (d < 0) d = -d; exit !(d <= most + 0.0001)}'; }
compare() {
  local file=$1 name ours theirs
  name=$(basename "$file")
  ours=$("$bin/sightline" check "$file" --json | jq -r 'select(.type=="summary") | .loudness[0] | "\(.integrated_lufs) \(.range_lu) \(.true_peak_dbtp)"')
  theirs=$(ffmpeg -nostdin -hide_banner -i "$file" -map 0:a:0 -af ebur128=peak=true -f null - 2>&1 | sed -n '/Summary:/,$p' |
    awk '/^ *I:/ {i = $2} /LRA:/ {r = $2} /Peak:/ {p = $2} END {print i, r, p}')
  read -r i1 r1 p1 <<<"$ours"
  read -r i2 r2 p2 <<<"$theirs"
  expect "$name: integrated loudness $i1 LUFS, ffmpeg $i2" within "$i1" "$i2" 0.1
  expect "$name: range $r1 LU, ffmpeg $r2" within "$r1" "$r2" 1.5
  expect "$name: true peak $p1 dBTP, ffmpeg $p2" within "$p1" "$p2" 0.4
}
for file in mono.ts stereo.ts surround.ts float.mkv low.mp4; do compare "$dir/$file"; done
for file in "${@:3}"; do compare "$file"; done
finish
