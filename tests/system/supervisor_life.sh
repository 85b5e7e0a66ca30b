#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Workers and the supervisor are killed, the file is reloaded: a lasting fault keeps its id and since, everything shown
# is delivered, other streams go on, nothing is left behind. $KILLS (3): how often each is killed; from 10 on at random
# moments too.
. "$(dirname "$0")/harness.sh" "$1" "$2"
need jq curl
kills=${KILLS:-3}
random_moment() { [ "$kills" -lt 10 ] || read -rt "$((RANDOM % 3)).$((RANDOM % 10))" <> <(:) || true; }
free_port; a=$REPLY
free_port; b=$REPLY
free_port; api_port=$REPLY
api=http://127.0.0.1:$api_port
background receiver "$bin/webhook_receiver" "$dir/hooks.jsonl"
until_true 10 test -s "$dir/receiver.log"
hook=$(cat "$dir/receiver.log")
"$bin/sightline-signals" --for 8s --fault black@0+8 --to "$dir/black.ts" >/dev/null 2>&1
"$bin/sightline-signals" --for 8s --to "$dir/good.ts" >/dev/null 2>&1
background send-a "$bin/sightline-signals" --loop "$dir/black.ts" --for $((200 + kills * 12))s --to "udp://127.0.0.1:$a"
background send-b "$bin/sightline-signals" --loop "$dir/good.ts" --for $((200 + kills * 12))s --to "udp://127.0.0.1:$b"
config() {  # WARNING-TIME EXTRA
  cat >"$dir/life.yaml" <<END
version: 1
probe: life
streams:
  - {id: a, url: "udp://127.0.0.1:$a", rules: [{video.black: {warning: $1, critical: 60s}}]}
  - {id: b, url: "udp://127.0.0.1:$b"}
$2
notify:
  - {name: receiver, type: webhook, url: "http://127.0.0.1:$hook/alarm"}
  - {name: script, type: exec, command: ["/bin/sh", "-c", "sleep 0.5; cat >>$dir/exec.jsonl"]}
store: {sqlite: $dir/life.db}
api: {listen: "127.0.0.1:$api_port"}
END
}
config 3s ""
starts=0
start() {
  starts=$((starts + 1))
  background "probe$starts" "$bin/sightline" run "$dir/life.yaml"
  probe=$last_pid
}
stream() { curl -s "$api/api/v1/streams/$1"; }
black_id() { stream a | jq -re '.alarms[] | select(.condition=="video.black") | .id'; }
watched() { [ "$(stream "$1" | jq -r .link.state)" = connected ] && [ "$(stream "$1" | jq -r '.conditions[]|select(.condition=="video.black")|.verdict')" = "$2" ]; }

start
until_true 10 curl -sf "$api/healthz" || { cat "$dir/probe1.err"; echo "the probe does not start"; exit 1; }
expect "black is raised" until_true 30 black_id
id=$(black_id)
errors() { stream b | jq .continuity_errors; }
since=$(stream a | jq -r '.alarms[0].since.utc')
other=$(stream b | jq .worker.pid)
for ((kill = 0; kill < kills; ++kill)); do
  random_moment
  worker=$(stream a | jq .worker.pid)
  kill -9 "$worker"
  changed() { [ "$(stream a | jq .worker.pid)" != "$worker" ] && [ "$(stream a | jq .worker.pid)" != null ]; }
  expect "a killed worker is replaced" until_true 30 changed
  expect "its stream is watched again" until_true 30 watched a bad
done
expect "the alarm keeps its id through worker deaths" test "$(black_id)" = "$id"
expect "the other stream's worker was not touched" test "$(stream b | jq .worker.pid)" = "$other"
expect "the other stream has no alarm" test "$(stream b | jq '.alarms|length')" = 0
expect "nor a packet lost" test "$(errors)" = 0

for ((kill = 0; kill < kills; ++kill)); do
  random_moment
  kill -9 "$probe"
  wait "$probe" 2>/dev/null
  start
  expect "the probe is back" until_true 20 curl -sf "$api/readyz"
  expect "its stream is watched again" until_true 30 watched a bad
done
expect "the alarm keeps its id through supervisor deaths" test "$(black_id)" = "$id"
expect "and its since" test "$(stream a | jq -r '.alarms[0].since.utc')" = "$since"
raised() { jq -r '.body|fromjson|select(.condition=="video.black" and .state=="raised")|.id' "$dir/hooks.jsonl" | sort -u; }
expect "the webhook heard of one black alarm" test "$(raised | wc -l)" = 1
transitions() { jq -r 'select(.type=="alarm") | "\(.id) \(.sequence)"' "$@" | sort -u; }
delivered() { [ -z "$(comm -23 <(transitions "$dir"/probe*.log) <(jq -r '.body|fromjson|"\(.id) \(.sequence)"' "$dir/hooks.jsonl" | sort -u))" ]; }
expect "every transition that standard output showed is delivered" until_true 20 delivered
ordered() { jq -r '.body|fromjson|"\(.id) \(.sequence)"' "$dir/hooks.jsonl" | awk '{ if ($2 < last[$1]) bad = 1; last[$1] = $2 } END { exit bad }'; }
expect "in order per alarm" ordered
orphans() { pgrep -f "$bin/sightline worker" -P 1 >/dev/null; }
no_orphans() { ! orphans; }
expect "no worker outlives its supervisor" until_true 10 no_orphans
no_hooks() { ! pgrep -f "sleep 0.5; cat >>$dir/exec.jsonl" >/dev/null; }
expect "nor a hook" until_true 20 no_hooks

pid_a=$(stream a | jq .worker.pid)
echo "version: 2" >"$dir/life.yaml"
kill -HUP "$probe"
expect "a bad file is refused in words" until_true 10 grep -q 'not reloaded' "$dir/probe$starts.err"
expect "and nothing is touched" test "$(stream a | jq .worker.pid)" = "$pid_a"
config 2s "  - {id: c, url: \"udp://127.0.0.1:1\"}"
kill -HUP "$probe"
three() { [ "$(curl -s "$api/api/v1/streams" | jq '.streams|length')" = 3 ]; }
expect "a good file adds its stream" until_true 10 three
expect "a rule change reconnects nobody" test "$(stream a | jq .worker.pid)" = "$pid_a"
expect "the alarm keeps its id through a reload" test "$(black_id)" = "$id"

expect "a stream is set standby" "$bin/sightline" streams standby a --api "unix:$dir/sightline.sock"
standby() { [ "$(stream a | jq -r .air)" = standby ] && ! black_id; }
expect "on standby its content alarm is over" until_true 10 standby
finish
