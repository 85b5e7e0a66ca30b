// SPDX-License-Identifier: Apache-2.0
#include "incidents/report_period.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "config/values.hpp"

namespace sightline::incidents {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::array kKinds{ReportKind::Shift, ReportKind::Daily, ReportKind::Weekly, ReportKind::Monthly};
constexpr std::size_t kMostShifts = 24;
constexpr std::int64_t kSecondsPerDay = 86'400;

std::int64_t floor_seconds(core::UtcTime time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}
std::int64_t local_seconds(core::UtcTime time, const core::TimeZone& zone) {
    const std::int64_t unix = floor_seconds(time);
    return unix + zone.offset_at(unix);
}
core::UtcTime instant(sys_days day, int minutes, const core::TimeZone& zone) {
    const std::int64_t local = day.time_since_epoch().count() * kSecondsPerDay + minutes * 60;
    return core::UtcTime{std::chrono::seconds{zone.to_unix(local, core::TimeZone::Repeated::First)}};
}
std::string date_text(sys_days day) {
    const year_month_day ymd{day};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                       static_cast<unsigned>(ymd.day()));
}

/// `count` figures at the start of `text`, which they leave.
std::optional<int> figures(std::string_view& text, std::size_t count) {
    int value = 0;
    if (text.size() < count) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + count, value);
    if (error != std::errc{} || end != text.data() + count || text.front() == '-') return std::nullopt;
    text.remove_prefix(count);
    return value;
}
bool skip(std::string_view& text, char mark) {
    if (!text.starts_with(mark)) return false;
    text.remove_prefix(1);
    return true;
}
/// Found among instants, not by the clock's face: when clocks are put back, some of its times come twice.
ReportPeriod shift_at(core::UtcTime at, const core::TimeZone& zone, const ShiftStarts& shifts) {
    const sys_days day{std::chrono::floor<days>(std::chrono::seconds{local_seconds(at, zone)})};
    ReportPeriod found;
    for (int around = -2; around <= 2; ++around) {
        const sys_days begin_day = day + days{around};
        for (const int minute : shifts) {
            const core::UtcTime begin = instant(begin_day, minute, zone);
            if (begin > at) {
                found.to = begin;
                return found;
            }
            found.from = begin;
            found.label = date_text(begin_day) + ' ' + config::time_of_day_text(minute);
        }
    }
    return found;
}

}  // namespace

const char* name(ReportKind kind) {
    constexpr std::array kNames{"shift", "daily", "weekly", "monthly"};
    return kNames[static_cast<std::size_t>(kind)];
}

std::optional<ReportKind> report_kind_from(std::string_view word) {
    for (const ReportKind kind : kKinds) {
        if (word == name(kind)) return kind;
    }
    return std::nullopt;
}

core::Result<ShiftStarts> parse_shifts(std::string_view text) {
    const std::string given(text.substr(0, 100));
    ShiftStarts starts;
    for (bool more = true; more; more = skip(text, ',')) {
        const auto start = config::parse_time_of_day(text.substr(0, text.find(',')));
        const bool rises = start && (starts.empty() || *start > starts.back());
        if (!rises || starts.size() >= kMostShifts) {
            text = "x";
            break;
        }
        starts.push_back(*start);
        text.remove_prefix(std::min(text.find(','), text.size()));
    }
    if (text.empty()) return starts;
    return core::fail(
        core::ErrorCode::InvalidConfig,
        fmt::format("shifts is \"{}\", allowed are rising times of day such as 06:00,14:00,22:00", given));
}

ReportPeriod period_at(ReportKind kind, core::UtcTime at, const core::TimeZone& zone, const ShiftStarts& shifts) {
    if (kind == ReportKind::Shift) return shift_at(at, zone, shifts);
    sys_days day{std::chrono::floor<days>(std::chrono::seconds{local_seconds(at, zone)})};
    if (kind == ReportKind::Daily) return {instant(day, 0, zone), instant(day + days{1}, 0, zone), date_text(day)};
    if (kind == ReportKind::Weekly) {
        day -= std::chrono::weekday{day} - std::chrono::Monday;
        return {instant(day, 0, zone), instant(day + days{7}, 0, zone), "week from " + date_text(day)};
    }
    const year_month_day ymd{day};
    const sys_days first{ymd.year() / ymd.month() / 1};
    const year_month_day after = year_month_day{first} + std::chrono::months{1};
    return {instant(first, 0, zone), instant(sys_days{after}, 0, zone), date_text(first).substr(0, 7)};
}

core::Result<ReportPeriod> period_of(ReportKind kind, std::string_view date, core::UtcTime now,
                                     const core::TimeZone& zone, const ShiftStarts& shifts) {
    const ReportPeriod current = period_at(kind, now, zone, shifts);
    if (date == "current") return current;
    if (date.empty() || date == "last") return period_at(kind, current.from - std::chrono::seconds{1}, zone, shifts);
    std::string_view rest = date;
    const auto year = figures(rest, 4);
    const auto month = year && skip(rest, '-') ? figures(rest, 2) : std::nullopt;
    const auto day = month && skip(rest, '-') ? figures(rest, 2) : std::optional(1);
    const bool timed = skip(rest, 'T');
    const auto minutes = timed ? config::parse_time_of_day(rest) : std::optional(0);
    const year_month_day ymd{std::chrono::year{year.value_or(0)},
                             std::chrono::month{static_cast<unsigned>(month.value_or(0))},
                             std::chrono::day{static_cast<unsigned>(day.value_or(0))}};
    if (!year || *year < core::kFirstYear || *year > core::kLastYear || !ymd.ok() || !minutes ||
        (!timed && !rest.empty())) {
        return core::fail(core::ErrorCode::InvalidConfig,
                          fmt::format("date is \"{}\", allowed are last, current, 2026-11, 2026-11-21 and "
                                      "2026-11-21T14:00, by local clocks",
                                      date.substr(0, 100)));
    }
    return period_at(kind, instant(sys_days{ymd}, *minutes, zone), zone, shifts);
}

std::string local_text(core::UtcTime time, const core::TimeZone& zone) {
    const std::int64_t local = local_seconds(time, zone);
    const sys_days day{std::chrono::floor<days>(std::chrono::seconds{local})};
    const std::int64_t second = local - day.time_since_epoch().count() * kSecondsPerDay;
    return fmt::format("{} {:02}:{:02}:{:02}", date_text(day), second / 3600, second / 60 % 60, second % 60);
}

}  // namespace sightline::incidents
