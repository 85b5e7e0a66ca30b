// SPDX-License-Identifier: Apache-2.0
// What a report needs, read from the store.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "incidents/database.hpp"
#include "incidents/report.hpp"

namespace sightline::incidents {

/// Which report somebody wants; empty texts: the usual ones.
struct ReportWish {
    ReportKind kind = ReportKind::Daily;
    std::string date;    ///< as period_of() reads it; empty: last
    std::string zone;    ///< IANA name; empty: what `input.zone` says
    std::string shifts;  ///< as parse_shifts() reads it; empty: what `input.shifts` says
};

/// Sets `input.kind`, `zone`, `shifts` and `period`, as of `input.now`. @return InvalidConfig, in words.
[[nodiscard]] core::Result<void> choose_period(ReportInput& input, const ReportWish& wish);

/// Fills in what the store knows about `input.period`: incidents, alarms, the watch log, the head of the audit log.
/// Reads beside a running probe, as of one moment.
[[nodiscard]] core::Result<void> read_report_input(Database& database, ReportInput& input);

/// When `stream` was watched from `from` to `to`, oldest first: its changes then, and the one before them, which says
/// how it began. Without one nobody watched yet.
[[nodiscard]] core::Result<std::vector<WatchChange>> read_watch_log(Database& database, const std::string& stream,
                                                                    core::UtcTime from, core::UtcTime to);

}  // namespace sightline::incidents
