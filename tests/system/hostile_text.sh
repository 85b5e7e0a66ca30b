#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Names, notes, reasons and operators with markup, line ends, escapes of terminals, a turned direction and bytes that are no
# UTF-8, given to a probe by configuration, command line and API: what each command then shows.
. "$(dirname "$0")/harness.sh" "$1" "$2"
need jq curl iconv
sightline=$bin/sightline
free_port; port=$REPLY
free_port; api_port=$REPLY
turned=$'\xe2\x80\xae'
cat >"$dir/desk.yaml" <<END
version: 1
probe: "desk <b>=cmd|x"
streams:
  - {id: dead, name: "<script>alert(1)</script> =cmd|' /C calc'!A0", url: "udp://127.0.0.1:$port",
     tags: {site: "<b>"}, runbook: "javascript:alert(1)",
     rules: [{signal.unreachable: {critical: 1s}}, {signal.lost: {critical: 1s}}]}
store: {sqlite: $dir/desk.db}
api: {listen: "127.0.0.1:$api_port"}
END
for text in '\e[31m' '\u202e' "$turned" $'\xff' $'\e'; do
  printf 'version: 1\nstreams: [{id: a, name: "%s", url: x.ts}]\n' "$text" >"$dir/refused.yaml"
  expect "a configuration with $(printf %q "$text") in it is refused" bash -c "! '$sightline' validate '$dir/refused.yaml' >/dev/null 2>>'$dir/refused'"
done

background probe "$sightline" run "$dir/desk.yaml"
until_true 15 curl -sf "http://127.0.0.1:$api_port/readyz" || { cat "$dir/probe.err"; echo "the probe does not start"; exit 1; }
export SIGHTLINE_API=unix:$dir/sightline.sock
incident() { "$sightline" incidents --json | jq -re '.incidents[0].id'; }
until_true 40 incident || { echo "no incident comes"; exit 1; }
id=$(incident)
evil=$'<img src=x onerror=y>\nX-Injected: 1\r\n\e]0;owned\a\e[2J\e[31m =cmd|calc '"$turned"$'tfel \xff\xc3 \x9b2J'
quiet() { "$@" >/dev/null 2>&1; }
expect "ack" quiet "$sightline" incidents ack "$id" --operator "$evil" --note "$evil"
expect "note" quiet "$sightline" incidents note "$id" "=cmd|' /C calc'!A0" --operator "@SUM(1+1)"
expect "note of bytes" quiet "$sightline" incidents note "$id" "$evil" --operator $'\t=1+1'
expect "assign" quiet "$sightline" incidents assign "$id" "$evil" --operator "$evil"
expect "snooze" quiet "$sightline" incidents snooze "$id" --for 30m --reason "$evil" --operator "$evil"
expect "maintenance" quiet "$sightline" maintenance add stream:dead --for 2h --reason "$evil" --operator "$evil"
"$sightline" incidents note "$evil" x >"$dir/unknown.out" 2>&1

status() { curl -s -o "$dir/answer.json" -w '%{http_code}' --unix-socket "$dir/sightline.sock" "$@"; }
at=http://localhost/api/v1/incidents/$(jq -rn --arg id "$id" '$id|@uri')/note
expect "the API refuses a body that is no UTF-8" test "$(status "$at" --data-binary $'{"operator":"a\xff","note":"x"}')" = 400
expect "… and half a surrogate" test "$(status "$at" --data-binary '{"operator":"\ud800","note":"x"}')" = 400
expect "escaped escapes come in, as text" test "$(status "$at" --data-binary '{"operator":"\u001b[31m\u202e","note":"\u0007\u0000"}')" = 200
cp "$dir/answer.json" "$dir/answer.out"

"$sightline" streams >"$dir/streams.out"
"$sightline" alarms >"$dir/alarms.out"
"$sightline" alarms --all >"$dir/history.out"
"$sightline" incidents list >"$dir/list.out"
"$sightline" incidents show "$id" >"$dir/show.out"
"$sightline" incidents show "$id" --json >"$dir/show-json.out"
"$sightline" maintenance list >"$dir/maintenance.out"
for format in html csv json; do "$sightline" report shift --date current --format $format >"$dir/report-$format.out"; done
curl -s --unix-socket "$dir/sightline.sock" http://localhost/api/v1/audit >"$dir/audit.out"
curl -s --unix-socket "$dir/sightline.sock" http://localhost/metrics >"$dir/metrics.out"
"$sightline" audit verify --config "$dir/desk.yaml" >"$dir/verify.out"
"$sightline" validate "$dir/desk.yaml" >"$dir/validate.out" 2>&1
cp "$dir/probe.log" "$dir/stdout.out"
cp "$dir/refused" "$dir/refused.out"

harmless() {  # FILE: valid UTF-8 without control characters and turned direction; a CSV's lines end in CR LF
  test -s "$1" && iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1 &&
    ! sed 's/\r$//' "$1" | LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]'
}
for file in "$dir"/*.out; do
  expect "$(basename "$file" .out) shows clean text" harmless "$file"
  expect "… in lines of its own" bash -c "! grep -q '^X-Injected' '$file'"
done
expect "the note is shown" grep -q "onerror=y" "$dir/show.out"
expect "HTML shows markup as text" grep -q "&lt;img src=x onerror=y&gt;" "$dir/report-html.out"
expect "… and has none of it" bash -c "! grep -qi '<img\|<script\|javascript:' '$dir/report-html.out'"
expect "no cell of the CSV is a formula" bash -c "! grep -E '(^|,)\"? *[=+@]' '$dir/report-csv.out'"
expect "JSON is JSON" jq -e .kind "$dir/report-json.out"
finish
