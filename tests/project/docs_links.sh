#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every relative link of the documents leads somewhere.
set -euo pipefail
cd "$1"
bad=0
while IFS= read -r file; do
  while IFS= read -r target; do
    case $target in http*://* | mailto:* | '#'* | '') continue ;; esac
    path=$(dirname "$file")/${target%%#*}
    [ -e "$path" ] || { echo "$file: $target leads nowhere"; bad=1; }
  done < <(grep -oE '\]\([^) ]+\)' "$file" | sed 's/^](//; s/)$//')
done < <(find . -name '*.md' -not -path './build/*')
exit $bad
