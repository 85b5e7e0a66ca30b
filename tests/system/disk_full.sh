#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The disk under the store fills up and gets room again: the probe says so in words, goes on, and stores what it held when
# there is room, without a person. On a tmpfs of its own, in a mount namespace of its own.
if [ -z "${SIGHTLINE_OWN_MOUNTS:-}" ]; then
  unshare -m true 2>/dev/null || { echo "no mount namespace here"; exit 77; }
  SIGHTLINE_OWN_MOUNTS=1 exec unshare -m bash "$0" "$@"
fi
. "$(dirname "$0")/harness.sh" "$1" "$2"
need jq curl mount umount
mkdir "$dir/disk"
mount -t tmpfs -o size=4m tmpfs "$dir/disk" || { echo "no tmpfs here"; exit 77; }
free_port; port=$REPLY
cat >"$dir/full.yaml" <<END
version: 1
probe: full
streams:
  - {id: quiet, url: "udp://127.0.0.1:$port"}
store: {sqlite: $dir/disk/full.db}
api: {listen: off, socket: $dir/full.sock}
END
background probe "$bin/sightline" run "$dir/full.yaml"
probe=$last_pid
api() { curl -s --max-time 10 --unix-socket "$dir/full.sock" "http://localhost/api/v1/$1" "${@:2}"; }
first() { api "incidents?state=open" | jq -re '.incidents[-1].id'; }
expect "an incident is open" until_true 30 first
id=$(first)
note() {  # WORDS: the answer's status
  api "incidents/$id/note" -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' \
    -d "{\"operator\":\"K. Ito\",\"note\":\"$1\"}"
}
expect "a note is taken" test "$(note "while there is room")" = 200

cat /dev/zero >"$dir/disk/filler" 2>/dev/null
said() { jq -e 'select(.condition=="probe.disk" and .state=="raised") | .message | test("disk is full")' "$dir/probe.log"; }
long=$(printf 'x%.0s' {1..3000})
held=0
for ((n = 0; n < 40 && held == 0; ++n)); do
  note "number $n $long" >/dev/null
  said >/dev/null 2>&1 && held=1
done
expect "the full disk is an alarm in words" until_true 30 said
expect "the probe goes on" kill -0 "$probe"
answers() { first >/dev/null; }
expect "and answers" answers
expect "a note is taken in memory" test "$(note "while it is full")" != 000

rm "$dir/disk/filler"
over() { jq -e 'select(.condition=="probe.disk" and .state=="cleared")' "$dir/probe.log"; }
expect "with room again the alarm is over, without a person" until_true 60 over
notes() { api "incidents/$id" | jq -r '.timeline[] | select(.kind=="note") | .text' | grep -c "$1"; }
stored() { [ "$(notes "$1")" = 1 ]; }
expect "what was noted before is there once" stored "while there is room"
expect "and what was noted meanwhile, once" stored "while it is full"
kill -9 "$probe"
wait "$probe" 2>/dev/null
background again "$bin/sightline" run "$dir/full.yaml"
expect "after a kill -9 it is back" until_true 30 first
expect "and what was noted meanwhile is on record, once" stored "while it is full"
expect "the audit log is whole" "$bin/sightline" audit verify --store "$dir/disk/full.db"
kill "$last_pid"
wait "$last_pid" 2>/dev/null
umount -l "$dir/disk"
finish
