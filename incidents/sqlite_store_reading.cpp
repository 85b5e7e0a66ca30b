// SPDX-License-Identifier: Apache-2.0
// Store: what it tells.
#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "incidents/payload.hpp"
#include "incidents/store_impl.hpp"

namespace sightline::incidents {
namespace {

using core::Error;
using core::Result;

core::UtcTime from_ns(std::int64_t ns) {
    return core::UtcTime{core::Duration{ns}};
}
std::optional<core::AirState> air_from(const std::string& word) {
    for (const auto state : {core::AirState::OnAir, core::AirState::Standby, core::AirState::OffAir}) {
        if (word == core::name(state)) return state;
    }
    return std::nullopt;
}

}  // namespace

Result<IncidentRestore> Store::live_incidents() {
    return read_live_incidents(impl_->database);
}
Result<std::map<std::string, std::set<std::string>>> Store::incidents_told() {
    return read_incident_told(impl_->database);
}
Result<std::vector<core::Incident>> Store::incidents(const IncidentQuery& query) {
    return read_incidents(impl_->database, query);
}
Result<core::Incident> Store::incident(const std::string& id) {
    return read_incident(impl_->database, id);
}

Result<std::vector<core::AlarmTransition>> Store::Impl::alarms(const char* sql,
                                                               std::initializer_list<SqlValue> values) {
    std::vector<core::AlarmTransition> alarms;
    std::optional<Error> unreadable;
    auto read = database.each(sql, values, [&](const SqlRow& row) {
        auto alarm = core::alarm_from_json(row.text(0));
        if (alarm) {
            alarms.push_back(std::move(*alarm));
        } else if (!unreadable) {
            unreadable = Error{core::ErrorCode::Corrupt, database.path() + ": " + alarm.error().message};
        }
    });
    if (!read) return tl::unexpected<Error>(read.error());
    if (unreadable) return tl::unexpected<Error>(*unreadable);
    return alarms;
}

Result<std::vector<core::AlarmTransition>> Store::open_alarms() {
    return impl_->alarms("SELECT last FROM alarms WHERE open = 1 ORDER BY updated_ns, rowid", {});
}

Result<std::set<std::string>> Store::Impl::told_of(const std::string& alarm) {
    std::set<std::string> told;
    auto read = database.each("SELECT told FROM alarms WHERE id = ?", {alarm},
                              [&](const SqlRow& row) { told = split_lines(row.text(0)); });
    if (!read) return tl::unexpected<Error>(read.error());
    return told;
}

Result<std::map<std::string, std::set<std::string>>> Store::told() {
    std::map<std::string, std::set<std::string>> told;
    auto read = impl_->database.each("SELECT id, told FROM alarms WHERE open = 1", {},
                                     [&](const SqlRow& row) { told[row.text(0)] = split_lines(row.text(1)); });
    if (!read) return tl::unexpected<Error>(read.error());
    return told;
}

Result<std::vector<core::AlarmTransition>> Store::history(std::int64_t limit, const std::string& alarm_id) {
    if (alarm_id.empty()) {
        return impl_->alarms("SELECT alarm_json FROM transitions ORDER BY number DESC LIMIT ?", {limit});
    }
    return impl_->alarms("SELECT alarm_json FROM transitions WHERE alarm = ? ORDER BY number DESC LIMIT ?",
                         {alarm_id, limit});
}

Result<std::vector<PendingDelivery>> Store::pending() {
    std::vector<PendingDelivery> pending;
    auto read = impl_->database.each(
        "SELECT t.event_id, t.alarm, t.sequence, o.notifier, t.committed_ns FROM outbox o"
        " JOIN transitions t ON t.number = o.transition WHERE o.state = 0 ORDER BY t.number",
        {}, [&](const SqlRow& row) {
            pending.push_back({row.text(0), row.text(1), static_cast<std::uint64_t>(row.integer(2)), row.text(3),
                               from_ns(row.integer(4))});
        });
    if (!read) return tl::unexpected<Error>(read.error());
    auto incidents = read_incident_pending(impl_->database);
    if (!incidents) return incidents;
    pending.insert(pending.end(), incidents->begin(), incidents->end());
    return pending;
}

Result<Notice> Store::notice(const std::string& event_id) {
    std::optional<std::pair<std::string, std::string>> found;
    auto read = impl_->database.each("SELECT alarm_json, facts_json FROM transitions WHERE event_id = ?", {event_id},
                                     [&](const SqlRow& row) { found.emplace(row.text(0), row.text(1)); });
    if (!read) return tl::unexpected<Error>(read.error());
    if (!found) return read_incident_notice(impl_->database, event_id);
    auto alarm = core::alarm_from_json(found->first);
    if (!alarm) return tl::unexpected<Error>(alarm.error());
    auto facts = facts_from_json(found->second);
    if (!facts) return tl::unexpected<Error>(facts.error());
    return Notice{std::move(*alarm), std::move(*facts)};
}

Result<std::vector<AuditEntry>> Store::audit(std::int64_t limit) {
    std::vector<AuditEntry> entries;
    auto read = impl_->database.each(
        "SELECT at_ns, actor, action, subject, detail FROM audit ORDER BY number DESC LIMIT ?", {limit},
        [&](const SqlRow& row) {
            entries.push_back({from_ns(row.integer(0)), row.text(1), row.text(2), row.text(3), row.text(4)});
        });
    if (!read) return tl::unexpected<Error>(read.error());
    return entries;
}

Result<std::map<std::string, core::AirState>> Store::forced_air() {
    std::map<std::string, core::AirState> air;
    auto read = impl_->database.each("SELECT stream, state FROM air", {}, [&](const SqlRow& row) {
        if (const auto state = air_from(row.text(1))) air[row.text(0)] = *state;
    });
    if (!read) return tl::unexpected<Error>(read.error());
    return air;
}

Result<std::optional<core::UtcTime>> Store::last_alive() {
    const auto found = impl_->database.integer("SELECT at_ns FROM marks WHERE name = 'alive'");
    if (!found) return tl::unexpected<Error>(found.error());
    return *found ? std::optional(from_ns(**found)) : std::nullopt;
}

Result<std::vector<WatchChange>> Store::watched_streams() {
    std::vector<WatchChange> newest;
    auto read = impl_->database.each(
        "SELECT stream, max(at_ns), air, watched FROM watch_log GROUP BY stream", {}, [&](const SqlRow& row) {
            newest.push_back({row.text(0), from_ns(row.integer(1)), static_cast<core::AirState>(row.integer(2)),
                              (row.integer(3) & 1) != 0, (row.integer(3) & 2) != 0});
        });
    if (!read) return tl::unexpected<Error>(read.error());
    return newest;
}

const AuditHead& Store::audit_chain_head() const {
    return impl_->head;
}

Result<std::map<std::string, std::int64_t>> Store::counters() {
    std::map<std::string, std::int64_t> counters;
    auto read = impl_->database.each("SELECT name, value FROM counters", {},
                                     [&](const SqlRow& row) { counters[row.text(0)] = row.integer(1); });
    if (!read) return tl::unexpected<Error>(read.error());
    return counters;
}

Result<std::map<std::string, std::string>> Store::tickets(const std::string& notifier, const std::string& alarm) {
    std::map<std::string, std::string> tickets;
    auto read = impl_->database.each("SELECT name, value FROM tickets WHERE notifier = ? AND alarm = ?",
                                     {notifier, alarm}, [&](const SqlRow& row) { tickets[row.text(0)] = row.text(1); });
    if (!read) return tl::unexpected<Error>(read.error());
    return tickets;
}

}  // namespace sightline::incidents
