# SPDX-License-Identifier: Apache-2.0
# What the system tests share. usage: . harness.sh BIN_DIR SOURCE_DIR
set -uo pipefail
bin=$1
source_dir=$2
export PATH=$PATH:/usr/sbin
dir=$(mktemp -d "${TMPDIR:-/tmp}/sightline-test.XXXXXX")
chmod 755 "$dir"
pids=()
failures=0

some_run() {
  local pid
  for pid in "${pids[@]}"; do kill -0 "$pid" 2>/dev/null && return 0; done
  return 1
}
stop_all() {  # only what was started here; asked first: a master killed outright leaves its workers behind
  local tries pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
  for ((tries = 0; tries < 30; ++tries)); do
    some_run || break
    read -rt 0.1 <> <(:) || true
  done
  for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null; done
  [ "$failures" -eq 0 ] && rm -rf "$dir" || echo "left for inspection: $dir"
}
trap stop_all EXIT

need() {
  local name
  for name in "$@"; do
    command -v "$name" >/dev/null || { echo "$name is not installed here"; exit 77; }
  done
}

background() {  # NAME COMMAND…: output to NAME.log; pid in $last_pid
  local name=$1
  shift
  "$@" </dev/null >"$dir/$name.log" 2>"$dir/$name.err" &
  last_pid=$!
  pids+=("$last_pid")
}

expect() {  # WHAT COMMAND…
  local what=$1
  shift
  if "$@"; then
    echo "ok: $what"
  else
    echo "FAILED: $what"
    failures=$((failures + 1))
  fi
}

# until_true SECONDS COMMAND…: tries again until it holds. Looks at a state, never at a time.
until_true() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    read -rt 0.1 <> <(:) || true
  done
}

taken=" "
free_port() {  # in $REPLY: a port that nothing uses now
  local port
  while :; do
    port=$((20000 + RANDOM % 30000))
    [[ $taken == *" $port "* ]] && continue
    grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$port") " /proc/net/{tcp,udp,tcp6,udp6} 2>/dev/null && continue
    taken+="$port "
    REPLY=$port
    return
  done
}

finish() {
  echo "$failures failures"
  exit $((failures > 0))
}
