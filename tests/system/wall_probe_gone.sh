#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A probe is killed (kill -9), and another time stopped (SIGSTOP), while a wall shows it: the glass says "not answering" and
# shows the last picture without its colours; when the probe is back the wall is as it was, by itself. What is on the glass
# is read from the X server's own framebuffer. usage: wall_probe_gone.sh BIN_DIR SOURCE_DIR
#   MOST_MS: from the kill to the words on the glass (30000; the figure is 2000); TIMES: kills (1)
#   77: no Xvfb, xdotool or curl here, or nothing can be drawn
. "$2/tests/system/harness.sh"
need Xvfb xdotool curl
most_ms=${MOST_MS:-30000}
width=1280 height=720

free_port; port=$REPLY
cat >"$dir/p.yaml" <<END
version: 1
probe: hall
streams:
  - {id: one, name: ONE, url: "udp://127.0.0.1:$port"}
store: {sqlite: p.db}
api: {listen: off, socket: $dir/p.sock}
END
cat >"$dir/wall.yaml" <<END
version: 1
pages: [{name: A, grid: 1x1, tiles: [{stream: one}]}]
END
"$bin/sightline-signals" --for 10s --size 320x180 --to "$dir/loop.ts" >/dev/null 2>&1
background signal "$bin/sightline-signals" --loop "$dir/loop.ts" --to "udp://127.0.0.1:$port"
start_probe() {
  background probe "$bin/sightline" run "$dir/p.yaml"
  probe=$last_pid
}
start_probe
mkdir "$dir/screen"
background xvfb Xvfb -displayfd 1 -noreset -screen 0 "${width}x${height}x24" -fbdir "$dir/screen"
until_true 30 test -s "$dir/xvfb.log" || { cat "$dir/xvfb.err"; exit 77; }
export DISPLAY=:$(cat "$dir/xvfb.log")
screen=$dir/screen/Xvfb_screen0
background wall "$bin/sightline-wall" --probe "unix:$dir/p.sock" --layout "$dir/wall.yaml" --windowed --size "${width}x$height"
wall=$last_pid
find_window() { win=$(xdotool search --name 'Sightline$' 2>/dev/null | head -1) && [ -n "$win" ]; }
until_true 60 find_window || { cat "$dir/wall.err"; grep -q 'OpenGL 3.3' "$dir/wall.err" && exit 77; echo "no window"; exit 1; }
find_window

word() { printf '%d' "0x$(od -An -v -tx1 -j $((4 * $1)) -N 4 "$screen" | tr -d ' ')"; }  # of XWD's header
start=$(($(word 0) + 12 * $(word 19)))
line=$(word 12)
row() { od -An -v -tu1 -w4 -j $((start + $1 * line)) -N $((4 * width)) "$screen"; }  # blue, green, red, nothing
# The heading's plate that says "probe hall not answering" is the only large thing there in the colour of text.
says_gone() { [ "$(row 9 | grep -c '^ *242 *236 *232 ')" -ge 100 ]; }
fine() { ! says_gone; }
coloured() { row $((height / 2)) | awk '{d = $3 - $2; if (d < 0) d = -d; if (d > 24) n++} END {exit !(n > 200)}'; }
grey() { row $((height / 2)) | awk '{d = $3 - $2; if (d < 0) d = -d; if (d > 24) n++} END {exit !(n == 0)}'; }
titled() { xdotool getwindowname "$win" | grep -q "$1"; }
now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

expect "the picture is on the glass" until_true 60 coloured
expect "and nothing is said of the probe" fine
longest=0
for ((n = 0; n < ${TIMES:-1}; ++n)); do
  killed_at=$(now_ms)
  kill -9 "$probe"
  expect "killed: the glass says so" until_true 30 says_gone
  took=$(($(now_ms) - killed_at))
  [ "$took" -le "$longest" ] || longest=$took
  expect "its picture has lost its colours" until_true 30 grey
  expect "the window's title says it in words" until_true 30 titled "probe hall not answering"
  wait "$probe" 2>/dev/null
  start_probe
  expect "back again: nothing is said any more" until_true 60 fine
  expect "the picture is there again" until_true 60 coloured
done
echo "from kill -9 to the words on the glass: $longest ms at most, of ${TIMES:-1}"
expect "it was said within $most_ms ms" test "$longest" -le "$most_ms"

kill -STOP "$probe"
expect "stopped: the glass says so" until_true 30 says_gone
expect "its picture has lost its colours, too" until_true 30 grey
kill -CONT "$probe"
expect "it goes on: nothing is said any more" until_true 60 fine
expect "and the picture is there" until_true 60 coloured
expect "the wall ran through all of this" kill -0 "$wall"
finish
