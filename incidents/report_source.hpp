// SPDX-License-Identifier: Apache-2.0
// What a report needs, read from the store.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "incidents/report.hpp"
#include "incidents/store_reader.hpp"

namespace sightline::incidents {

/// Which report somebody wants; empty texts: the usual ones.
struct ReportWish {
    ReportKind kind = ReportKind::Daily;
    std::string date;     ///< as period_of() reads it; empty: last
    std::string zone;     ///< IANA name; empty: what `input.zone` says
    std::string shifts;   ///< as parse_shifts() reads it; empty: what `input.shifts` says
    bool stills = false;  ///< pictures of the evidence too, for a page
};

/// Sets `input.kind`, `zone`, `shifts` and `period`, as of `input.now`. @return InvalidConfig, in words.
[[nodiscard]] core::Result<void> choose_period(ReportInput& input, const ReportWish& wish);

/// Fills in what the store knows about `input.period`: incidents, alarms, the watch log, the head of the audit log.
[[nodiscard]] core::Result<void> read_report_input(StoreReader& store, ReportInput& input);

}  // namespace sightline::incidents
