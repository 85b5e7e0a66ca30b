// SPDX-License-Identifier: Apache-2.0
#include "incidents/schema.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "incidents/audit_rows.hpp"

namespace sightline::incidents {
namespace {

// Times are UTC in nanoseconds since 1970. `alarms.told`: names of notifiers, one a line. `outbox.state`: 0 owed,
// 1 delivered, 2 given up.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE alarms (
    id TEXT PRIMARY KEY,
    stream TEXT NOT NULL,
    open INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    updated_ns INTEGER NOT NULL,
    told TEXT NOT NULL,
    last TEXT NOT NULL);
CREATE INDEX alarms_age ON alarms (open, updated_ns);
CREATE TABLE transitions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    alarm TEXT NOT NULL REFERENCES alarms (id) ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    committed_ns INTEGER NOT NULL,
    alarm_json TEXT NOT NULL,
    facts_json TEXT NOT NULL);
CREATE INDEX transitions_alarm ON transitions (alarm, sequence);
CREATE INDEX transitions_age ON transitions (committed_ns);
CREATE TABLE outbox (
    transition INTEGER NOT NULL REFERENCES transitions (number) ON DELETE CASCADE,
    notifier TEXT NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    finished_ns INTEGER,
    error TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (transition, notifier)) WITHOUT ROWID;
CREATE INDEX outbox_owed ON outbox (transition) WHERE state = 0;
CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ns INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL);
CREATE TABLE ids (name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE air (stream TEXT PRIMARY KEY, state TEXT NOT NULL, since_ns INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
)sql";

// Version 2. The audit log is a chain (audit_chain.hpp). Of each alarm what reports ask for stands in columns:
// `worst` is the worst severity it had (0 info … 4 critical), `until_ns` null while it is open. `watch_log`: from
// `at_ns` until the stream's next row, it was on air (`air`: 0 on air, 1 standby, 2 off air), watched (bit 0 of
// `watched`) and in maintenance (bit 1).
constexpr const char* kVersion2 = R"sql(
ALTER TABLE audit ADD COLUMN chain TEXT NOT NULL DEFAULT '';
CREATE TABLE audit_head (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL, chain TEXT NOT NULL);
CREATE TABLE audit_checkpoints (
    number INTEGER PRIMARY KEY,
    chain TEXT NOT NULL,
    at_ns INTEGER NOT NULL,
    previous TEXT NOT NULL,
    seal TEXT NOT NULL);
ALTER TABLE alarms ADD COLUMN rule TEXT NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN since_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alarms ADD COLUMN until_ns INTEGER;
ALTER TABLE alarms ADD COLUMN worst INTEGER NOT NULL DEFAULT 0;
CREATE INDEX alarms_since ON alarms (since_ns);
CREATE TABLE watch_log (
    stream TEXT NOT NULL,
    at_ns INTEGER NOT NULL,
    air INTEGER NOT NULL,
    watched INTEGER NOT NULL,
    PRIMARY KEY (stream, at_ns)) WITHOUT ROWID;
CREATE TABLE marks (name TEXT PRIMARY KEY, at_ns INTEGER NOT NULL) WITHOUT ROWID;
)sql";

// Version 5: reports read a year of alarms from this index alone.
constexpr const char* kReportIndex = R"sql(
DROP INDEX alarms_since;
CREATE INDEX alarms_span ON alarms (since_ns, until_ns, worst, stream, rule, id);
)sql";

core::Result<void> fill_alarm_columns(Database& database) {
    std::vector<std::pair<std::string, std::int64_t>> rows;
    auto done = database.each("SELECT last, updated_ns FROM alarms", {},
                              [&](const SqlRow& row) { rows.emplace_back(row.text(0), row.integer(1)); });
    for (const auto& [json, updated] : rows) {
        if (!done) return done;
        const auto alarm = core::alarm_from_json(json);
        if (!alarm) continue;  // stays without: reports leave it out
        const AlarmColumns columns = alarm_columns(*alarm, core::UtcTime{core::Duration{updated}});
        done = database.run("UPDATE alarms SET rule = ?, since_ns = ?, until_ns = ?, worst = ? WHERE id = ?",
                            {alarm->rule, columns.since_ns, columns.until(), columns.worst, alarm->id});
    }
    return done;
}

core::Result<void> after_version_2(Database& database) {
    auto done = chain_old_audit(database);
    return done ? fill_alarm_columns(database) : done;
}

