#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who may include whom (docs/architecture.md), and which folder alone knows which library.
set -euo pipefail
cd "$1"
declare -A may=(
  [core]="" [formats]="core" [net]="core" [analyzers]="core formats" [probe]="core formats net" [alarms]="core" [config]="core"
  [incidents]="core config alarms net" [link]="core net"
  [engine]="core formats net analyzers probe alarms config link incidents" [api]="core config incidents engine" [ui]="core config link"
)
declare -A only=(
  ["libav(format|codec|util|device|filter)|libsw(scale|resample)"]="probe" ["srt/srt.h"]="probe" ["curl/"]="net" ["microhttpd"]="api"
  ["sqlite3"]="incidents" ["yaml-cpp"]="config" ["seccomp"]="engine" ["imgui|GLFW"]="ui"
)
bad=0
for folder in "${!may[@]}"; do
  allowed=" $folder ${may[$folder]} "
  while IFS=: read -r file line include; do
    target=$(sed -E 's|.*"([a-z]+)/.*|\1|' <<<"$include")
    [[ -v may[$target] || $target == apps || $target == tests || $target == testdata ]] || continue
    if [[ $allowed != *" $target "* ]]; then
      echo "$file:$line: $folder may not include $target"
      bad=1
    fi
  done < <(grep -rnE '^#include "[a-z]+/' "$folder" --include='*.hpp' --include='*.cpp' || true)
done
for pattern in "${!only[@]}"; do
  while IFS= read -r hit; do
    echo "$hit: only ${only[$pattern]}/ may know this library"
    bad=1
  done < <(grep -rnE "^#include <($pattern)" core formats net analyzers probe alarms config incidents link engine api ui apps --include='*.hpp' --include='*.cpp' | grep -vE "^(${only[$pattern]})/" | cut -d: -f1,2 || true)
done
# What stands behind Store and StoreReader stays behind them: another kind of store is one more set of files like these.
while IFS= read -r hit; do
  echo "$hit: only what a SQLite store is made of may know its rows"
  bad=1
done < <(grep -rnE '^#include "incidents/(database|schema|audit_rows|incident_rows|sqlite_[a-z_]*)\.hpp"' core formats net analyzers probe alarms config incidents link engine api ui apps \
  --include='*.hpp' --include='*.cpp' | grep -vE '^incidents/(database|schema|audit_rows|incident_rows|backup|sqlite_[a-z_]*)\.[ch]pp:' | cut -d: -f1,2 || true)
exit $bad
