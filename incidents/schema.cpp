// SPDX-License-Identifier: Apache-2.0
#include "incidents/schema.hpp"

#include <array>
#include <string>

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

constexpr std::array kSteps = {kVersion1};

}  // namespace

core::Result<void> migrate(Database& database) {
    const auto version = database.integer("PRAGMA user_version");
    if (!version) return tl::unexpected<core::Error>(version.error());
    const auto found = static_cast<std::size_t>(version->value_or(0));
    if (found > kSteps.size()) {
        return core::fail(core::ErrorCode::Unsupported, database.path() + ": schema version " + std::to_string(found) +
                                                            " was written by a newer Sightline; this one knows up to " +
                                                            std::to_string(kSteps.size()));
    }
    for (std::size_t step = found; step < kSteps.size(); ++step) {
        const std::string script = std::string("BEGIN IMMEDIATE;") + kSteps[step] +
                                   "PRAGMA user_version = " + std::to_string(step + 1) + "; COMMIT;";
        if (auto done = database.script(script); !done) {
            (void)database.script("ROLLBACK");
            return done;
        }
    }
    return {};
}

}  // namespace sightline::incidents
