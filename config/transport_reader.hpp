// SPDX-License-Identifier: Apache-2.0
// What receivers of their own protocol need: e-mail, syslog, SNMP; and calendars of hours.
#pragma once

#include <string>

#include "config/notifier.hpp"
#include "config/scope.hpp"

namespace sightline::config {

void read_email(MapReader& map, EmailSettings& out);
void read_syslog(MapReader& map, SyslogSettings& out);
void read_snmp(MapReader& map, SnmpSettings& out);
/// Spans, or {weekly: spans, timezone: ZONE}.
[[nodiscard]] core::AirCalendar read_hours(Scope& scope, const YamlNode& node, const std::string& path,
                                           const std::string& zone);
/// "a@b" or "Name <a@b>": whether `text` holds exactly one address that can stand in an SMTP command as it is.
[[nodiscard]] bool is_mail_address(std::string_view text);
/// The a@b of it.
[[nodiscard]] std::string bare_mail_address(std::string_view text);
/// Names of syslog facilities, by number.
[[nodiscard]] std::string facility_name(int facility);

}  // namespace sightline::config
