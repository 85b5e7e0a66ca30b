// SPDX-License-Identifier: Apache-2.0
// The only door to the host's clocks.
#pragma once

#include <mutex>

#include "core/time.hpp"

namespace sightline::core {

/// What the time is. Whatever must wait or stamp takes one of these.
///
/// Threading: implementations may be called from any thread.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual ArrivalTime now() const = 0;
    [[nodiscard]] virtual UtcTime utc() const = 0;

    /// Civil time of a monotonic instant, by the host clock as it is set at this moment.
    [[nodiscard]] UtcTime to_utc(ArrivalTime arrival) const { return utc() - (now() - arrival); }
};

/// CLOCK_MONOTONIC and CLOCK_REALTIME. The one place in Sightline that reads a clock.
class SystemClock final : public Clock {
public:
    [[nodiscard]] ArrivalTime now() const override;
    [[nodiscard]] UtcTime utc() const override;
};

/// A clock that a test moves by hand. Stepping civil time leaves monotonic time alone, as on a real host.
class VirtualClock final : public Clock {
public:
    explicit VirtualClock(ArrivalTime start = ArrivalTime{Duration{0}}, UtcTime utc_start = UtcTime{Duration{0}});
    [[nodiscard]] ArrivalTime now() const override;
    [[nodiscard]] UtcTime utc() const override;
    void advance(Duration by);
    void step_utc(Duration by);

private:
    mutable std::mutex mutex_;  // guards both
    ArrivalTime now_;
    UtcTime utc_;
};

}  // namespace sightline::core
