// SPDX-License-Identifier: Apache-2.0
// Offsets of civil time in one zone, from the system's tz database: weekly calendars live in local time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace sightline::core {

/// One rule of a POSIX TZ string for when a change comes each year.
struct YearlyChange {
    enum class Kind : std::uint8_t { JulianNoLeap, DayOfYear, MonthWeekDay };
    Kind kind = Kind::MonthWeekDay;
    int day = 0;         ///< Jn: 1–365; n: 0–365; M: day of week, 0 = Sunday
    int month = 0;       ///< M: 1–12
    int week = 0;        ///< M: 1–5, 5 = last
    int seconds = 7200;  ///< local time of day of the change, ±167 h (RFC 8536, 3.3.1)
};

/// What holds after the last listed transition: the footer of a TZif file (RFC 8536, 3.3).
struct YearlyRule {
    int standard_offset = 0;  ///< seconds east of UTC
    std::optional<int> summer_offset;
    YearlyChange begin, end;  ///< of summer time, where there is any
};

/// A zone as data; no process-wide state (TZ, tzset) is read or touched.
///
/// Threading: immutable after construction.
/// Does not see: leap seconds (the "right/" zones are refused).
class TimeZone {
public:
    /// Which of two instants a repeated local time means.
    enum class Repeated : std::uint8_t { First, Last };

    /// UTC.
    TimeZone() = default;

    /// Reads the bytes of a TZif file of version 2 or later (RFC 8536). Corrupt, Truncated or Unsupported otherwise.
    [[nodiscard]] static Result<TimeZone> from_tzif(std::span<const std::byte> bytes);

    /// Seconds east of UTC at `unix_seconds`.
    [[nodiscard]] int offset_at(std::int64_t unix_seconds) const;

    /// The instant at which clocks of the zone show `local_seconds` (seconds since 1970-01-01 00:00 local time). Of a
    /// time that clocks skip: the instant of the skip.
    [[nodiscard]] std::int64_t to_unix(std::int64_t local_seconds, Repeated repeated) const;

private:
    struct Transition {
        std::int64_t at;
        int offset;
    };
    int first_offset_ = 0;
    std::vector<Transition> transitions_;
    std::optional<YearlyRule> footer_;
};

/// Reads a POSIX TZ string such as "GMT0BST,M3.5.0/1,M10.5.0". Corrupt otherwise.
[[nodiscard]] Result<YearlyRule> parse_posix_tz(std::string_view text);

/// The zone called `name` ("Europe/London") in the tz database under `folder`. Reads one file.
/// @return NotFound (no such zone, or a name that is none), Corrupt, Unsupported.
[[nodiscard]] Result<TimeZone> load_time_zone(std::string_view name, const std::string& folder = "/usr/share/zoneinfo");

}  // namespace sightline::core
