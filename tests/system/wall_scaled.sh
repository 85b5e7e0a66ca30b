#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The wall on a desktop scaled to twice the size (HiDPI), under Xvfb: its window has twice as many pixels each way, no
# more than the display, and the mouse points at what it seems to point at; after the window was made larger, too.
# usage: wall_scaled.sh BIN_DIR SOURCE_DIR     77: no Xvfb, xdotool, xprop or curl here
for need in Xvfb xvfb-run xdotool xprop curl; do command -v "$need" >/dev/null || { echo "$need is not installed here"; exit 77; }; done
if [ -z "${WALL_SCALED_INSIDE:-}" ]; then
  WALL_SCALED_INSIDE=1 exec xvfb-run -a -s '-screen 0 1920x1080x24 -noreset' bash "$0" "$@"
fi
. "$2/tests/system/harness.sh"

free_port
cat >"$dir/p.yaml" <<END
version: 1
probe: hall
streams:
  - {id: one, name: ONE, url: "udp://127.0.0.1:$REPLY"}
store: {sqlite: p.db}
api: {listen: off, socket: $dir/p.sock}
END
cat >"$dir/wall.yaml" <<END
version: 1
pages:
  - {name: Alpha, grid: 2x1, tiles: [{empty: true}, {stream: one}]}
END
background probe "$bin/sightline" run "$dir/p.yaml"
until_true 30 curl -sf --unix-socket "$dir/p.sock" http://localhost/readyz || { cat "$dir/probe.err"; exit 1; }
xprop -root -f RESOURCE_MANAGER 8s -set RESOURCE_MANAGER "Xft.dpi: 192
"

find_window() { win=$(xdotool search --name 'Sightline$' 2>/dev/null | head -1) && [ -n "$win" ]; }
open_wall() {  # SIZE
  background wall "$bin/sightline-wall" --probe "unix:$dir/p.sock" --layout "$dir/wall.yaml" --windowed --size "$1"
  wall=$last_pid
  until_true 30 find_window || { cat "$dir/wall.err"; echo "no window"; exit 1; }
  find_window
}
geometry_is() { [ "$(xdotool getwindowgeometry "$win" | awk '/Geometry/ {print $2}')" = "$1" ]; }
chosen() {  # X Y: a click there chooses the tile at the right
  [[ $(xdotool getwindowname "$win") == "Alpha, ONE chosen"* ]] || { xdotool mousemove --window "$win" "$1" "$2" click 1; false; }
}
let_go() { [[ $(xdotool getwindowname "$win") != *chosen* ]] || { xdotool key --clearmodifiers Escape; false; }; }
focused() { [ "$(xdotool getwindowfocus 2>/dev/null)" = "$win" ] || { xdotool windowfocus "$win"; false; }; }

open_wall 800x450
expect "a window of 800x450 has 1600x900 pixels" until_true 20 geometry_is 1600x900
expect "the window takes the keyboard" until_true 20 focused
expect "a click at the right chooses what is there" until_true 20 chosen 1000 450
expect "and Escape lets it go" until_true 20 let_go
xdotool windowsize "$win" 1900 1060
expect "made larger by hand" until_true 20 geometry_is 1900x1060
expect "a click lands where it did" until_true 20 chosen 1300 530
kill "$wall"
wait "$wall" 2>/dev/null

open_wall 1280x720
expect "what would be larger than the display is as large as it" until_true 20 geometry_is 1920x1080
finish
