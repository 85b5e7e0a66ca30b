#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# MB per CPU second of `check --depth transport` (whole process, file in the page cache) on multiplexes made by ffmpeg
# with 2 and with 200 PIDs: sound alone, with one PES packet for each frame and with ffmpeg's usual several, and a mix of
# pictures and sound. usage: tools/measure-transport.sh [BIN_DIR [ROUNDS [MEGABYTES]]]
set -euo pipefail
bin=${1:-build/release/bin}
rounds=${2:-5}
size=${3:-1000}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

cpu() { { TIMEFORMAT='%U %S'; time "$@" >/dev/null 2>&1; } 2>&1 | awk '{print $1 + $2}'; }
median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

# multiplex NAME SOURCE SERVICES TRACKS OPTION…: TRACKS tracks a service, all copies of SOURCE's, played until `size` MB
multiplex() {
  local name=$1 source=$2 services=$3 tracks=$4 maps=() programs=() kinds service track text once copies
  kinds=$(ffprobe -v error -show_entries format=nb_streams -of csv=p=0 "$source")
  for ((track = 0; track < services * tracks; ++track)); do maps+=(-map "0:$((track % kinds))"); done
  for ((service = 0; service < services; ++service)); do
    text="title=s$service:program_num=$((service + 1))"
    for ((track = 0; track < tracks; ++track)); do text+=":st=$((service * tracks + track))"; done
    programs+=(-program "$text")
  done
  ffmpeg -v error -y -i "$source" "${maps[@]}" -c copy "${programs[@]}" "${@:5}" -f mpegts "$dir/once.ts"
  once=$(stat -c %s "$dir/once.ts")
  copies=$((size * 1000000 / once))
  ffmpeg -v error -y -stream_loop "$copies" -i "$source" "${maps[@]}" -c copy "${programs[@]}" "${@:5}" -f mpegts "$dir/$name.ts"
}

measure() {  # NAME WORDS
  local file=$dir/$1.ts total seconds read
  cat "$file" >/dev/null
  total=$(stat -c %s "$file")
  seconds=$(for ((i = 0; i < rounds; ++i)); do cpu "$bin/sightline" check --depth transport "$file" || true; done | median)
  read=$(for ((i = 0; i < rounds; ++i)); do cpu dd if="$file" of=/dev/null bs=128k; done | median)
  awk -v name="$2" -v total="$total" -v seconds="$seconds" -v read="$read" \
    'BEGIN {printf "%-58s %5.0f MB  %5.0f MB per CPU second (bare read %5.0f)\n", name, total / 1e6, total / 1e6 / seconds, total / 1e6 / read}'
  rm -f "$file"
}

ffmpeg -v error -y -f lavfi -i "sine=frequency=1000:sample_rate=48000" -t 60 -c:a mp2 -b:a 32k -ac 1 -f mpegts "$dir/sound.ts"
ffmpeg -v error -y -f lavfi -i testsrc2=size=640x360:rate=25 -f lavfi -i "sine=frequency=1000:sample_rate=48000" -t 30 -c:v libx264 -preset veryfast \
  -b:v 300k -maxrate 300k -bufsize 300k -g 50 -pix_fmt yuv420p -c:a mp2 -b:a 128k -f mpegts "$dir/mix.ts"

multiplex mix2 "$dir/mix.ts" 1 2
measure mix2 "2 PIDs, picture and sound"
multiplex mix200 "$dir/mix.ts" 50 4
measure mix200 "200 PIDs, pictures and sound"
multiplex sound2 "$dir/sound.ts" 1 2
measure sound2 "2 PIDs of sound, 32 kb/s"
multiplex sound200 "$dir/sound.ts" 50 4
measure sound200 "200 PIDs of sound, 32 kb/s"
multiplex dense2 "$dir/sound.ts" 1 2 -pes_payload_size 0
measure dense2 "2 PIDs of sound, a PES start in every packet"
multiplex dense200 "$dir/sound.ts" 50 4 -pes_payload_size 0
measure dense200 "200 PIDs of sound, a PES start in every packet"
