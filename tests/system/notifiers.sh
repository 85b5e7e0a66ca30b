#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `sightline notify test` against the real programs that people run: Prometheus Alertmanager, snmptrapd, OpenSSL's TLS.
. "$(dirname "$0")/harness.sh" "$1" "$2"
need jq curl openssl snmptrapd prometheus-alertmanager

free_port; am=$REPLY
free_port; am_cluster=$REPLY
free_port; trap_port=$REPLY
free_port; tls_port=$REPLY
free_port; nobody=$REPLY

# Alertmanager, by itself, in a folder of its own.
cat >"$dir/am.yml" <<END
route: {receiver: none}
receivers: [{name: none}]
END
background alertmanager prometheus-alertmanager --config.file="$dir/am.yml" --storage.path="$dir/am" \
  --web.listen-address="127.0.0.1:$am" --cluster.listen-address= --data.retention=1h

# snmptrapd with one community and two users of v3.
engine=8000000001020304
cat >"$dir/snmptrapd.conf" <<END
disableAuthorization no
authCommunity log watchers
createUser -e 0x$engine open SHA authentic-words
createUser -e 0x$engine closed SHA-256 authentic-words AES private-words
authUser log open auth
authUser log closed priv
format2 TRAP %v\n
END
SNMP_PERSISTENT_DIR="$dir/snmp" background snmptrapd snmptrapd -f -Lo -On -C -c "$dir/snmptrapd.conf" -p "$dir/snmptrapd.pid" "udp:127.0.0.1:$trap_port"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$dir/key.pem" -out "$dir/cert.pem" \
  -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost >/dev/null 2>&1
mkfifo "$dir/hold"
exec 9<>"$dir/hold"  # an input that never ends: at its end s_server would leave
openssl s_server -accept "$tls_port" -cert "$dir/cert.pem" -key "$dir/key.pem" -quiet <&9 >"$dir/syslog-tls.log" 2>"$dir/syslog-tls.err" &
pids+=("$!")

background receiver "$bin/webhook_receiver" "$dir/hooks.jsonl"
until_true 10 test -s "$dir/receiver.log" || { echo "no receiver"; exit 1; }
hook=$(cat "$dir/receiver.log")

cat >"$dir/notify.yaml" <<END
version: 1
probe: tester
streams: [{id: a, url: "udp://127.0.0.1:1"}]
notify:
  - {name: am, type: alertmanager, url: "http://127.0.0.1:$am"}
  - {name: am-dead, type: alertmanager, url: "http://127.0.0.1:$nobody"}
  - {name: am-wrong, type: slack, url: "http://127.0.0.1:$am/nothing"}
  - {name: v2c, type: snmp, server: "127.0.0.1:$trap_port", community: watchers}
  - {name: v2c-wrong, type: snmp, server: "127.0.0.1:$trap_port", community: strangers}
  - {name: v3, type: snmp, server: "127.0.0.1:$trap_port", version: v3, user: open, auth: sha1, auth_password: authentic-words, engine_id: "$engine"}
  - {name: v3-private, type: snmp, server: "127.0.0.1:$trap_port", version: v3, user: closed, auth: sha256, auth_password: authentic-words, privacy: aes128, privacy_password: private-words, engine_id: "$engine"}
  - {name: v3-wrong, type: snmp, server: "127.0.0.1:$trap_port", version: v3, user: open, auth: sha1, auth_password: other-words, engine_id: "$engine"}
  - {name: web, type: webhook, url: "http://127.0.0.1:$hook/x", secret: s3cret}
  - {name: script, type: exec, command: [/usr/bin/tee, -a, "$dir/script.jsonl"]}
  - {name: log-tls, type: syslog, server: "localhost:$tls_port", protocol: tls, ca: $dir/cert.pem}
  - {name: log-untrusted, type: syslog, server: "localhost:$tls_port", protocol: tls}
