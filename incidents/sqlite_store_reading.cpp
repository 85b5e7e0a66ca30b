// SPDX-License-Identifier: Apache-2.0
// SqliteStore: what it tells.
#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "incidents/incident_rows.hpp"
#include "incidents/payload.hpp"
#include "incidents/sqlite_store.hpp"

namespace sightline::incidents {
namespace {

using core::Error;
using core::Result;

std::optional<core::AirState> air_from(const std::string& word) {
    for (const auto state : {core::AirState::OnAir, core::AirState::Standby, core::AirState::OffAir}) {
        if (word == core::name(state)) return state;
    }
    return std::nullopt;
}

}  // namespace

Result<IncidentRestore> SqliteStore::live_incidents() {
    return read_live_incidents(database_);
}
Result<std::map<std::string, std::set<std::string>>> SqliteStore::incidents_told() {
    return read_incident_told(database_);
}
Result<std::vector<core::Incident>> SqliteStore::incidents(const IncidentQuery& query) {
    return read_incidents(database_, query);
}
Result<core::Incident> SqliteStore::incident(const std::string& id) {
    return read_incident(database_, id);
}

Result<std::vector<core::AlarmTransition>> SqliteStore::alarms(const char* sql,
                                                               std::initializer_list<SqlValue> values) {
    std::vector<core::AlarmTransition> alarms;
    std::optional<Error> unreadable;
    auto read = database_.each(sql, values, [&](const SqlRow& row) {
        auto alarm = core::alarm_from_json(row.text(0));
        if (alarm) {
            alarms.push_back(std::move(*alarm));
        } else if (!unreadable) {
            unreadable = Error{core::ErrorCode::Corrupt, database_.path() + ": " + alarm.error().message};
        }
    });
    if (!read) return tl::unexpected<Error>(read.error());
    if (unreadable) return tl::unexpected<Error>(*unreadable);
    return alarms;
}

Result<std::vector<core::AlarmTransition>> SqliteStore::open_alarms() {
    return alarms("SELECT last FROM alarms WHERE open = 1 ORDER BY updated_ns, rowid", {});
}

Result<std::set<std::string>> SqliteStore::told_of(const std::string& alarm) {
    std::set<std::string> told;
    auto read = database_.each("SELECT told FROM alarms WHERE id = ?", {alarm},
                               [&](const SqlRow& row) { told = split_lines(row.text(0)); });
    if (!read) return tl::unexpected<Error>(read.error());
    return told;
}

Result<std::map<std::string, std::set<std::string>>> SqliteStore::told() {
    std::map<std::string, std::set<std::string>> told;
    auto read = database_.each("SELECT id, told FROM alarms WHERE open = 1", {},
                               [&](const SqlRow& row) { told[row.text(0)] = split_lines(row.text(1)); });
    if (!read) return tl::unexpected<Error>(read.error());
    return told;
}

Result<std::vector<core::AlarmTransition>> SqliteStore::history(std::int64_t limit, const std::string& alarm_id) {
    if (alarm_id.empty()) {
        return alarms("SELECT alarm_json FROM transitions ORDER BY number DESC LIMIT ?", {limit});
    }
    return alarms("SELECT alarm_json FROM transitions WHERE alarm = ? ORDER BY number DESC LIMIT ?", {alarm_id, limit});
}

Result<std::vector<PendingDelivery>> SqliteStore::pending() {
    std::vector<PendingDelivery> pending;
    auto read = database_.each(
        "SELECT t.event_id, t.alarm, t.sequence, o.notifier, t.committed_ns FROM outbox o"
        " JOIN transitions t ON t.number = o.transition WHERE o.state = 0 ORDER BY t.number",
        {}, [&](const SqlRow& row) {
            pending.push_back({row.text(0), row.text(1), static_cast<std::uint64_t>(row.integer(2)), row.text(3),
                               core::from_ns(row.integer(4))});
        });
    if (!read) return tl::unexpected<Error>(read.error());
    auto incidents = read_incident_pending(database_);
    if (!incidents) return incidents;
    pending.insert(pending.end(), incidents->begin(), incidents->end());
    return pending;
}

Result<Notice> SqliteStore::notice(const std::string& event_id) {
    std::optional<std::pair<std::string, std::string>> found;
    auto read = database_.each("SELECT alarm_json, facts_json FROM transitions WHERE event_id = ?", {event_id},
                               [&](const SqlRow& row) { found.emplace(row.text(0), row.text(1)); });
    if (!read) return tl::unexpected<Error>(read.error());
    if (!found) return read_incident_notice(database_, event_id);
    auto alarm = core::alarm_from_json(found->first);
    if (!alarm) return tl::unexpected<Error>(alarm.error());
    auto facts = facts_from_json(found->second);
    if (!facts) return tl::unexpected<Error>(facts.error());
    return Notice{std::move(*alarm), std::move(*facts)};
}

Result<std::vector<AuditEntry>> SqliteStore::audit(std::int64_t limit) {
    std::vector<AuditEntry> entries;
    auto read = database_.each(
        "SELECT at_ns, actor, action, subject, detail FROM audit ORDER BY number DESC LIMIT ?", {limit},
        [&](const SqlRow& row) {
            entries.push_back({core::from_ns(row.integer(0)), row.text(1), row.text(2), row.text(3), row.text(4)});
        });
    if (!read) return tl::unexpected<Error>(read.error());
    return entries;
}

Result<std::map<std::string, core::AirState>> SqliteStore::forced_air() {
    std::map<std::string, core::AirState> air;
    auto read = database_.each("SELECT stream, state FROM air", {}, [&](const SqlRow& row) {
        if (const auto state = air_from(row.text(1))) air[row.text(0)] = *state;
    });
    if (!read) return tl::unexpected<Error>(read.error());
    return air;
}

Result<std::optional<core::UtcTime>> SqliteStore::last_alive() {
    const auto found = database_.integer("SELECT at_ns FROM marks WHERE name = 'alive'");
    if (!found) return tl::unexpected<Error>(found.error());
    return *found ? std::optional(core::from_ns(**found)) : std::nullopt;
}

Result<std::vector<WatchChange>> SqliteStore::watched_streams() {
    std::vector<WatchChange> newest;
    auto read = database_.each(
        "SELECT stream, max(at_ns), air, watched FROM watch_log GROUP BY stream", {}, [&](const SqlRow& row) {
            newest.push_back({row.text(0), core::from_ns(row.integer(1)), static_cast<core::AirState>(row.integer(2)),
                              (row.integer(3) & 1) != 0, (row.integer(3) & 2) != 0});
        });
    if (!read) return tl::unexpected<Error>(read.error());
    return newest;
}

const AuditHead& SqliteStore::audit_chain_head() const {
    return head_;
}

Result<std::map<std::string, std::int64_t>> SqliteStore::counters() {
    std::map<std::string, std::int64_t> counters;
    auto read = database_.each("SELECT name, value FROM counters", {},
                               [&](const SqlRow& row) { counters[row.text(0)] = row.integer(1); });
    if (!read) return tl::unexpected<Error>(read.error());
    return counters;
}

Result<std::map<std::string, std::string>> SqliteStore::tickets(const std::string& notifier, const std::string& alarm) {
    std::map<std::string, std::string> tickets;
    auto read = database_.each("SELECT name, value FROM tickets WHERE notifier = ? AND alarm = ?", {notifier, alarm},
                               [&](const SqlRow& row) { tickets[row.text(0)] = row.text(1); });
    if (!read) return tl::unexpected<Error>(read.error());
    return tickets;
}

}  // namespace sightline::incidents
