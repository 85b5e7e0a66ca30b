#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An operator's real keys and mouse at the wall under Xvfb: sign on, choose, full view, pages, acknowledge, snooze,
# standby, edit and save. The API and the layout file show the effect; what stays on the glass shows in the window's
# title. usage: wall_flows.sh BIN_DIR SOURCE_DIR     77: no Xvfb, xdotool or curl here
for need in Xvfb xvfb-run xdotool curl; do command -v "$need" >/dev/null || { echo "$need is not installed here"; exit 77; }; done
if [ -z "${WALL_FLOWS_INSIDE:-}" ]; then
  WALL_FLOWS_INSIDE=1 exec xvfb-run -a -s '-screen 0 1280x720x24' bash "$0" "$@"
fi
. "$2/tests/system/harness.sh"

free_port; one=$REPLY
free_port; two=$REPLY
# Nobody sends: both are in alarm soon, each with an incident of its own.
cat >"$dir/p.yaml" <<END
version: 1
probe: hall
streams:
  - {id: one, name: ONE, url: "udp://127.0.0.1:$one", rules: {signal.unreachable: {critical: 1s}, signal.lost: {critical: 1s}}}
  - {id: two, name: TWO, url: "udp://127.0.0.1:$two", rules: {signal.unreachable: {major: 1s}, signal.lost: {major: 1s}}}
incidents: {gather: 0s}
store: {sqlite: p.db}
api: {listen: off, socket: $dir/p.sock}
END
cat >"$dir/wall.yaml" <<END
version: 1
room: R
pages:
  - {name: Alpha and everything, grid: 2x1, tiles: [{stream: one}, {stream: two}]}
  - {name: Beta, show: wrong}
END
background probe "$bin/sightline" run "$dir/p.yaml"
api() { curl -s --max-time 5 --unix-socket "$dir/p.sock" "http://localhost/api/v1/$1"; }
incident_says() { api "incidents?stream=$1" | grep -qE "$2"; }
expect "both streams have an open incident" until_true 60 incident_says one '"state":"open"'
expect "and the other" until_true 60 incident_says two '"state":"open"'

background wall "$bin/sightline-wall" --probe "unix:$dir/p.sock" --layout "$dir/wall.yaml" --windowed --size 1280x720
find_window() { win=$(xdotool search --name 'Sightline$' 2>/dev/null | head -1) && [ -n "$win" ]; }
until_true 60 find_window || { cat "$dir"/wall.err; echo "no window"; exit 1; }
find_window
focused() { [ "$(xdotool getwindowfocus 2>/dev/null)" = "$win" ] || { xdotool windowfocus "$win"; false; }; }
expect "the window takes the keyboard" until_true 30 focused
titled() { [[ $(xdotool getwindowname "$win") == "$1"* ]]; }
key() { xdotool key --clearmodifiers "$@"; }
click() { xdotool mousemove --window "$win" "$1" "$2" click "${3:-1}"; }
# Places in the 1280x720 window with the rail at its right.
tile_one="250 350" tile_two="740 350" page_name="70 16"
expect "the first page is shown" until_true 30 titled "Alpha"

# Signing on: the name goes with every command from here on.
key o
expect "O asks who is there" until_true 10 titled "Operator"
xdotool type "J. Moreau"
key Return
expect "Return takes the name" until_true 10 titled "Alpha"

chosen() { titled "$3, $4 chosen" || { click "$1" "$2"; false; }; }
expect "a click chooses a tile" until_true 10 chosen $tile_one "Alpha and everything" ONE
key Right
expect "an arrow goes to the next" until_true 10 titled "Alpha and everything, TWO chosen"

key Return
expect "Enter opens the full view" until_true 10 titled "TWO, full view"
key Escape
expect "Escape leaves it" until_true 10 titled "Alpha"
double_clicked() { titled "ONE, full view" || { xdotool mousemove --window "$win" $tile_one click --repeat 2 --delay 60 1; false; }; }
expect "a double click opens the full view" until_true 20 double_clicked
key Escape
expect "Escape leaves it again" until_true 10 titled "Alpha"

