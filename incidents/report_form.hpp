// SPDX-License-Identifier: Apache-2.0
// A report as somebody gets it: JSON, CSV, or one HTML file that stands alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "incidents/report.hpp"

namespace sightline::incidents {

enum class ReportForm { Json, Csv, Html };
[[nodiscard]] std::optional<ReportForm> report_form_from(std::string_view word);
[[nodiscard]] const char* content_type(ReportForm form);

/// One object, fixed key order; durations in seconds, times RFC 3339 UTC (docs/reports.md).
[[nodiscard]] std::string to_json(const Report& report);
/// RFC 4180 lines "section,item,measure,value", header first. A text that a spreadsheet would take for a formula is
/// preceded by an apostrophe.
[[nodiscard]] std::string to_csv(const Report& report);
/// No script, no link to anything outside; plots are inline SVG; every text that came from outside is escaped. Times by
/// the clocks of the report's zone.
[[nodiscard]] std::string to_html(const Report& report);
[[nodiscard]] std::string to_form(const Report& report, ReportForm form);

}  // namespace sightline::incidents
