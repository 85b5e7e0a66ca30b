#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `sightline notify test NAME` for every kind of receiver: it is there; it is not; it does not want us. Alertmanager and
# snmptrapd themselves are in notifiers.sh.
. "$(dirname "$0")/harness.sh" "$1" "$2"
need jq python3

background double python3 "$source_dir/tests/system/vendor_double.py" "$dir/got.jsonl"
until_true 20 test -s "$dir/double.log" || { cat "$dir/double.err"; echo "the double does not start"; exit 1; }
read -r http smtp <"$dir/double.log"
free_port; nobody=$REPLY

cat >"$dir/helpdesk.yaml" <<'END'
vendor: helpdesk
summary: a help desk
settings: {url: {url: true, help: "its base URL"}, token: {secret: true, help: "API token"}}
requests:
  create:
    - {url: "${setting.url}/tickets", bearer: token, body: {subject: "${summary|cut:200}"}, success: 201, keep: {ticket: data.id}}
  resolve:
    - {url: "${setting.url}/tickets/${kept.ticket}/close", if: kept.ticket, bearer: token, body: {note: "${summary}"}}
END
receivers() {  # SUFFIX HTTP SMTP PROGRAM
  cat <<END
  - {name: webhook$1, type: webhook, url: "http://127.0.0.1:$2/hook"}
  - {name: exec$1, type: exec, command: [$4]}
  - {name: email$1, type: email, server: "127.0.0.1:$3", tls: none, from: sightline@example.com, to: [noc@example.com]}
  - {name: slack$1, type: slack, url: "http://127.0.0.1:$2/slack/T/B/SECRETPART"}
  - {name: teams$1, type: teams, url: "http://127.0.0.1:$2/teams/x"}
  - {name: pagerduty$1, type: pagerduty, routing_key: SECRETKEY, url: "http://127.0.0.1:$2/pagerduty"}
  - {name: alertmanager$1, type: alertmanager, url: "http://127.0.0.1:$2/alertmanager"}
  - {name: servicenow-event$1, type: servicenow-event, url: "http://127.0.0.1:$2/servicenow", user: u, password: SECRETWORD}
  - {name: servicenow-incident$1, type: servicenow-incident, url: "http://127.0.0.1:$2/servicenow", token: SECRETWORD}
  - {name: jsm$1, type: jsm, api_key: SECRETKEY, url: "http://127.0.0.1:$2/jsm"}
  - {name: template$1, type: template, template: helpdesk.yaml, url: "http://127.0.0.1:$2/helpdesk", token: SECRETWORD}
  - {name: syslog$1, type: syslog, server: "127.0.0.1:$3", protocol: tcp}
  - {name: syslog-udp$1, type: syslog, server: "127.0.0.1:$3", protocol: udp}
  - {name: snmp$1, type: snmp, server: "127.0.0.1:$3", community: c}
END
}
{
  echo "version: 1"
  echo "probe: tester"
  echo 'streams: [{id: a, url: "udp://127.0.0.1:1"}]'
  echo "notify:"
  receivers "" "$http" "$smtp" "/usr/bin/tee, -a, $dir/program.jsonl"
  receivers -dead "$nobody" "$nobody" "/nonexistent/program"
  echo '  - {name: slack-no, type: slack, url: "http://127.0.0.1:'"$http"'/pagerduty/v2/enqueue?key=SECRETPART"}'
} >"$dir/notify.yaml"

test_one() {  # NAME STATUS PATTERN: the exit status, and one line that matches
  timeout 60 "$bin/sightline" notify test "$1" --config "$dir/notify.yaml" >"$dir/out" 2>"$dir/err"
  local got=$?
  [ "$got" = "$2" ] && [ "$(wc -l <"$dir/out")" = 1 ] && grep -Eq "^$1: $3" "$dir/out" && [ ! -s "$dir/err" ] && ! grep -q SECRET "$dir/out" && return
  echo "exit $got:"; cat "$dir/out" "$dir/err"
  return 1
}
taken='test alarm delivered.*; its end delivered'
for kind in webhook exec email slack teams pagerduty alertmanager servicenow-event servicenow-incident jsm template syslog; do
  expect "$kind takes the test and its end" test_one $kind 0 "$taken"
  expect "$kind: a receiver that is not there is told in one line" test_one $kind-dead 2 'test alarm (not reached|failed): .+'
done
# A datagram has no receipt, but this machine says that nobody listens there.
for kind in syslog-udp snmp; do expect "$kind: nobody listens" test_one $kind-dead 2 'test alarm not reached: nobody listens there'; done
expect "a receiver that refuses is told, without the secret in its address" test_one slack-no 2 'test alarm refused: 400 .*invalid event'

got() { jq -rs --arg v "$1" "map(select(.vendor==\$v)) | $2" "$dir/got.jsonl"; }
is() { [ "$2" = "$3" ] || { echo "$1: $2, not $3"; return 1; }; }
expect "each was asked as its kind asks" is requests "$(jq -rs 'group_by(.vendor) | map(.[0].vendor + " " + (map(.method) | join(","))) | .[]' "$dir/got.jsonl")" \
"alertmanager POST,POST
email ,
helpdesk POST,POST
hook POST,POST
jsm POST,POST
pagerduty POST,POST,POST
servicenow POST,POST,GET,POST,PATCH
slack POST,POST
teams POST,POST"
expect "PagerDuty: begin and end with one key" is keys "$(got pagerduty 'map(select(.body.routing_key)) | (map(.body.event_action) | join(" ")) + " " + (map(.body.dedup_key) | unique | length | tostring)')" "trigger resolve 1"
expect "the ticket that was made is the one that is closed" is ticket "$(got servicenow '.[-1].path')" "/api/now/table/incident/t1"
expect "so is that of a template" is ticket "$(got helpdesk '.[-1].path')" "/tickets/42/close"
expect "secrets are where they belong" is secrets "$(got servicenow '.[0].authorization') $(got servicenow '.[-1].authorization') $(got jsm '.[0].authorization') $(got helpdesk '.[0].authorization')" \
  "Basic $(printf u:SECRETWORD | base64) Bearer SECRETWORD GenieKey SECRETKEY Bearer SECRETWORD"
expect "mails have a subject, text and HTML" is mail "$(got email '.[0] | .to[0] + " " + ([.text | test("TEST of the notifier"), test("text/plain"), test("text/html")] | all | tostring)')" "<noc@example.com> true"
expect "a program gets both" is program "$(jq -r .state "$dir/program.jsonl" | paste -sd' ')" "raised cleared"
finish