END
notify() { timeout 60 "$bin/sightline" notify test "$1" --config "$dir/notify.yaml" >"$dir/$1.out" 2>"$dir/$1.said"; }
status() {  # NAME STATUS
  notify "$1"
  local got=$?
  [ "$got" = "$2" ] || { echo "exit $got:"; cat "$dir/$1.out" "$dir/$1.said"; return 1; }
}
one_line() { [ "$(wc -l <"$dir/$1.out")" = 1 ] && grep -q "$2" "$dir/$1.out" || { cat "$dir/$1.out"; return 1; }; }

until_true 30 curl -sf "http://127.0.0.1:$am/-/ready" || { cat "$dir/alertmanager.err"; echo "alertmanager does not start"; exit 1; }
expect "Alertmanager takes a test alarm and its end" status am 0
expect "and what it said is one line" one_line am "am: test alarm delivered: 200 OK.*its end delivered: 200 OK"
# It hides what has ended, so the alert itself is looked at as it stands.
expect "an alarm that stands is given to Alertmanager" curl -sf -XPOST "http://127.0.0.1:$am/api/v2/alerts" \
  -H 'Content-Type: application/json' -d "$(jq -c '.[0].body' "$source_dir/tests/golden/vendors/alertmanager-create.json" |
    jq -c --arg till "$(date -u -d '+5 min' +%FT%TZ)" 'del(.[0].startsAt)|.[0].endsAt=$till')"
alerts() { curl -s "http://127.0.0.1:$am/api/v2/alerts"; }
shows() { [ "$(alerts | jq -r '.[]|select(.labels.alarm=="probe-a-7")|.labels.severity+" "+.labels.tag_site+" "+.status.state')" = "critical london active" ]; }
expect "and shown with its labels" until_true 20 shows
expect "a dead receiver is told as such" status am-dead 2
expect "in one line" one_line am-dead "not reached: connection refused"
expect "a wrong address is told as such" status am-wrong 2
expect "a receiver that there is not is bad usage" status nobody 3

up() { [ -s "$dir/snmptrapd.pid" ]; }
until_true 20 up || { cat "$dir/snmptrapd.log" "$dir/snmptrapd.err"; echo "snmptrapd does not start"; exit 1; }
traps() { grep -c '^TRAP.*9999\.7359\.0\.[13]' "$dir/snmptrapd.log"; }
have() { [ "$(traps)" = "$1" ]; }
expect "a v2c trap leaves" status v2c 0
expect "snmptrapd has it and its end" until_true 20 have 2
expect "with our text" grep -q 'TRAP.*WARNING test: TEST of the notifier v2c' "$dir/snmptrapd.log"
expect "and our severity and transition" grep -q '9999\.7359\.1\.3\.0 = INTEGER: 4.*9999\.7359\.1\.4\.0 = INTEGER: 1' "$dir/snmptrapd.log"
status v2c-wrong 0
expect "a v3 trap with a digest leaves" status v3 0
expect "snmptrapd accepts it" until_true 20 have 4
status v3-wrong 0
expect "a v3 trap with privacy leaves" status v3-private 0
expect "snmptrapd reads it" until_true 20 have 6
expect "what was made with wrong secrets is not among them" [ "$(grep -c 'v2c-wrong\|v3-wrong' "$dir/snmptrapd.log")" = 0 ]

expect "a webhook gets the test and its end" status web 0
expect "two requests" test "$(wc -l <"$dir/hooks.jsonl")" = 2
jq -rj 'select(.body|test("raised")).body' "$dir/hooks.jsonl" >"$dir/body"
expect "signed as the page says" grep -q "$(openssl dgst -sha256 -hmac s3cret -r "$dir/body" | cut -d' ' -f1)" <(jq -r .signature "$dir/hooks.jsonl")
expect "a program gets both on its standard input" status script 0
expect "as JSON" test "$(jq -r .state "$dir/script.jsonl" | paste -sd' ')" = "raised cleared"

expect "syslog over TLS is delivered" status log-tls 0
received() { grep -q '<132>1 .* tester sightline - created \[sightline@32473 ' "$dir/syslog-tls.log" && grep -q 'resolved \[' "$dir/syslog-tls.log"; }
expect "and received, both messages" until_true 20 received
expect "a certificate that nobody vouches for is refused" status log-untrusted 2
expect "in words" one_line log-untrusted "not reached: .*ertificate"
finish
