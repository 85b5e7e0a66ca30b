#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A wall that knows a probe only by URL and token, as from another machine: its small pictures are on the glass and say that
# they are stills, a command reaches it with the operator's name, and a wrong token is refused in words.
# usage: wall_remote.sh BIN_DIR SOURCE_DIR     77: no Xvfb, xdotool or curl here, or nothing can be drawn
. "$2/tests/system/harness.sh"
need Xvfb xdotool curl
width=1280 height=720

free_port; port=$REPLY
free_port; api=$REPLY
token=0123456789abcdef0123456789abcdef
cat >"$dir/p.yaml" <<END
version: 1
probe: far
streams:
  - {id: one, name: ONE, url: "udp://127.0.0.1:$port"}
store: {sqlite: p.db}
api: {listen: "127.0.0.1:$api", socket: $dir/p.sock, tokens: [{name: wall, role: operator, sha256: $(printf %s "$token" | sha256sum | cut -d" " -f1)}]}
END
printf 'version: 1\npages: [{name: A, grid: 1x1, tiles: [{stream: one}]}]\n' >"$dir/wall.yaml"
echo "$token" >"$dir/token"
echo "not-the-token-that-was-given-out" >"$dir/wrong"
"$bin/sightline-signals" --for 10s --size 320x180 --to "$dir/loop.ts" >/dev/null 2>&1
background signal "$bin/sightline-signals" --loop "$dir/loop.ts" --to "udp://127.0.0.1:$port"
background probe "$bin/sightline" run "$dir/p.yaml"
picture() { curl -sf --unix-socket "$dir/p.sock" http://localhost/api/v1/streams/one/thumbnail.jpg; }
until_true 60 picture || { cat "$dir/probe.err"; echo "the probe gives no picture"; exit 1; }
mkdir "$dir/screen"
background xvfb Xvfb -displayfd 1 -noreset -screen 0 "${width}x${height}x24" -fbdir "$dir/screen"
until_true 30 test -s "$dir/xvfb.log" || { cat "$dir/xvfb.err"; exit 77; }
export DISPLAY=:$(cat "$dir/xvfb.log")
screen=$dir/screen/Xvfb_screen0
wall() {  # TOKEN_FILE
  background wall "$bin/sightline-wall" --probe "http://127.0.0.1:$api" --token-file "$1" --layout "$dir/wall.yaml" --windowed --size "${width}x$height"
  wall=$last_pid
}
find_window() { win=$(xdotool search --name 'Sightline$' 2>/dev/null | head -1) && [ -n "$win" ]; }

word() { printf '%d' "0x$(od -An -v -tx1 -j $((4 * $1)) -N 4 "$screen" | tr -d ' ')"; }  # of XWD's header
start=$(($(word 0) + 12 * $(word 19)))
line=$(word 12)
row() { od -An -v -tu1 -w4 -j $((start + $1 * line)) -N $((4 * width)) "$screen"; }  # blue, green, red, nothing
coloured() { row $((height / 2)) | awk '{d = $3 - $2; if (d < 0) d = -d; if (d > 24) n++} END {exit !(n > 200)}'; }
checked() { row $((height / 2)) | sum; }
changed() { [ "$(checked)" != "$before" ]; }

wall "$dir/wrong"
until_true 60 find_window || { cat "$dir/wall.err"; grep -q 'OpenGL 3.3' "$dir/wall.err" && exit 77; echo "no window"; exit 1; }
find_window
refused() { xdotool getwindowname "$win" | grep -q " refuses"; }
expect "a wrong token is refused" until_true 30 refused
kill "$wall"
wait "$wall" 2>/dev/null

wall "$dir/token"
gone() { ! xdotool getwindowname "$win"; }
until_true 10 gone
expect "the wall is there with the right one" until_true 60 find_window
find_window
expect "the picture is on the glass" until_true 60 coloured
before=$(checked)
expect "and a newer one after it" until_true 60 changed
focused() { [ "$(xdotool getwindowfocus 2>/dev/null)" = "$win" ] || { xdotool windowfocus "$win"; false; }; }
expect "the window takes the keyboard" until_true 30 focused
chosen() { xdotool getwindowname "$win" | grep -q "ONE chosen" || { xdotool mousemove --window "$win" 600 400 click 1; false; }; }
expect "a click chooses the tile" until_true 20 chosen
xdotool key --clearmodifiers b
standby() { curl -s --unix-socket "$dir/p.sock" http://localhost/api/v1/streams/one | grep -q '"air":"standby"'; }
expect "B reaches the probe over the network" until_true 20 standby
finish
