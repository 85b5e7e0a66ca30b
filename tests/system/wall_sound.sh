#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A live stream with a tone, and with a flash and a beep together every two seconds, is followed by a wall without a
# display. Its mosaic and its loudspeaker (a file) must carry the tone, and in the mosaic flash and beep must be together
# within +40 and -60 ms. usage: wall_sound.sh BIN_DIR SOURCE_DIR     77: no ffmpeg, or no OpenGL, here
. "$(dirname "$0")/harness.sh" "$1" "$2"
need ffmpeg ffprobe
seconds=${WALL_SOUND_SECONDS:-24}
free_port; port=$REPLY
cat >"$dir/probe.yaml" <<END
version: 1
probe: hall
streams:
  - {id: tone, url: "udp://127.0.0.1:$port"}
store: {sqlite: $dir/probe.db}
api: {listen: off, socket: $dir/probe.sock}
END
background source ffmpeg -hide_banner -loglevel error -re \
  -f lavfi -i "color=black:size=320x180:rate=25,drawbox=color=white:t=fill:enable='lt(mod(t,2),0.2)'" \
  -f lavfi -i "aevalsrc='0.05*sin(2*PI*1000*t)+0.3*sin(2*PI*3000*t)*lt(mod(t,2),0.2)':sample_rate=44100:channel_layout=stereo" \
  -c:v libx264 -preset ultrafast -tune zerolatency -g 25 -pix_fmt yuv420p -c:a aac -b:a 128k \
  -f mpegts "udp://127.0.0.1:$port?pkt_size=1316"
background probe "$bin/sightline" run "$dir/probe.yaml"
until_true 20 test -S "$dir/probe.sock.wall" || { cat "$dir/probe.err"; echo "the probe does not start"; exit 1; }

"$bin/sightline-wall" --probe "unix:$dir/probe.sock" --screenshot "$dir/silent.png" --after 2s --sound \
  --sound-sink "filesrc location=/no/such/file ! fakesink" >/dev/null 2>"$dir/silent.err"
status=$?
if grep -q 'OpenGL 3.3' "$dir/silent.err"; then cat "$dir/silent.err"; exit 77; fi
expect "a wall without a sound device goes on" test "$status" = 0
expect "and says so in one line" test "$(grep -c '^sightline-wall: no sound: ' "$dir/silent.err")" = 1

mkdir "$dir/hls"
"$bin/sightline-wall" --probe "unix:$dir/probe.sock" --mosaic "$dir/hls/wall.m3u8" --size 640x360 --listen tone \
  --sound-sink "audioconvert ! audio/x-raw,format=S16LE ! wavenc ! filesink sync=true location=$dir/heard.wav" \
  --for "${seconds}s" >"$dir/wall.log" 2>"$dir/wall.err"
expect "the wall ends well" test $? = 0
cat "$dir/wall.err"
mosaic() { ffmpeg -hide_banner -nostats -i "$dir/mosaic.ts" "$@" -f null - 2>&1; }
cat "$dir"/hls/wall-*.ts >"$dir/mosaic.ts"
kinds=$(ffprobe -v error -show_entries stream=codec_name -of csv=p=0 "$dir/mosaic.ts" | grep . | sort -u | tr '\n' ' ')
expect "the mosaic has H.264 and AAC (it has: $kinds)" test "$kinds" = "aac h264 "
# Mean power of what a narrow filter at 1 kHz lets through, dBFS: the tone's is -29.
level() { sed -n 's/.*mean_volume: \(-\?[0-9.]*\) dB.*/\1/p' | tail -1; }
near() { awk -v a="$1" -v b="$2" 'BEGIN {exit !(a != "" && a > b - 2.5 && a < b + 2.5)}'; }
tone=$(mosaic -vn -ss 5 -af "bandpass=f=1000:width_type=h:w=200,volumedetect" | level)
expect "the mosaic carries the source's tone ($tone dBFS, made at -29)" near "$tone" -29
tone=$(ffmpeg -hide_banner -nostats -ss 5 -i "$dir/heard.wav" -af "bandpass=f=1000:width_type=h:w=200,volumedetect" -f null - 2>&1 | level)
expect "so does the loudspeaker ($tone dBFS)" near "$tone" -29
off=$(mosaic -vn -af "bandpass=f=500:width_type=h:w=100,volumedetect" | level)
expect "and no tone that is not the source's ($off dBFS at 500 Hz)" awk -v a="$off" 'BEGIN {exit !(a < -45)}'

# Onsets of the flash in the middle of the tile, and of the beep, on the mosaic's own time stamps.
mosaic -an -vf "crop=64:48:(iw-64)/2:(ih-48)/2,signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=$dir/light" >/dev/null
awk '/pts_time/ {sub(/.*pts_time:/, ""); t = $1} /YAVG/ {sub(/.*=/, ""); on = $1 > 120; if (on && !was && seen > 5) print t; was = on; seen++}' "$dir/light" >"$dir/flashes"
mosaic -vn -af "bandpass=f=3000:width_type=h:w=500,silencedetect=noise=-30dB:duration=0.5" | sed -n 's/.*silence_end: \([0-9.]*\).*/\1/p' >"$dir/beeps"
# Of each flash the nearest beep; positive: the sound is early.
awk 'NR == FNR {beep[NR] = $1; n = NR; next} {best = 9; for (i = 1; i <= n; ++i) {d = $1 - beep[i]; if (d * d < best * best) best = d} if (best < 0.9 && best > -0.9) print best * 1000}' \
  "$dir/beeps" "$dir/flashes" | sort -n >"$dir/offsets"
count=$(wc -l <"$dir/offsets")
median=$(sed -n "$(((count + 1) / 2))p" "$dir/offsets")
echo "sound before picture, ms: median $median of $count: $(tr '\n' ' ' <"$dir/offsets")"
expect "flashes and beeps were found" test "$count" -ge 4
# The figure needs the machine for itself: ./test slow asks for it.
early=${EARLY:-250} late=${LATE:-250}
expect "they are together within +$early and -$late ms ($median ms)" awk -v a="$median" -v e="$early" -v l="$late" 'BEGIN {exit !(a != "" && a <= e && a >= -l)}'

mkdir "$dir/quiet"
"$bin/sightline-wall" --probe "unix:$dir/probe.sock" --mosaic "$dir/quiet/wall.m3u8" --size 320x180 --for 6s >"$dir/quiet.log" 2>&1
cat "$dir"/quiet/wall-*.ts >"$dir/mosaic.ts"
expect "a mosaic that follows nothing has a silent track" grep -q 'mean_volume: -91' <(mosaic -vn -af volumedetect)
finish
