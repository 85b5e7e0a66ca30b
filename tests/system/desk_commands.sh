#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The desk from a terminal: tokens, incidents, maintenance, reports, the audit log, backup and restore, with a probe whose
# one stream nobody sends.
. "$(dirname "$0")/harness.sh" "$1" "$2"
need jq curl
sightline=$bin/sightline
quiet() { "$@" >/dev/null; }
free_port; port=$REPLY
free_port; api_port=$REPLY
"$sightline" token new >"$dir/token" 2>/dev/null
token=$(awk '/^token:/ {print $2}' "$dir/token")
hash=$(awk '/^sha256:/ {print $2}' "$dir/token")
expect "the hash is of the token" test "$(printf %s "$token" | sha256sum | cut -d' ' -f1)" = "$hash"
cat >"$dir/desk.yaml" <<END
version: 1
probe: desk
streams:
  - {id: dead, url: "udp://127.0.0.1:$port", rules: [{signal.unreachable: {critical: 1s}}, {signal.lost: {critical: 1s}}]}
store: {sqlite: $dir/desk.db}
api: {listen: "127.0.0.1:$api_port", tokens: [{name: noc, role: operator, sha256: "$hash"}]}
END
start() {
  background "probe-$1" "$sightline" run "$dir/desk.yaml"
  probe=$last_pid
  until_true 15 curl -sf "http://127.0.0.1:$api_port/readyz"
}
start first || { cat "$dir/probe-first.err"; echo "the probe does not start"; exit 1; }
export SIGHTLINE_API=unix:$dir/sightline.sock USER=moreau
incident() { "$sightline" incidents --json | jq -re '.incidents[0].id'; }
field() { "$sightline" incidents show "$id" --json | jq -r ".$1"; }
until_true 40 incident || { curl -s "http://127.0.0.1:$api_port/api/v1/streams/dead"; echo "no incident comes"; exit 1; }
id=$(incident)
expect "list shows it" grep -q "$id" <("$sightline" incidents list --state open,acknowledged)
expect "ack" quiet "$sightline" incidents ack "$id" --note "on it" --json
expect "who acknowledged" test "$(field acknowledged_by)" = moreau
expect "note with markup and escapes" quiet "$sightline" incidents note "$id" $'<b>cable</b>\e[31m' --json
expect "assign" quiet "$sightline" incidents assign "$id" "A. Lee" --operator "J. Moreau" --json
expect "owner" test "$(field owner)" = "A. Lee"
expect "snooze" quiet "$sightline" incidents snooze "$id" --for 30m --reason "vendor on site" --json
expect "resolving an incident whose alarm is open is refused" bash -c "! '$sightline' incidents resolve '$id' 2>/dev/null"
expect "the timeline says what each entry is" grep -q "moreau *acknowledged *on it" <("$sightline" incidents show "$id")
expect "an unknown incident is refused" bash -c "! '$sightline' incidents ack nobody 2>/dev/null"
expect "no escape reaches the terminal" bash -c "! '$sightline' incidents show '$id' | grep -q $'\e'"

expect "over TCP a change needs the token" bash -c "! '$sightline' incidents note '$id' x --api http://127.0.0.1:$api_port 2>/dev/null"
export SIGHTLINE_API_TOKEN=$token
expect "with the token it is done" quiet "$sightline" incidents note "$id" "by TCP" --api "http://127.0.0.1:$api_port" --json
status() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
expect "an operator's token does not read the audit log" test "$(status -H "Authorization: Bearer $token" "http://127.0.0.1:$api_port/api/v1/audit")" = 403
expect "the audit log names the token" bash -c "curl -s --unix-socket '$dir/sightline.sock' http://localhost/api/v1/audit | grep -q 'moreau (token noc)'"

"$sightline" maintenance add stream:dead --for 2h --reason "new encoder" >/dev/null
expect "maintenance is listed" grep -q "new encoder" <("$sightline" maintenance list)
expect "maintenance of what there is not is refused" bash -c "! '$sightline' maintenance add stream:daed --for 2h --reason x 2>/dev/null"
window=$("$sightline" maintenance list --json | jq -r '.maintenance[0].id')
expect "maintenance is removed" "$sightline" maintenance remove "$window"
expect "and gone" test "$("$sightline" maintenance list --json | jq '.maintenance | length')" = 0

for kind in shift daily weekly monthly; do
  expect "a $kind report as JSON" test "$("$sightline" report $kind --date current --format json | jq -r .kind)" = $kind
done
"$sightline" report daily --date current --format json >"$dir/report.json"
expect "the report counts the incident" test "$(jq .incidents.opened "$dir/report.json")" -ge 1
expect "somebody acknowledged it" test "$(jq .incidents.acknowledged "$dir/report.json")" -ge 1
expect "the stream has time on air" quiet jq -e '.streams[0].on_air_s > 0' "$dir/report.json"
"$sightline" report shift --date current --out "$dir/report.html" 2>/dev/null
expect "the HTML report shows the note and runs nothing of it" bash -c "grep -q '&lt;b&gt;cable' '$dir/report.html' && ! grep -q '<b>cable\|<script\|$(printf '\033')' '$dir/report.html'"
head=$(jq -r .audit_head.chain "$dir/report.json")
expect "audit verify beside the probe" "$sightline" audit verify --config "$dir/desk.yaml"
expect "the report's head is in the log" "$sightline" audit verify --store "$dir/desk.db" --head "$head"
expect "backup beside the probe" "$sightline" store backup --config "$dir/desk.yaml" "$dir/backup.db"
expect "restore is refused meanwhile" bash -c "! '$sightline' store restore --config '$dir/desk.yaml' '$dir/backup.db' 2>/dev/null"
kill -TERM "$probe"
wait "$probe"
cp "$dir/backup.db" "$dir/changed.db"
LC_ALL=C sed -i 's/vendor on site/vendor in site/g' "$dir/changed.db"
"$sightline" audit verify --store "$dir/changed.db" >"$dir/broken"
expect "one changed byte is found (exit 2)" test $? = 2
cat "$dir/broken"
expect "and where" grep -q "BROKEN at entry [0-9]" "$dir/broken"
expect "a changed copy is not restored" bash -c "! '$sightline' store restore --store '$dir/desk.db' '$dir/changed.db' 2>/dev/null"
expect "restore" "$sightline" store restore --config "$dir/desk.yaml" "$dir/backup.db"
start again
expect "the incident is back" until_true 15 test "$(field owner)" = "A. Lee"
finish
