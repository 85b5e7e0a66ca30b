#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Bad input: exit 3 or a verdict, always one clear line, never a crash, a hang or unbounded memory.
. "$(dirname "$0")/harness.sh" "$1" "$2"
need jq openssl srt-live-transmit
limit="ulimit -v 4000000"
[ -z "${SIGHTLINE_SANITIZE:-}" ] || limit=true  # a sanitizer maps its shadow memory beyond any limit
"$bin/sightline-signals" --for 6s --to "$dir/good.ts" --to "$dir/good.mp4" --to "$dir/good.mkv" --to "$dir/good.flv" >/dev/null 2>&1

# judge WHAT ALLOWED-STATUSES INPUT OPTION…
judge() {
  local what=$1 allowed=$2 status
  shift 2
  ($limit; exec timeout 60 "$bin/sightline" check --json "$@" >"$dir/out" 2>"$dir/err")
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
for name in hang tls srt udp; do
  free_port
  declare "$name=$REPLY"
done
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/key.pem" -out "$dir/cert.pem" -days 1 -subj /CN=localhost >/dev/null 2>&1
background tls openssl s_server -quiet -accept "127.0.0.1:$tls" -key "$dir/key.pem" -cert "$dir/cert.pem"
background hang openssl s_server -quiet -accept "127.0.0.1:$hang" -key "$dir/key.pem" -cert "$dir/cert.pem"
hanging=$last_pid
background srt srt-live-transmit -loglevel fatal "udp://127.0.0.1:$udp" "srt://127.0.0.1:$srt?mode=listener&passphrase=correct-horse"
listens() { grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$1") " /proc/net/tcp /proc/net/udp; }
until_true 10 listens "$tls" && until_true 10 listens "$hang" && until_true 10 listens "$srt"
kill -STOP "$hanging"  # the kernel still takes connections for it
judge "a server that never answers" "3" "http://127.0.0.1:$hang/x.ts" --for 2s
judge "a certificate nobody signed" "3" "https://127.0.0.1:$tls/x.ts" --for 2s
judge "a server that does not speak TLS" "3" "https://127.0.0.1:$srt/x.ts" --for 2s
judge "a wrong SRT passphrase" "3" "srt://127.0.0.1:$srt?passphrase=wrong-battery-staple" --for 3s
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
