// SPDX-License-Identifier: Apache-2.0
#include "incidents/report_source.hpp"

#include "incidents/store.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/unit/incidents/notices.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;
using core::AirState;
using core::AlarmState;
using core::Severity;

namespace {

/// An alarm of `stream` that holds from `from` to `to`, written as it rose and, where it is over, as it cleared.
void add_alarm(Batch& batch, const std::string& id, const std::string& stream, core::UtcTime from,
               std::optional<core::UtcTime> to, Severity severity) {
    auto alarm = transition(id, 1, AlarmState::Raised, severity);
    alarm.stream = stream;
    alarm.since.utc = from;
    batch.notices.push_back(routed(alarm, {}));
    if (!to) return;
    alarm.state = AlarmState::Cleared;
    alarm.sequence = 2;
    alarm.severity = Severity::Warning;  // it got milder before it ended: the worst counts
    alarm.until = core::AlarmTime{{}, *to};
    batch.notices.push_back(routed(alarm, {}));
}

}  // namespace

TEST_CASE("A report reads from the store what happened in its day, and what was so when it began") {
    const test::TemporaryFolder folder;
    const core::UtcTime day = kNoon - 12h;
    StoreOptions options;
    options.probe = "hall-3";
    auto store = Store::open(folder / "s.db", options);
    REQUIRE(store);
    Batch batch;
    add_alarm(batch, "hall-3-1", "news", day + 1h, day + 2h, Severity::Critical);
    add_alarm(batch, "hall-3-2", "news", day - 5h, day - 4h, Severity::Critical);  // the day before
    add_alarm(batch, "hall-3-3", "news", day - 1h, day + 30min, Severity::Major);
    add_alarm(batch, "hall-3-4", "news", day + 23h, std::nullopt, Severity::Critical);
    add_alarm(batch, "hall-3-5", "news", day + 25h, std::nullopt, Severity::Critical);  // the day after
    batch.watch = {
        {"news", day - 9h, AirState::OffAir, true, false}, {"news", day - 8h, AirState::OnAir, true, false},
        {"news", day + 10h, AirState::OnAir, true, true},  {"news", day + 12h, AirState::OnAir, false, false},
        {"news", day + 13h, AirState::OnAir, true, false}, {"gone", day, AirState::OnAir, true, false}};
    core::Incident incident;
    incident.id = "hall-3-i1";
    incident.opened_at = incident.since = day + 1h;
    incident.notified_at = day + 1h + 1s;
    incident.severity = Severity::Critical;
    incident.timeline = {{day + 1h, "desk", "opened", "x"}, {day + 1h + 61s, "J. Moreau", "acknowledged", "on it"}};
    incident.alarms = {{"hall-3-1", "news", "video.black", Severity::Critical, false, core::AlarmRole::Cause, ""}};
    IncidentChange change;
    change.incident = std::make_shared<const core::Incident>(incident);
    change.alarms = incident.alarms;
    change.entries = incident.timeline;
    batch.incidents = {change};
    batch.audit = {{kNoon, "J. Moreau", "incident.acknowledge", "hall-3-i1", ""}};
    REQUIRE((*store)->commit(batch, kNoon));

    ReportInput input;
    input.streams = {"news"};
    input.now = day + 36h;
    REQUIRE(choose_period(input, {ReportKind::Daily, "2026-11-21", "", ""}));
    auto reader = StoreReader::open(folder / "s.db");
    REQUIRE(reader);
    REQUIRE(read_report_input(**reader, input));
    CHECK(input.alarms.size() == 3);
    CHECK(input.watch.size() == 4);
    CHECK(input.head.number == 1);
    const Report report = compute_report(input);
    REQUIRE(report.streams.size() == 1);
    CHECK(report.streams[0].on_air == 24h);
    CHECK(report.streams[0].maintenance == 2h);
    CHECK(report.streams[0].unmonitored == 1h);
    CHECK(report.streams[0].bad == 30min + 1h + 1h);
    CHECK(report.incidents == 1);
    CHECK(report.mtta.mean() == 60s);
    CHECK(report.never_acted.empty());
}

TEST_CASE("A zone, date or shift that makes no sense is said in words") {
    ReportInput input;
    input.now = kNoon;
    CHECK(choose_period(input, {ReportKind::Daily, "", "Mars/Olympus", ""}).error().message.find("zone: ") == 0);
    CHECK(choose_period(input, {ReportKind::Daily, "soon", "", ""}).error().code == core::ErrorCode::InvalidConfig);
    CHECK(choose_period(input, {ReportKind::Shift, "", "", "6"}).error().code == core::ErrorCode::InvalidConfig);
    REQUIRE(choose_period(input, {ReportKind::Shift, "last", "Europe/London", ""}));
    CHECK(input.zone == "Europe/London");
    CHECK(input.period.label == "2026-11-20 22:00");
    input.shifts = {8 * 60, 20 * 60};  // as the configuration says
    REQUIRE(choose_period(input, {ReportKind::Shift, "current", "", ""}));
    CHECK(input.period.label == "2026-11-21 08:00");
    REQUIRE(choose_period(input, {ReportKind::Shift, "current", "", "11:00,23:00"}));  // as somebody asks
    CHECK(input.period.label == "2026-11-21 11:00");
}
