// SPDX-License-Identifier: Apache-2.0
#include "engine/host_clock.hpp"

#include <sys/timex.h>

namespace sightline::engine {

bool host_clock_synchronised() {
    timex query{};
    const int state = adjtimex(&query);
    return state < 0 || (state != TIME_ERROR && (query.status & STA_UNSYNC) == 0);
}

}  // namespace sightline::engine