key 2
expect "2 shows the second page" until_true 10 titled "Beta"
key Prior
expect "PageUp shows the first" until_true 10 titled "Alpha"
click $page_name
expect "a click on the page's name shows the next" until_true 10 titled "Beta"
click $page_name 3
expect "a right click the one before" until_true 10 titled "Alpha"

# Taken only once it was readable for a second: the key is pressed again until it was.
acknowledged() { incident_says one '"state":"acknowledged"' || { key a; false; }; }
expect "the tile is chosen" until_true 10 chosen $tile_one "Alpha and everything" ONE
expect "A acknowledges the chosen incident" until_true 30 acknowledged
expect "by the one who signed on" incident_says one '"acknowledged_by":"J. Moreau"'
expect "and no other" incident_says two '"state":"open"'

expect "the other tile is chosen" until_true 10 chosen $tile_two "Alpha and everything" TWO
key s
expect "S asks how long and why" until_true 10 titled "Snooze"
an_hour() { titled "Snooze for 1 h" || { key Tab; false; }; }
expect "Tab chooses the time" until_true 20 an_hour
xdotool type "antenna work"
key Return
expect "the snooze has the reason" until_true 10 incident_says two '"snooze_reason":"antenna work"'
expect "by whom" incident_says two '"snoozed_by":"J. Moreau"'
hour_ahead() {  # Tab chose the hour: it ends between 55 and 61 minutes from now
  local until_when
  until_when=$(api "incidents?stream=two" | grep -oE '"snoozed_until":"[^"]*' | head -1 | cut -d'"' -f4)
  [ -n "$until_when" ] || return 1
  local ahead=$(($(date -d "$until_when" +%s) - $(date +%s)))
  [ "$ahead" -gt 3300 ] && [ "$ahead" -le 3660 ]
}
expect "and the time that Tab chose" hour_ahead

# The hints at the foot of the rail are buttons; their row depends on the font, so the pointer goes up until one takes.
hint_y=712
clicked_acknowledge() {
  incident_says two '"state":"acknowledged"' && return 0
  [ "$hint_y" -gt 640 ] || hint_y=712
  click 1012 "$hint_y"
  hint_y=$((hint_y - 6))
  # A hint of another row may have opened a dialog or the full view.
  titled "Alpha" || key Escape
  false
}
expect "a click on the rail's A acknowledges" until_true 60 clicked_acknowledge
back() { titled "Alpha" || { key Escape; false; }; }
expect "the first page is back" until_true 10 back

air() { api streams/one | grep -q "\"air\":\"$1\""; }
expect "the tile is chosen for standby" until_true 10 chosen $tile_one "Alpha and everything" ONE
key b
expect "B sets it standby" until_true 20 air standby
seen_as_standby() { air standby && titled "Alpha and everything, ONE chosen"; }
expect "and keeps it chosen" until_true 10 seen_as_standby
on_air_again() { air on_air || { key b; until_true 3 air on_air; }; }
expect "B sets it on air again" until_true 30 on_air_again

key e
expect "E edits the page" until_true 10 titled "editing Alpha"
xdotool mousemove --window "$win" $tile_one mousedown 1
expect "a tile is taken by the mouse" until_true 10 titled "editing Alpha and everything, a tile in hand"
xdotool mousemove --window "$win" $tile_two mouseup 1
expect "and let go" until_true 10 titled "editing Alpha and everything –"
swapped() {  # saved with places, TWO at the left now
  grep -q 'stream: "one".*at: \[50, 0, 100, 100\]' "$dir/wall.yaml" && grep -q 'stream: "two".*at: \[0, 0, 50, 100\]' "$dir/wall.yaml"
}
saved_swap() { swapped || { key s; false; }; }
expect "a drag onto the other tile swaps them, S saves" until_true 10 saved_swap
key x
swapped_back() { grep -q 'stream: "one".*at: \[0, 0, 50, 100\]' "$dir/wall.yaml"; }
saved_back() { swapped_back || { key s; false; }; }
expect "X swaps with the next, S saves" until_true 10 saved_back
key Escape
expect "Escape ends editing" until_true 10 titled "Alpha"
key question
expect "? shows the keys" until_true 10 titled "Keys"
key Escape
expect "and Escape hides them" until_true 10 titled "Alpha"
expect "the wall still runs" kill -0 "$last_pid"
finish
