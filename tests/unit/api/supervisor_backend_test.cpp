// SPDX-License-Identifier: Apache-2.0
#include "api/supervisor_backend.hpp"

#include "core/clock.hpp"
#include "incidents/store.hpp"
#include "tests/catch.hpp"
#include "tests/unit/api/running_probe.hpp"

using namespace sightline;
using tests::RunningProbe;

TEST_CASE("What is asked is done on the probe's loop and answered on the asker's thread") {
    RunningProbe probe;
    REQUIRE(probe.error.empty());
    api::SupervisorBackend backend(*probe.supervisor);
    const auto unknown = backend.set_air("none", core::AirState::Standby, "test");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code == core::ErrorCode::NotFound);
    CHECK(backend.focus("none", true).error().code == core::ErrorCode::NotFound);
    CHECK(backend.history(10)->empty());
    CHECK(backend.state()->probe == "hall-3");
    backend.note("somebody", "did", "something", "srt://h:1?passphrase=secret123");
    const auto audit = backend.audit(10);
    REQUIRE(audit);
    // The entry may still be on its way to the store; asking again goes through the loop after it.
    const auto again = backend.audit(10);
    REQUIRE(again);
    for (const auto& entry : *again) CHECK(entry.detail.find("secret123") == std::string::npos);
    backend.close();
}

TEST_CASE("After close() nobody waits, and nothing more is done") {
    RunningProbe probe;
    REQUIRE(probe.error.empty());
    api::SupervisorBackend backend(*probe.supervisor);
    backend.close();
    const auto refused = backend.history(10);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == core::ErrorCode::Timeout);
    CHECK(refused.error().message == "the probe is stopping");
    backend.note("somebody", "did", "something", "");  // is not there any more: no crash
}

TEST_CASE("A loop that does not answer within 2 s is said to be busy") {
    RunningProbe probe;
    REQUIRE(probe.error.empty());
    api::SupervisorBackend backend(*probe.supervisor);
    std::promise<void> release;
    probe.loop.post([&] { release.get_future().wait(); });
    const auto late = backend.history(10);
    release.set_value();
    REQUIRE_FALSE(late);
    CHECK(late.error().message == "the probe is busy; it may still do what was asked");
    CHECK(backend.history(10));
    backend.close();
}

TEST_CASE("Listeners hear of streams, and a plan of maintenance reaches the audit log with who made it") {
    config::Config config;
    core::StreamSpec stream;
    stream.id = "news";
    stream.input.url = "udp://127.0.0.1:9";
    config.streams = {stream};
    config.timezone = "UTC";
    config.reports = {"Asia/Tokyo", {9 * 60}};
    RunningProbe probe(config);
    REQUIRE(probe.error.empty());
    api::SupervisorBackend backend(*probe.supervisor);
    const auto events = backend.events().after(0);
    REQUIRE(events);
    REQUIRE_FALSE(events->empty());
    CHECK(events->front().type == "stream");
    CHECK(events->front().json.find(R"({"type":"stream","id":"news","state":")") == 0);

    incidents::MaintenanceWindow window;
    window.name = "news";
    window.from = backend.now();
    window.to = window.from + std::chrono::hours{1};
    window.reason = "new encoder";
    window.who = "J. Moreau";
    const auto added = backend.add_maintenance(window, "token noc");
    REQUIRE(added);
    CHECK(backend.maintenance()->size() == 1);
    const auto heard = [&](const std::string& json) {
        for (;;) {  // comes with the next look at the whole, several a second
            const auto told = backend.events().after(0);
            if (!told) return false;
            for (const auto& event : *told) {
                if (event.type == "maintenance" && event.json.find(json) != std::string::npos) return true;
            }
            if (!backend.history(1)) return false;
        }
    };
    CHECK(heard(R"("reason":"new encoder")"));
    CHECK(backend.remove_maintenance("hall-3-m99", "x").error().code == core::ErrorCode::NotFound);
    REQUIRE(backend.remove_maintenance(added->id, "A. Lee (token noc)"));
    CHECK(backend.maintenance()->empty());
    CHECK(heard(R"("maintenance":[]})"));
    const auto log = backend.audit(10);
    REQUIRE(log);
    REQUIRE(log->size() >= 2);
    CHECK((*log)[0].actor == "A. Lee (token noc)");
    CHECK((*log)[1].actor == "J. Moreau (token noc)");
    CHECK(backend.report({incidents::ReportKind::Daily, "current", "", ""})->streams.size() == 1);
    const auto shift = backend.report({incidents::ReportKind::Shift, "2026-11-21T12:00", "", ""});
    REQUIRE(shift);
    CHECK(shift->zone == "Asia/Tokyo");
    CHECK(core::to_rfc3339(shift->period.from) == "2026-11-21T00:00:00.000Z");  // 09:00 in Tokyo
    CHECK(shift->period.to - shift->period.from == std::chrono::hours{24});
    const auto other = backend.report({incidents::ReportKind::Shift, "2026-11-21T12:00", "UTC", "06:00,18:00"});
    REQUIRE(other);
    CHECK(core::to_rfc3339(other->period.to) == "2026-11-21T18:00:00.000Z");
    CHECK(backend.act({incidents::IncidentCommand::Kind::Note, "hall-3-i9", "x", "y", {}, ""}).error().code ==
          core::ErrorCode::NotFound);
    CHECK(backend.pagerduty("{}", "").first == 401);
    backend.close();
}

TEST_CASE("A probe that did not run for a while says so when it runs again; a short stop is no news") {
    for (const auto& [away, said] :
         {std::pair{std::chrono::minutes{2}, false}, std::pair{std::chrono::minutes{40}, true}}) {
        RunningProbe probe({}, [away = away](const std::string& store) {
            incidents::StoreOptions options;
            options.probe = "hall-3";
            auto opened = incidents::Store::open(store, options);
            REQUIRE(opened);
            incidents::Batch batch;
            batch.alive = core::SystemClock().utc() - away;
            REQUIRE((*opened)->commit(batch, *batch.alive));
        });
        REQUIRE(probe.error.empty());
        api::SupervisorBackend backend(*probe.supervisor);
        auto found = backend.incidents({});
        // It is committed in one of the loop's next turns; each question is one.
        for (int turns = 0; turns < 200 && found && found->empty(); ++turns) found = backend.incidents({});
        REQUIRE(found);
        REQUIRE(found->size() == (said ? 1U : 0U));
        if (said) {
            const core::Incident& incident = found->front();
            CHECK(incident.cause.kind == core::CauseKind::Probe);
            CHECK(incident.title.find("the probe did not run for ") != std::string::npos);
            CHECK(incident.severity == core::Severity::Major);
            CHECK(incident.opened_at - incident.since >= away);
            REQUIRE(incident.alarms.size() == 1);
            CHECK_FALSE(incident.alarms.front().open);
        }
        backend.close();
    }
}
