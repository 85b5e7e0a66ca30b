// SPDX-License-Identifier: Apache-2.0
#include "incidents/schema.hpp"

#include "incidents/audit_rows.hpp"
#include "incidents/incident_rows.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/unit/incidents/notices.hpp"

using namespace sightline;
using namespace sightline::incidents;
using core::AlarmState;

namespace {

Database open(const std::string& path) {
    auto database = Database::open(path);
    REQUIRE(database);
    return std::move(*database);
}

/// What sqlite_master says of every table and index, in one text.
std::string shape(Database& database) {
    std::string out;
    REQUIRE(database.each("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name", {},
                          [&](const SqlRow& row) { out += row.text(0) + ": " + row.text(1) + '\n'; }));
    return out;
}

void version_1_rows(Database& database) {
    const std::string raised = core::to_json(transition("p-1", 1, AlarmState::Raised, core::Severity::Critical));
    const std::string cleared = core::to_json(transition("p-2", 2, AlarmState::Cleared, core::Severity::Major));
    for (const auto& [id, open, json] : {std::tuple{"p-1", 1, raised}, std::tuple{"p-2", 0, cleared}}) {
        REQUIRE(
            database.run("INSERT INTO alarms (id, stream, open, sequence, updated_ns, told, last)"
                         " VALUES (?, 'news', ?, 1, 0, '', ?)",
                         {std::string_view(id), std::int64_t{open}, std::string_view(json)}));
    }
    REQUIRE(
        database.script("INSERT INTO audit (number, at_ns, actor, action, subject, detail) VALUES"
                        " (41, 10, 'api', 'air.set', 'news', 'standby'), (42, 20, 'api', 'air.set', 'news', 'x')"));
}

}  // namespace

namespace {

/// What a store of that version held besides: an entry of the chained log, an incident.
void later_rows(Database& database, std::int64_t version) {
    if (version >= 2) {
        auto head = audit_head(database);
        REQUIRE(head);
        REQUIRE(append_audit(database, {kNoon, "J. Moreau", "air.set", "news", "on_air"}, *head));
    }
    if (version < 4) return;
    core::Incident incident;
    incident.id = "p-i3";
    incident.title = "p-1: picture is black";
    incident.since = incident.opened_at = kNoon;
    incident.alarms = {{"p-1", "news", "video.black", core::Severity::Critical, true, core::AlarmRole::Cause, ""}};
    incident.timeline = {{kNoon, "desk", "opened", "picture is black"}};
    IncidentChange change;
    change.alarms = incident.alarms;
    change.entries = incident.timeline;
    change.memory = "{\"told\":true}";
    change.incident = std::make_shared<const core::Incident>(std::move(incident));
    REQUIRE(write_incident(database, change, kNoon));
}

}  // namespace

TEST_CASE("Every earlier version of the store comes to the same tables as a new one, with what it held") {
    const test::TemporaryFolder folder;
    Database fresh = open(folder / "new.db");
    REQUIRE(migrate(fresh));
    const auto newest = *fresh.integer("PRAGMA user_version");
    for (std::int64_t version = 1; version <= *newest; ++version) {
        INFO("from version " << version);
        Database old = open(folder / ("v" + std::to_string(version) + ".db"));
        REQUIRE(migrate(old, 1));
        version_1_rows(old);
        REQUIRE(migrate(old, static_cast<std::size_t>(version)));
        CHECK(*old.integer("PRAGMA user_version") == version);
        later_rows(old, version);
        REQUIRE(migrate(old));
        CHECK(*old.integer("PRAGMA user_version") == newest);
        CHECK(shape(old) == shape(fresh));
        const auto verdict = verify_audit(old);
        REQUIRE(verdict);
        CHECK(verdict->broken.empty());
        CHECK(verdict->entries == (version >= 2 ? 3 : 2));
        CHECK(verdict->head.number == (version >= 2 ? 43 : 42));
        CHECK(*old.integer("SELECT worst FROM alarms WHERE id = 'p-1'") == 4);
        CHECK(*old.integer("SELECT until_ns - since_ns FROM alarms WHERE id = 'p-2'") == 6'040'000'000);
        CHECK(*old.integer("SELECT count(*) FROM alarms WHERE until_ns IS NULL") == 1);
        if (version < 4) continue;
        const auto live = read_live_incidents(old);
        REQUIRE(live);
        REQUIRE(live->incidents.size() == 1);
        CHECK(live->incidents.front().memory == "{\"told\":true}");
        CHECK(live->alarms.size() == 1);
        CHECK(read_incident(old, "p-i3")->timeline.size() == 1);
    }
}

TEST_CASE("A store of a newer Sightline is refused") {
    const test::TemporaryFolder folder;
    Database database = open(folder / "s.db");
    REQUIRE(database.script("PRAGMA user_version = 999"));
    const auto done = migrate(database);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == core::ErrorCode::Unsupported);
}
