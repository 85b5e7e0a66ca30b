// SPDX-License-Identifier: Apache-2.0
#include "incidents/incident_rows.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/alarm.hpp"
#include "incidents/payload.hpp"

namespace sightline::incidents {
namespace {

using core::Error;
using core::Result;

SqlValue ns_or_null(const std::optional<core::UtcTime>& time) {
    return time ? SqlValue(core::to_ns(*time)) : SqlValue(nullptr);
}
template <class Enum>
std::int64_t code(Enum value) {
    return static_cast<std::int64_t>(value);
}

/// The record without what stands in rows of its own.
std::string header_json(core::Incident incident) {
    incident.alarms.clear();
    incident.more_alarms = 0;
    return core::to_json(incident, {.timeline = false, .most_alarms = 0});
}

Result<void> write_alarms(Database& database, const IncidentChange& change) {
    const std::string& id = change.incident->id;
    for (const std::string& alarm : change.left) {
        auto done = database.run("DELETE FROM incident_alarms WHERE alarm = ? AND incident = ?", {alarm, id});
        if (!done) return done;
    }
    for (const core::IncidentAlarm& alarm : change.alarms) {
        auto done = database.run(
            "INSERT INTO incident_alarms (alarm, incident, stream, condition, severity, open, role, follows)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (alarm) DO UPDATE SET incident = excluded.incident,"
            " severity = excluded.severity, open = excluded.open, role = excluded.role, follows = excluded.follows",
            {alarm.id, id, alarm.stream, alarm.condition, code(alarm.severity), std::int64_t{alarm.open ? 1 : 0},
             code(alarm.role), alarm.follows});
        if (!done) return done;
    }
    return {};
}

Result<std::vector<core::IncidentAlarm>> read_alarms(Database& database, const std::string& id, std::int64_t limit) {
    std::vector<core::IncidentAlarm> alarms;
    auto read = database.each(
        "SELECT alarm, stream, condition, severity, open, role, follows FROM incident_alarms WHERE incident = ?"
        " ORDER BY CASE role WHEN 0 THEN 0 WHEN 2 THEN 1 ELSE 2 END, open DESC, severity DESC, stream, condition, alarm"
        " LIMIT ?",
        {id, limit}, [&](const SqlRow& row) {
            alarms.push_back({row.text(0), row.text(1), row.text(2), static_cast<core::Severity>(row.integer(3)),
                              row.integer(4) == 1, static_cast<core::AlarmRole>(row.integer(5)), row.text(6)});
        });
    if (!read) return tl::unexpected<Error>(read.error());
    return alarms;
}

Result<core::Incident> parse_header(const Database& database, const std::string& json) {
    auto incident = core::incident_from_json(json);
    if (incident) return incident;
    return core::fail(core::ErrorCode::Corrupt, database.path() + ": " + incident.error().message);
}

}  // namespace

std::string join_lines(const std::set<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += name + '\n';
    return text;
}

std::set<std::string> split_lines(const std::string& text) {
    std::set<std::string> names;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (end > begin) names.insert(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return names;
}

Result<void> write_incident(Database& database, const IncidentChange& change, core::UtcTime now) {
    const core::Incident& incident = *change.incident;
    auto done = database.run(
        "INSERT INTO incidents (id, sequence, state, severity, opened_ns, ended_ns, updated_ns, merged, header, memory)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence,"
        " state = excluded.state, severity = excluded.severity, opened_ns = excluded.opened_ns,"
        " ended_ns = excluded.ended_ns, updated_ns = excluded.updated_ns, merged = excluded.merged,"
        " header = excluded.header, memory = excluded.memory WHERE excluded.sequence >= incidents.sequence",
        {incident.id, static_cast<std::int64_t>(incident.sequence), code(incident.state), code(incident.severity),
         core::to_ns(incident.opened_at), ns_or_null(incident.resolved_at ? incident.resolved_at : incident.closed_at),
         core::to_ns(now), std::int64_t{incident.merged_into.empty() ? 0 : 1}, header_json(incident), change.memory});
    if (!done) return done;
    if (done = write_alarms(database, change); !done) return done;
    const std::uint64_t written = change.entries_before;
    for (std::size_t n = 0; n < change.entries.size(); ++n) {
        const core::TimelineEntry& entry = change.entries[n];
        done = database.run(
            "INSERT INTO incident_entries (incident, number, at_ns, who, kind, text) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            {incident.id, static_cast<std::int64_t>(written + n), core::to_ns(entry.at), entry.who, entry.kind,
             entry.text});
        if (!done) return done;
    }
    return {};
}

Result<void> write_incident_notice(Database& database, const RoutedNotice& routed, core::UtcTime now) {
    if (routed.notifiers.empty()) return {};
    const Notice& notice = routed.notice;
    const std::string event = event_id(notice);
    std::set<std::string> told;
    auto done = database.each("SELECT told FROM incidents WHERE id = ?", {notice.incident->id},
                              [&](const SqlRow& row) { told = split_lines(row.text(0)); });
    if (!done) return done;
    told.insert(routed.notifiers.begin(), routed.notifiers.end());
    std::string lines;
    for (const std::string& name : told) lines += name + '\n';
    done = database.run("UPDATE incidents SET told = ? WHERE id = ?", {lines, notice.incident->id});
    if (!done) return done;
    done = database.run(
        "INSERT INTO incident_notices (event_id, incident, sequence, committed_ns, reason, escalation, incident_json,"
        " facts_json) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING",
        {event, notice.incident->id, static_cast<std::int64_t>(notice.incident->sequence), core::to_ns(now),
         std::string_view(name(notice.reason)), std::int64_t{notice.escalation}, core::to_json(*notice.incident),
         to_json(notice.facts)});
    for (const std::string& notifier : routed.notifiers) {
        if (!done) return done;
        done = database.run(
            "INSERT INTO incident_outbox (notice, notifier, state)"
            " VALUES ((SELECT number FROM incident_notices WHERE event_id = ?), ?, 0) ON CONFLICT DO NOTHING",
            {event, notifier});
    }
    return done;
}

Result<void> write_incident_finished(Database& database, const FinishedDelivery& finished, core::UtcTime now) {
    return database.run(
        "UPDATE incident_outbox SET state = ?, attempts = ?, finished_ns = ?, error = ?"
        " WHERE notice = (SELECT number FROM incident_notices WHERE event_id = ?) AND notifier = ?",
        {std::int64_t{finished.delivered ? 1 : 2}, std::int64_t{finished.attempts}, core::to_ns(now), finished.error,
         finished.event_id, finished.notifier});
}

Result<void> write_maintenance(Database& database, const std::vector<MaintenanceWindow>& windows) {
    auto done = database.run("DELETE FROM maintenance");
    for (const MaintenanceWindow& window : windows) {
        if (!done) return done;
        done = database.run("INSERT INTO maintenance (id, json) VALUES (?, ?)", {window.id, to_json(window)});
    }
    return done;
}

Result<IncidentRestore> read_live_incidents(Database& database) {
    IncidentRestore stored;
    std::vector<std::pair<std::string, std::string>> rows;
    auto read = database.each("SELECT header, memory FROM incidents WHERE state <> 3 ORDER BY opened_ns, rowid", {},
                              [&](const SqlRow& row) { rows.emplace_back(row.text(0), row.text(1)); });
    if (!read) return tl::unexpected<Error>(read.error());
    for (auto& [header, memory] : rows) {
        auto incident = parse_header(database, header);
        if (!incident) return tl::unexpected<Error>(incident.error());
        auto alarms = read_alarms(database, incident->id, -1);
        if (!alarms) return tl::unexpected<Error>(alarms.error());
        auto timeline = read_timeline(database, incident->id);
        if (!timeline) return tl::unexpected<Error>(timeline.error());
        incident->alarms = std::move(*alarms);
        incident->timeline = std::move(*timeline);
        stored.incidents.push_back({std::move(*incident), std::move(memory)});
    }
    read = database.each(
        "SELECT a.last FROM alarms a JOIN incident_alarms i ON i.alarm = a.id JOIN incidents n ON n.id = i.incident"
        " WHERE n.state <> 3 UNION ALL SELECT a.last FROM alarms a WHERE a.open = 1 AND NOT EXISTS"
        " (SELECT 1 FROM incident_alarms i WHERE i.alarm = a.id)",
        {}, [&](const SqlRow& row) {
            if (auto alarm = core::alarm_from_json(row.text(0))) stored.alarms.push_back(std::move(*alarm));
        });
    if (!read) return tl::unexpected<Error>(read.error());
    read = database.each("SELECT json FROM maintenance ORDER BY rowid", {}, [&](const SqlRow& row) {
        if (auto window = maintenance_from_json(row.text(0), {})) stored.maintenance.push_back(std::move(*window));
    });
    if (!read) return tl::unexpected<Error>(read.error());
    return stored;
}

Result<std::map<std::string, std::set<std::string>>> read_incident_told(Database& database) {
    std::map<std::string, std::set<std::string>> told;
    auto read = database.each("SELECT id, told FROM incidents WHERE state <> 3", {},
                              [&](const SqlRow& row) { told[row.text(0)] = split_lines(row.text(1)); });
    if (!read) return tl::unexpected<Error>(read.error());
    return told;
}

Result<std::vector<core::Incident>> read_incidents(Database& database, const IncidentQuery& query,
                                                   std::size_t most_alarms) {
    // Sets of states and severities become bit masks, so that one statement serves all questions.
    std::int64_t states = 0, severities = 0;
    for (const auto state : query.states) states |= 1LL << code(state);
    for (const auto severity : query.severities) severities |= 1LL << code(severity);
    std::int64_t before = INT64_MAX;
    if (!query.before.empty()) {
        const auto row = database.integer("SELECT rowid FROM incidents WHERE id = ?", {query.before});
        if (!row) return tl::unexpected<Error>(row.error());
        before = row->value_or(INT64_MAX);
    }
    std::vector<std::string> headers;
    auto read = database.each(
        "SELECT header FROM incidents n WHERE rowid < ?1 AND (?2 = 0 OR (1 << state) & ?2) AND (?3 = 0 OR (1 <<"
        " severity) & ?3) AND (?4 = '' OR EXISTS (SELECT 1 FROM incident_alarms a WHERE a.incident = n.id AND"
        " a.stream = ?4)) AND (?5 IS NULL OR ended_ns IS NULL OR ended_ns >= ?5) AND (?6 IS NULL OR opened_ns < ?6)"
        " AND (?7 = 1 OR merged = 0) ORDER BY rowid DESC LIMIT ?8",
        {before, states, severities, query.stream, ns_or_null(query.from), ns_or_null(query.to),
         std::int64_t{query.merged ? 1 : 0}, query.limit},
        [&](const SqlRow& row) { headers.push_back(row.text(0)); });
    if (!read) return tl::unexpected<Error>(read.error());
    std::vector<core::Incident> incidents;
    for (const std::string& header : headers) {
        auto incident = parse_header(database, header);
        if (!incident) return tl::unexpected<Error>(incident.error());
        auto alarms = read_alarms(database, incident->id, static_cast<std::int64_t>(most_alarms));
        if (!alarms) return tl::unexpected<Error>(alarms.error());
        incident->alarms = std::move(*alarms);
        if (incident->alarms.size() == most_alarms) {
            const auto count =
                database.integer("SELECT count(*) FROM incident_alarms WHERE incident = ?", {incident->id});
            if (!count) return tl::unexpected<Error>(count.error());
            incident->more_alarms = static_cast<std::size_t>(count->value_or(0)) - incident->alarms.size();
        }
        incidents.push_back(std::move(*incident));
    }
    return incidents;
}

Result<std::vector<core::TimelineEntry>> read_timeline(Database& database, const std::string& id) {
    std::vector<core::TimelineEntry> timeline;
    auto read =
        database.each("SELECT at_ns, who, kind, text FROM incident_entries WHERE incident = ? ORDER BY number", {id},
                      [&](const SqlRow& row) {
                          timeline.push_back({core::from_ns(row.integer(0)), row.text(1), row.text(2), row.text(3)});
                      });
    if (!read) return tl::unexpected<Error>(read.error());
    return timeline;
}

Result<core::Incident> read_incident(Database& database, const std::string& id) {
    std::optional<std::string> header;
    auto read = database.each("SELECT header FROM incidents WHERE id = ?", {id},
                              [&](const SqlRow& row) { header = row.text(0); });
    if (!read) return tl::unexpected<Error>(read.error());
    if (!header) return core::fail(core::ErrorCode::NotFound, "no incident is called \"" + id + '"');
    auto incident = parse_header(database, *header);
    if (!incident) return incident;
    auto alarms = read_alarms(database, id, -1);
    if (!alarms) return tl::unexpected<Error>(alarms.error());
    auto timeline = read_timeline(database, id);
    if (!timeline) return tl::unexpected<Error>(timeline.error());
    incident->alarms = std::move(*alarms);
    incident->timeline = std::move(*timeline);
    return incident;
}

Result<std::vector<PendingDelivery>> read_incident_pending(Database& database) {
    std::vector<PendingDelivery> pending;
    auto read = database.each(
        "SELECT t.event_id, t.incident, t.sequence, o.notifier, t.committed_ns FROM incident_outbox o"
        " JOIN incident_notices t ON t.number = o.notice WHERE o.state = 0 ORDER BY t.number",
        {}, [&](const SqlRow& row) {
            pending.push_back({row.text(0), row.text(1), static_cast<std::uint64_t>(row.integer(2)), row.text(3),
                               core::from_ns(row.integer(4))});
        });
    if (!read) return tl::unexpected<Error>(read.error());
    return pending;
}

Result<Notice> read_incident_notice(Database& database, const std::string& event_id) {
    std::optional<Notice> notice;
    std::string incident_json, facts_json;
    auto read =
        database.each("SELECT reason, escalation, incident_json, facts_json FROM incident_notices WHERE event_id = ?",
                      {event_id}, [&](const SqlRow& row) {
                          notice.emplace();
                          notice->reason = notice_reason_from(row.text(0)).value_or(NoticeReason::Opened);
                          notice->escalation = static_cast<int>(row.integer(1));
                          incident_json = row.text(2);
                          facts_json = row.text(3);
                      });
    if (!read) return tl::unexpected<Error>(read.error());
    if (!notice) return core::fail(core::ErrorCode::NotFound, "no transition " + event_id + " in the store");
    auto incident = parse_header(database, incident_json);
    if (!incident) return tl::unexpected<Error>(incident.error());
    auto facts = facts_from_json(facts_json);
    if (!facts) return tl::unexpected<Error>(facts.error());
    notice->incident = std::move(*incident);
    notice->facts = std::move(*facts);
    return std::move(*notice);
}

Result<std::int64_t> prune_incidents(Database& database, core::UtcTime oldest, std::int64_t rows) {
    auto done = database.run(
        "DELETE FROM incidents WHERE id IN (SELECT id FROM incidents n WHERE state = 3 AND updated_ns < ? AND NOT "
        "EXISTS"
        " (SELECT 1 FROM incident_notices t JOIN incident_outbox o ON o.notice = t.number WHERE t.incident = n.id AND"
        " o.state = 0) ORDER BY updated_ns LIMIT ?)",
        {core::to_ns(oldest), rows});
    if (!done) return tl::unexpected<Error>(done.error());
    return database.changes();
}

}  // namespace sightline::incidents
