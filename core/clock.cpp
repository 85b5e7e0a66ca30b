// SPDX-License-Identifier: Apache-2.0
#include "core/clock.hpp"

#include <ctime>

namespace sightline::core {
namespace {

Duration read_clock(clockid_t id) {
    timespec now{};
    clock_gettime(id, &now);
    return std::chrono::seconds{now.tv_sec} + Duration{now.tv_nsec};
}

}  // namespace

ArrivalTime SystemClock::now() const {
    return ArrivalTime{read_clock(CLOCK_MONOTONIC)};
}
UtcTime SystemClock::utc() const {
    return UtcTime{read_clock(CLOCK_REALTIME)};
}

VirtualClock::VirtualClock(ArrivalTime start, UtcTime utc_start) : now_(start), utc_(utc_start) {}

ArrivalTime VirtualClock::now() const {
    const std::lock_guard lock(mutex_);
    return now_;
}

UtcTime VirtualClock::utc() const {
    const std::lock_guard lock(mutex_);
    return utc_;
}

void VirtualClock::advance(Duration by) {
    const std::lock_guard lock(mutex_);
    now_ += by;
    utc_ += by;
}

void VirtualClock::step_utc(Duration by) {
    const std::lock_guard lock(mutex_);
    utc_ += by;
}

}  // namespace sightline::core
