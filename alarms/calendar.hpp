// SPDX-License-Identifier: Apache-2.0
// When a stream is on air, by a weekly plan in local time.
#pragma once

#include <optional>
#include <vector>

#include "core/result.hpp"
#include "core/stream_spec.hpp"
#include "core/time.hpp"
#include "core/time_zone.hpp"

namespace sightline::alarms {

/// A weekly plan on the clocks of one zone. Where clocks are put forward over an edge, the edge comes at the jump;
/// where they are put back over it, a span begins at the first and ends at the last such time: it is never cut short.
///
/// Threading: immutable after construction.
class WeeklyCalendar {
public:
    WeeklyCalendar(core::AirCalendar plan, core::TimeZone zone) : plan_(std::move(plan)), zone_(std::move(zone)) {}

    /// Reads the plan's zone from the tz database. InvalidConfig naming the zone, or a span out of order.
    [[nodiscard]] static core::Result<WeeklyCalendar> load(const core::AirCalendar& plan);

    [[nodiscard]] core::AirState at(core::UtcTime time) const;
    /// The first instant after `time` at which the state differs; empty where the plan never changes it.
    [[nodiscard]] std::optional<core::UtcTime> next_change(core::UtcTime time) const;

private:
    struct Interval {
        std::int64_t begin, end;  // unix seconds
    };
    [[nodiscard]] std::vector<Interval> around(std::int64_t unix_seconds) const;

    core::AirCalendar plan_;
    core::TimeZone zone_;
};

}  // namespace sightline::alarms
