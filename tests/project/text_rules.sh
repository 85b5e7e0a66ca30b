#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX lines, threads started in one way, one reader of clocks.
set -euo pipefail
cd "$1"
bad=0
complain() {
  echo "$1"
  bad=1
}
sources=$(git ls-files '*.cpp' '*.hpp' 2>/dev/null || find . -name '*.cpp' -o -name '*.hpp')
for file in $sources; do
  head -1 "$file" | grep -q '^// SPDX-License-Identifier: Apache-2.0$' || complain "$file: the first line is not its SPDX line"
done
product="core formats net analyzers probe alarms config incidents link engine api apps"
while IFS= read -r hit; do complain "$hit: threads start through core/thread.hpp"; done \
  < <(grep -rnE 'std::thread\b|pthread_create|std::async|std::jthread\(' $product --include='*.cpp' --include='*.hpp' | grep -v '^core/thread' | grep -v 'std::this_thread' | cut -d: -f1,2)
while IFS= read -r hit; do complain "$hit: only core's SystemClock reads a clock"; done \
  < <(grep -rnE '(system|steady|high_resolution)_clock::now|clock_gettime\(|gettimeofday\(|[^_a-z]time\((nullptr|NULL|0)\)' $product --include='*.cpp' --include='*.hpp' | grep -v '^core/clock.cpp' | cut -d: -f1,2)
while IFS= read -r hit; do complain "$hit: a name that says nothing"; done < <(find $product -name '*utils*' -o -name '*helper*' -o -name '*common*' -o -name '*manager*' | grep -v '/alertmanager') # a product's name
exit $bad
