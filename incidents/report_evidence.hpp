// SPDX-License-Identifier: Apache-2.0
// What is kept as evidence of the incidents that a report names.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "incidents/evidence_shelf.hpp"
#include "incidents/report.hpp"

namespace sightline::incidents {

/// Most stills of one report, and most bytes of all of them: a page stays one that can be mailed.
inline constexpr std::size_t kMostReportStills = 40;
inline constexpr std::size_t kMostReportStillBytes = 3U << 20;

enum class ReportStills { No, Yes };

/// Sets `report.evidence`. The stills are those of open incidents first, then of the worst, then of the newest.
/// Threading: any. Blocks in the file system where stills are wanted.
void add_evidence(Report& report, const EvidenceShelf& shelf, ReportStills stills);

/// "/api/v1/incidents/ID/evidence/FILE"; without a file, of all of it.
[[nodiscard]] std::string evidence_path(std::string_view incident, std::string_view file = {});

}  // namespace sightline::incidents