// What receivers called our alarms (incidents/ticket_book.hpp): ids of their tickets.
constexpr const char* kVersion3 = R"sql(
CREATE TABLE tickets (
    notifier TEXT NOT NULL,
    alarm TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    updated_ns INTEGER NOT NULL,
    PRIMARY KEY (notifier, alarm, name)) WITHOUT ROWID;
CREATE INDEX tickets_age ON tickets (updated_ns);
)sql";

// Version 4. `incidents.header`: the record as JSON without alarms and timeline; `memory`: the engine's own words;
// `state`, `severity`, `role`: as core's enumerators count; `ended_ns`: resolved, null while it lives. The outbox of
// incidents is like that of alarms.
constexpr const char* kVersion4 = R"sql(
CREATE TABLE incidents (
    id TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    state INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    opened_ns INTEGER NOT NULL,
    ended_ns INTEGER,
    updated_ns INTEGER NOT NULL,
    merged INTEGER NOT NULL,
    told TEXT NOT NULL DEFAULT '',
    header TEXT NOT NULL,
    memory TEXT NOT NULL);
CREATE INDEX incidents_state ON incidents (state, updated_ns);
CREATE INDEX incidents_opened ON incidents (opened_ns);
CREATE TABLE incident_alarms (
    alarm TEXT PRIMARY KEY,
    incident TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    stream TEXT NOT NULL,
    condition TEXT NOT NULL,
    severity INTEGER NOT NULL,
    open INTEGER NOT NULL,
    role INTEGER NOT NULL,
    follows TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX incident_alarms_of ON incident_alarms (incident, stream);
CREATE TABLE incident_entries (
    incident TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    who TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (incident, number)) WITHOUT ROWID;
CREATE TABLE incident_notices (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    incident TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    committed_ns INTEGER NOT NULL,
    reason TEXT NOT NULL,
    escalation INTEGER NOT NULL,
    incident_json TEXT NOT NULL,
    facts_json TEXT NOT NULL);
CREATE INDEX incident_notices_of ON incident_notices (incident);
CREATE TABLE incident_outbox (
    notice INTEGER NOT NULL REFERENCES incident_notices (number) ON DELETE CASCADE,
    notifier TEXT NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    finished_ns INTEGER,
    error TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (notice, notifier)) WITHOUT ROWID;
CREATE INDEX incident_outbox_owed ON incident_outbox (notice) WHERE state = 0;
CREATE TABLE maintenance (id TEXT PRIMARY KEY, json TEXT NOT NULL);
)sql";

/// One version's tables, and what SQL alone cannot do.
struct Step {
    const char* sql;
    core::Result<void> (*after)(Database&);
};
constexpr std::array kSteps = {Step{kVersion1, nullptr}, Step{kVersion2, after_version_2}, Step{kVersion3, nullptr},
                               Step{kVersion4, nullptr}, Step{kReportIndex, nullptr}};

core::Result<void> take_step(Database& database, std::size_t step) {
    auto done = database.script(std::string("BEGIN IMMEDIATE;") + kSteps[step].sql);
    if (done && kSteps[step].after != nullptr) done = kSteps[step].after(database);
    if (done) done = database.script("PRAGMA user_version = " + std::to_string(step + 1) + "; COMMIT;");
    return done;
}

}  // namespace

core::Result<void> migrate(Database& database, std::size_t newest) {
    const auto version = database.integer("PRAGMA user_version");
    if (!version) return tl::unexpected<core::Error>(version.error());
    const auto found = static_cast<std::size_t>(version->value_or(0));
    if (found > kSteps.size()) {
        return core::fail(core::ErrorCode::Unsupported, database.path() + ": schema version " + std::to_string(found) +
                                                            " was written by a newer Sightline; this one knows up to " +
                                                            std::to_string(kSteps.size()));
    }
    for (std::size_t step = found; step < std::min(kSteps.size(), newest); ++step) {
        if (auto done = take_step(database, step); !done) {
            (void)database.script("ROLLBACK");
            return done;
        }
    }
    return {};
}

AlarmColumns alarm_columns(const core::AlarmTransition& alarm, core::UtcTime now) {
    AlarmColumns columns;
    const auto at = alarm.at.utc.value_or(now);
    columns.since_ns = alarm.since.utc.value_or(at).time_since_epoch().count();
    if (alarm.state == core::AlarmState::Cleared) {
        const auto until = alarm.until && alarm.until->utc ? *alarm.until->utc : at;
        columns.until_ns = std::max(until.time_since_epoch().count(), columns.since_ns);
    }
    columns.worst = static_cast<std::int64_t>(alarm.severity);
    return columns;
}

}  // namespace sightline::incidents
