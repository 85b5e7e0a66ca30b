#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An operator's real keys and mouse at the wall under Xvfb: standby, editing and saving a layout. The API and the file
# show the effect. usage: wall_flows.sh BIN_DIR     77: no Xvfb, xdotool or curl here
set -euo pipefail
bin=$1
for need in Xvfb xvfb-run xdotool curl; do command -v "$need" >/dev/null || exit 77; done
if [ -z "${WALL_FLOWS_INSIDE:-}" ]; then
    WALL_FLOWS_INSIDE=1 exec xvfb-run -a -s '-screen 0 1280x720x24' bash "$0" "$bin"
fi
dir=$(mktemp -d)
pids=()
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$dir"
}
trap finish EXIT
within() {  # SECONDS COMMAND…: tries again until it succeeds
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || { echo "wall_flows: not within its time: $*" >&2; cat "$dir"/*.log >&2; exit 1; }
        sleep 0.2
    done
}
printf 'version: 1\nstreams:\n  - {id: one, url: "udp://127.0.0.1:1"}\n  - {id: two, url: "udp://127.0.0.1:2"}\nstore: {sqlite: p.db}\napi: {listen: off, socket: %s/p.sock}\n' "$dir" >"$dir/p.yaml"
printf 'version: 1\npages:\n  - {name: A, show: all}\n' >"$dir/wall.yaml"
"$bin/sightline" run "$dir/p.yaml" >"$dir/p.log" 2>&1 &
pids+=($!)
within 20 test -S "$dir/p.sock"
"$bin/sightline-wall" --probe "unix:$dir/p.sock" --layout "$dir/wall.yaml" --windowed --size 1280x720 >"$dir/w.log" 2>&1 &
pids+=($!)
window() { win=$(xdotool search --name Sightline 2>/dev/null | head -1) && [ -n "$win" ]; }
within 30 window
is_standby() { curl -s --unix-socket "$dir/p.sock" http://localhost/api/v1/streams/one | grep -q '"air":"standby"'; }
choose_and_set() {  # the key sets standby, and on air again: pressed only while it is not yet so
    is_standby && return 0
    xdotool windowfocus "$win" mousemove --window "$win" 200 300 click 1 sleep 0.5 key b
    sleep 2
    is_standby
}
within 60 choose_and_set
saved() {
    xdotool key e sleep 0.5 key x sleep 0.5 key s sleep 1 key Escape
    grep -q 'at: \[' "$dir/wall.yaml"
}
within 30 saved
echo "wall_flows: standby and saved layout seen"
