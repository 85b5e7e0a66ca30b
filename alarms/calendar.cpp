// SPDX-License-Identifier: Apache-2.0
#include "alarms/calendar.hpp"

#include <algorithm>

namespace sightline::alarms {

namespace {

constexpr int kWeekMinutes = 7 * 1440;
constexpr std::int64_t kWeekSeconds = kWeekMinutes * 60LL;
constexpr std::int64_t kFirstMonday = -3 * 86'400LL;  // 1969-12-29; the epoch was a Thursday

std::int64_t floor_seconds(core::UtcTime time) {
    return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

core::UtcTime utc_at(std::int64_t unix_seconds) {
    return core::UtcTime{std::chrono::seconds{unix_seconds}};
}

}  // namespace

core::Result<WeeklyCalendar> WeeklyCalendar::load(const core::AirCalendar& plan) {
    for (const core::WeeklySpan& span : plan.on_air) {
        if (span.begin_minute < 0 || span.begin_minute >= span.end_minute || span.end_minute > kWeekMinutes) {
            return core::fail(core::ErrorCode::InvalidConfig, "weekly span does not end after it begins within a week");
        }
    }
    auto zone = core::load_time_zone(plan.zone);
    if (!zone) return core::fail(core::ErrorCode::InvalidConfig, zone.error().message);
    return WeeklyCalendar(plan, std::move(*zone));
}

std::vector<WeeklyCalendar::Interval> WeeklyCalendar::around(std::int64_t unix_seconds) const {
    const std::int64_t local = unix_seconds + zone_.offset_at(unix_seconds) - kFirstMonday;
    const std::int64_t week = local / kWeekSeconds - (local % kWeekSeconds < 0 ? 1 : 0);
    std::vector<Interval> intervals;
    for (std::int64_t w = week - 1; w <= week + 2; ++w) {
        const std::int64_t monday = kFirstMonday + w * kWeekSeconds;
        for (const core::WeeklySpan& span : plan_.on_air) {
            intervals.push_back({zone_.to_unix(monday + span.begin_minute * 60LL, core::TimeZone::Repeated::First),
                                 zone_.to_unix(monday + span.end_minute * 60LL, core::TimeZone::Repeated::Last)});
        }
    }
    return intervals;
}

core::AirState WeeklyCalendar::at(core::UtcTime time) const {
    if (plan_.on_air.empty()) return plan_.fixed;
    const std::int64_t now = floor_seconds(time);
    for (const Interval& interval : around(now)) {
        if (now >= interval.begin && now < interval.end) return core::AirState::OnAir;
    }
    return plan_.otherwise;
}

std::optional<core::UtcTime> WeeklyCalendar::next_change(core::UtcTime time) const {
    if (plan_.on_air.empty()) return std::nullopt;
    const core::AirState now = at(time);
    std::vector<std::int64_t> edges;
    for (const Interval& interval : around(floor_seconds(time))) {
        edges.push_back(interval.begin);
        edges.push_back(interval.end);
    }
    std::sort(edges.begin(), edges.end());
    for (const std::int64_t edge : edges) {
        if (utc_at(edge) > time && at(utc_at(edge)) != now) return utc_at(edge);
    }
    return std::nullopt;
}

}  // namespace sightline::alarms
