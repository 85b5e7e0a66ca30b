// SPDX-License-Identifier: Apache-2.0
// Incidents as rows: what Store writes and reads of them, within its transaction.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/incident.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "incidents/database.hpp"
#include "incidents/incident_engine.hpp"
#include "incidents/records.hpp"

namespace sightline::incidents {

[[nodiscard]] core::Result<void> write_incident(Database& database, const IncidentChange& change, core::UtcTime now);
[[nodiscard]] core::Result<void> write_incident_notice(Database& database, const RoutedNotice& routed,
                                                       core::UtcTime now);
[[nodiscard]] core::Result<void> write_incident_finished(Database& database, const FinishedDelivery& finished,
                                                         core::UtcTime now);
/// Replaces the calendar.
[[nodiscard]] core::Result<void> write_maintenance(Database& database, const std::vector<MaintenanceWindow>& windows);

/// What an engine must know again: incidents that are not closed with the last transition of each of their alarms, and
/// open alarms that are in no incident (of a store from before there were any).
[[nodiscard]] core::Result<IncidentRestore> read_live_incidents(Database& database);
/// Which notifiers were told of each of them.
[[nodiscard]] core::Result<std::map<std::string, std::set<std::string>>> read_incident_told(Database& database);
/// Newest first; without timeline, with up to `most_alarms` alarms each.
[[nodiscard]] core::Result<std::vector<core::Incident>> read_incidents(Database& database, const IncidentQuery& query,
                                                                       std::size_t most_alarms = 100);
[[nodiscard]] core::Result<std::vector<core::TimelineEntry>> read_timeline(Database& database, const std::string& id);
/// Whole. NotFound where there is none.
[[nodiscard]] core::Result<core::Incident> read_incident(Database& database, const std::string& id);
[[nodiscard]] core::Result<std::vector<PendingDelivery>> read_incident_pending(Database& database);
/// NotFound where the history no longer has it.
[[nodiscard]] core::Result<Notice> read_incident_notice(Database& database, const std::string& event_id);
/// Deletes up to `rows` closed incidents that ended before `oldest` and of which nobody is owed anything. @return rows.
[[nodiscard]] core::Result<std::int64_t> prune_incidents(Database& database, core::UtcTime oldest, std::int64_t rows);

/// Names as a column holds them, one a line: receivers that have been told.
[[nodiscard]] std::string join_lines(const std::set<std::string>& names);
[[nodiscard]] std::set<std::string> split_lines(const std::string& text);

}  // namespace sightline::incidents
