#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What becomes of walls is nothing to the probe: beside live streams one wall is stopped (SIGSTOP) for STOP seconds, one is
# swamped (far more to draw than it gets processor time for), others are killed. No packet is lost, no alarm is missed or
# late, and nothing grows; the same is measured before without any wall.
# usage: wall_harmless.sh BIN_DIR SOURCE_DIR, STOP=seconds     77: jq or curl missing, or nothing can be drawn here
. "$(dirname "$0")/harness.sh" "$1" "$2"
need jq curl
stop=${STOP:-5}
patience_ms=1000
late_ms=3000  # far above what is measured: this is no test of the machine's speed
streams=4
wall() {  # NAME SIZE FPS: a wall that draws in memory until it is ended
  background "$1" "$bin/sightline-wall" --probe "unix:$dir/w.sock" --screenshot "$dir/$1.png" --after 1h --size "$2" --fps "$3"
}

# A fault every 8 s, each stream's own every 32 s: more often would be flapping.
for ((i = 0; i < streams; ++i)); do
  "$bin/sightline-signals" --for 32s --size 320x180 --fault "black@$((2 + 8 * i))+3" --truth "$dir/loop$i.json" --to "$dir/loop$i.ts" >/dev/null 2>&1
done
background receiver "$bin/webhook_receiver" "$dir/hooks.jsonl"
until_true 10 test -s "$dir/receiver.log"
hook=$(cat "$dir/receiver.log")
free_port; api=$REPLY
{
  echo "version: 1"
  echo "streams:"
  for ((i = 0; i < streams; ++i)); do
    free_port
    ports[i]=$REPLY
    echo "  - {id: s$i, url: \"udp://127.0.0.1:$REPLY\", depth: full, rules: [{video.black: {warning: 1s}}]}"
  done
  echo "notify: [{name: receiver, type: webhook, url: \"http://127.0.0.1:$hook/a\"}]"
  echo "store: {sqlite: $dir/w.db}"
  echo "api: {listen: \"127.0.0.1:$api\", socket: $dir/w.sock}"
} >"$dir/w.yaml"
background probe "$bin/sightline" run "$dir/w.yaml"
probe=$last_pid
until_true 20 curl -sf "http://127.0.0.1:$api/readyz" || { cat "$dir/probe.err"; echo "the probe does not start"; exit 1; }
"$bin/sightline-wall" --probe "unix:$dir/w.sock" --screenshot "$dir/try.png" --after 100ms >"$dir/try.log" 2>&1 || { cat "$dir/try.log"; exit 77; }
for ((i = 0; i < streams; ++i)); do
  background "send$i" "$bin/sightline-signals" --loop "$dir/loop$i.ts" --loop-truth "$dir/loop$i.json" --events "$dir/events$i.jsonl" --to "udp://127.0.0.1:${ports[i]}"
done

end() {  # PID
  kill -9 "$1"
  wait "$1" 2>/dev/null
}
now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }
for_seconds() { local end=$((SECONDS + $1)); until [ "$SECONDS" -ge "$end" ]; do read -rt 0.2 <> <(:) || true; done; }
resident() {  # kB of the probe and its workers, without what is shared with walls: the least of a second, for it goes up and down
  local i
  for ((i = 0; i < 5; ++i)); do
    for pid in "$probe" $(pgrep -P "$probe"); do cat "/proc/$pid/status"; done 2>/dev/null | awk '/^RssAnon/ {sum += $2} END {print sum}'
    read -rt 0.2 <> <(:) || true
  done | sort -n | head -1
}
lost() { for ((i = 0; i < streams; ++i)); do curl -s "http://127.0.0.1:$api/api/v1/streams/s$i"; done | jq -s '[.[] | .continuity_errors + .measurements["udp.kernel_dropped_total"]] | add'; }
# delays FROM TO: of alarms whose fault was sent between, in ms beyond the rule's patience, one a line; "none" for no alarm.
delays() {
  for ((i = 0; i < streams; ++i)); do
    jq -s --slurpfile hooks "$dir/hooks.jsonl" --arg s "s$i" --argjson from "$1" --argjson to "$2" --argjson patience "$patience_ms" '
      [$hooks[] | . as $h | (.body | fromjson) | select(.stream == $s and .condition == "video.black" and .state == "raised") | $h.at_ms] as $raised
      | [.[] | select(.edge == "first_bad") | .utc_ns / 1e6 | select(. >= $from and . < $to)] | unique | .[] | . as $bad
      | ([$raised[] | select(. > $bad and . < $bad + 7000)] | min) as $at | if $at == null then "none" else ($at - $bad - $patience | floor) end' "$dir/events$i.jsonl"
  done
}
judge() {  # WHAT FROM TO
  delays "$2" "$3" | tr -d '"' >"$dir/delays"
  sort -n "$dir/delays" | awk -v what="$1" '{v[NR] = $1} END {printf "%s: %d alarms, %s ms after their time (median), %s ms (longest)\n", what, NR, v[int((NR + 1) / 2)], v[NR]}'
  expect "$1: there were alarms" test -s "$dir/delays"
  expect "$1: no alarm is missing" bash -c "! grep -q none '$dir/delays'"
  expect "$1: no alarm is late" awk -v most="$late_ms" '$1 > most {exit 1}' "$dir/delays"
}
seen() { [ -s "$dir/hooks.jsonl" ]; }
until_true 30 seen || { curl -s "http://127.0.0.1:$api/api/v1/streams"; echo "no alarm comes"; exit 1; }

alone_from=$(now_ms)
first=$(resident)
for_seconds 18
last=$(resident)
alone_to=$(now_ms)
expect "without a wall no packet is lost" test "$(lost)" = 0

wall stopped 960x540 10; stopped=$last_pid
wall swamped 3840x2160 60; swamped=$last_pid
renice -n 19 -p "$swamped" >/dev/null
for_seconds 4
beside_from=$(now_ms)
kill -STOP "$stopped"
before=$(resident)
end=$((SECONDS + stop))
kills=0
while [ "$SECONDS" -lt "$end" ] || [ "$kills" -lt 2 ]; do
  wall "killed$kills" 640x360 10; killed=$last_pid
  for_seconds 3
  end "$killed"
  kills=$((kills + 1))
done
after=$(resident)
expect "the stopped wall is stopped" grep -q "^State:.T" "/proc/$stopped/status"
kill -CONT "$stopped"
for_seconds 10
beside_to=$(now_ms)
expect "the wall that stood goes on" kill -0 "$stopped"
end "$stopped"
end "$swamped"
for_seconds 8  # alarms of what was sent last
echo "without a wall for 18 s: the probe's own memory went from $first to $last kB"
echo "a wall stopped for $stop s, one swamped, $kills killed: the probe's own memory went from $before to $after kB"
expect "nothing grows" test $((after - before)) -lt 24576  # what a wall that stands is not sent would be 5 MB and more a second
expect "beside walls no packet is lost" test "$(lost)" = 0
expect "no worker was restarted" test "$(curl -s "http://127.0.0.1:$api/api/v1/streams/s0" | jq .worker.restarts)" = 0
judge "without a wall" "$alone_from" "$alone_to"
judge "beside walls" "$beside_from" "$beside_to"
finish
