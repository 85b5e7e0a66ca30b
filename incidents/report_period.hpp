// SPDX-License-Identifier: Apache-2.0
// Which time a report is about.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "core/time_zone.hpp"

namespace sightline::incidents {

enum class ReportKind { Shift, Daily, Weekly, Monthly };
[[nodiscard]] const char* name(ReportKind kind);  ///< "shift", "daily", …
[[nodiscard]] std::optional<ReportKind> report_kind_from(std::string_view word);

/// When shifts begin, as minutes of the local day, ascending; the last one lasts into the next day.
using ShiftStarts = std::vector<int>;
/// "06:00,14:00,22:00". @return InvalidConfig, in words.
[[nodiscard]] core::Result<ShiftStarts> parse_shifts(std::string_view text);

struct ReportPeriod {
    core::UtcTime from{}, to{};
    std::string label;  ///< "2026-11", "2026-11-21", "week from 2026-11-16", "2026-11-21 14:00"
};

/// The period that `at` lies in, by the clocks of `zone`: a shift, a day, a week from Monday, a month. Periods keep to
/// local midnights across changes of summer time: a day may have 23 or 25 hours.
[[nodiscard]] ReportPeriod period_at(ReportKind kind, core::UtcTime at, const core::TimeZone& zone,
                                     const ShiftStarts& shifts);
/// The period of a local date: "2026-11-21", "2026-11" (monthly; else its first day), "2026-11-21T14:00" (shift). Also
/// "last": the newest period that has ended at `now`; "current": the one that has not.
/// @return InvalidConfig, in words.
[[nodiscard]] core::Result<ReportPeriod> period_of(ReportKind kind, std::string_view date, core::UtcTime now,
                                                   const core::TimeZone& zone, const ShiftStarts& shifts);

/// "2026-11-21 14:03:07" as clocks of `zone` show it.
[[nodiscard]] std::string local_text(core::UtcTime time, const core::TimeZone& zone);

}  // namespace sightline::incidents
