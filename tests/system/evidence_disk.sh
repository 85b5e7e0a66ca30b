#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The disk that the bytes are kept on fills up, then stands still: what comes in is watched as before, without a lost packet,
# and what the ring lost is counted. On a disk of its own, in a mount namespace of its own.
if [ -z "${SIGHTLINE_OWN_MOUNTS:-}" ]; then
  unshare -m true 2>/dev/null || { echo "no mount namespace here"; exit 77; }
  SIGHTLINE_OWN_MOUNTS=1 exec unshare -m bash "$0" "$@"
fi
. "$(dirname "$0")/harness.sh" "$1" "$2"
need jq curl mount umount mke2fs fsfreeze
thaw() { fsfreeze -u "$dir/disk" 2>/dev/null; }
leave() {
  thaw
  umount -l "$dir/disk" 2>/dev/null
  stop_all
}
mkdir "$dir/disk"
truncate -s 24M "$dir/disk.img"
mke2fs -q -F "$dir/disk.img" && mount -o loop "$dir/disk.img" "$dir/disk" || { echo "no disk of our own here"; exit 77; }
trap leave EXIT
free_port; port=$REPLY
"$bin/sightline-signals" --size 640x360 --bitrate 8M --for 30s --fault black@12+10 --to "$dir/loop.ts" >/dev/null 2>&1
cat >"$dir/disk.yaml" <<END
version: 1
probe: disk
streams:
  - {id: udp, url: "udp://127.0.0.1:$port", rules: [{video.black: {warning: 2s}}]}
evidence: {folder: $dir/disk/evidence, ring: 16MiB, after: 1s}
store: {sqlite: $dir/disk.db}
api: {listen: off, socket: $dir/disk.sock}
END
background probe "$bin/sightline" run "$dir/disk.yaml"
background sender "$bin/sightline-signals" --loop "$dir/loop.ts" --for 60s --to "udp://127.0.0.1:$port"
api() { curl -s --max-time 10 --unix-socket "$dir/disk.sock" "http://localhost/api/v1/$1"; }
stream() { api streams/udp | jq -re "$1"; }
ring() { stream ".measurements[\"evidence.ring_$1_total\"]"; }
more() { [ "$(stream .bytes)" -gt "$1" ]; }
kept_more() { [ "$(ring bytes)" -gt "$1" ]; }
lost_more() { [ "$(ring lost_blocks)" -gt "$1" ]; }
expect "bytes are kept" until_true 30 kept_more 0

cat /dev/zero >"$dir/disk/filler" 2>/dev/null
expect "a full disk loses blocks, counted" until_true 20 lost_more 0
expect "and nothing else" stream '.link.state == "connected" and .continuity_errors == 0'
rm "$dir/disk/filler"
written=$(ring bytes)
expect "with room again bytes are kept" until_true 20 kept_more "$written"

received=$(stream .bytes) lost=$(ring lost_blocks)
raised() { api alarms?state=all | jq -e '.alarms | any(.condition == "video.black" and .state == "raised")'; }
expect "black was not raised yet" test "$(raised)" = false
fsfreeze -f "$dir/disk" || { echo "this disk cannot be stopped"; exit 77; }
expect "while the disk stands still, more is received than could wait for it" until_true 30 more $((received + 6000000))
expect "and faults are found and told" until_true 30 raised
expect "without a lost packet" stream '.link.state == "connected" and .continuity_errors == 0'
thaw
expect "what did not wait is counted once the disk goes on" until_true 20 lost_more "$lost"
written=$(ring bytes)
expect "and bytes are kept again" until_true 20 kept_more "$written"
id() { api incidents | jq -re '[.incidents[] | select(any(.alarms[]; .condition=="video.black"))][0].id'; }
kept() { api "incidents/$(id)/evidence" | jq -e '.state == "kept"'; }
expect "black was raised and its evidence kept, as far as there is any" until_true 40 kept
api "incidents/$(id)/evidence"
expect "no worker died of it" stream '.worker.restarts == 0'
finish
