#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Bad input: exit 3 or a verdict, always one clear line, never a crash, a hang or unbounded memory.
. "$(dirname "$0")/harness.sh" "$1" "$2"
need jq
"$bin/sightline-signals" --for 6s --to "$dir/good.ts" --to "$dir/good.mp4" --to "$dir/good.mkv" --to "$dir/good.flv" >/dev/null 2>&1

# judge WHAT ALLOWED-STATUSES INPUT OPTION…
judge() {
  local what=$1 allowed=$2 status
  shift 2
  (ulimit -v 4000000; exec timeout 60 "$bin/sightline" check --json "$@" >"$dir/out" 2>"$dir/err")
  status=$?
  expect "$what: exit $status is one of $allowed" grep -qw "$status" <<<"$allowed"
  expect "$what: the last line is a JSON object" jq -e 'type=="object"' <(tail -1 "$dir/out")
  if [ "$status" = 3 ]; then
    expect "$what: an error with code and message: $(tail -1 "$dir/out" | jq -r .message | head -c 150)" jq -e '.type=="error" and (.code|length>0) and (.message|length>0)' <(tail -1 "$dir/out")
  fi
}
head -c 300000 /dev/urandom >"$dir/random"
: >"$dir/empty"
truncate -s 10G "$dir/sparse"
judge "random bytes" "3" "$dir/random"
judge "an empty file" "3" "$dir/empty"
judge "a directory" "3" "$dir"
judge "no such file" "3" "$dir/nothing.ts"
judge "10 GB of zeros" "3" "$dir/sparse"
judge "an unknown scheme" "3" "gopher://x/"
judge "a bad URL" "3" "srt://h:99999"
judge "a bad option" "3" "$dir/good.ts" --depth sideways
judge "a bad --set" "3" "$dir/good.ts" --set video.black.warnin=2s
judge "a refused connection" "3" "http://127.0.0.1:1/x.ts" --for 1s
for name in good.ts good.mp4 good.mkv good.flv; do
  size=$(stat -c %s "$dir/$name")
  for share in 1 10 50 90; do
    head -c $((size * share / 100)) "$dir/$name" >"$dir/cut"
    judge "$share % of $name" "0 1 2 3" "$dir/cut"
  done
  # Damage in the middle.
  cp "$dir/$name" "$dir/damaged"
  dd if=/dev/urandom of="$dir/damaged" bs=1 seek=$((size / 2)) count=4000 conv=notrunc status=none
  judge "damaged $name" "0 1 2 3" "$dir/damaged"
done
# References that FFmpeg must not follow.
printf 'ffconcat version 1.0\nfile /etc/passwd\n' >"$dir/concat.txt"
judge "an ffconcat script" "3" "$dir/concat.txt"
printf 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n' >"$dir/session.sdp"
judge "an SDP" "3" "$dir/session.sdp"
printf '#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n' >"$dir/list.m3u8"
judge "a playlist file that names a local file" "3" "$dir/list.m3u8"
finish
