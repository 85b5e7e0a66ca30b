// SPDX-License-Identifier: Apache-2.0
// One alarm transition as a syslog message (RFC 5424).
#pragma once

#include <string>
#include <string_view>

#include "config/notifier.hpp"
#include "incidents/template_view.hpp"

namespace sightline::incidents {

/// Longest message: RFC 5424, 6.1, says 2048 should be accepted by every receiver; texts are cut to keep to it.
inline constexpr std::size_t kMostSyslogBytes = 2048;

/// "<PRI>1 TIME HOST sightline - created [sightline@32473 id="…" …] BOM text". Facility from the settings; severity by
/// alarm: critical 2, major 3, minor and warning 4, info 6, and 5 (notice) for what was resolved. HOST is the probe.
[[nodiscard]] std::string syslog_message(const TemplateView& view, const config::SyslogSettings& settings);

/// As a value of structured data: '"', '\' and ']' escaped (6.3.3), without control characters, at most `bytes`
/// before escaping.
[[nodiscard]] std::string syslog_value(std::string_view text, std::size_t bytes);

/// With its length before it, as TCP and TLS carry it (RFC 6587, 3.4.1; RFC 5425, 4.3).
[[nodiscard]] std::string octet_counted(const std::string& message);

}  // namespace sightline::incidents
