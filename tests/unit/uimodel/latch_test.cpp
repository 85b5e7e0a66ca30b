// SPDX-License-Identifier: Apache-2.0
// What a tile names, what stays when it is over, what nobody watched, clocks and timers.
#include "tests/catch.hpp"
#include "tests/unit/uimodel/wall_states.hpp"

using namespace sightline;
using namespace sightline::ui;
using namespace sightline::ui::test;
using namespace std::chrono_literals;
using core::Severity;

TEST_CASE("Of alarms as bad as each other a tile names the unacknowledged, its own, then the one that says more",
          "[tile_facts]") {
    const auto bar = [](std::vector<AlarmView> alarms) {
        const WallSnapshot snapshot = wall({stream("s", std::move(alarms))});
        return facts_of(stream_tile("s"), &snapshot.streams[0], snapshot, arrival(0s), utc(100)).bar;
    };
    const auto of = [](const std::string& condition, int since) {
        return alarm(condition, Severity::Critical, since, condition);
    };
    // Silence lasts longer before it is critical: it is the newer alarm, and black is still what to look at.
    CHECK(bar({of("audio.silence", 20), of("video.black", 10)}) == "Black + silence");
    CHECK(bar({of("audio.loudness", 30), of("audio.silence", 20), of("signal.lost", 10)}) == "Lost + silence");
    CHECK(bar({of("video.freeze", 9), of("rule.programme-lost", 8)}) == "Freeze + programme lost");
    CHECK(bar({of("x.later", 9), of("x.sooner", 8)}) == "X later + x sooner");
    auto mixed = std::vector{alarm("1", Severity::Major, 30), of("audio.silence", 10)};
    CHECK(bar(mixed) == "Silence");  // worse goes before all else
    mixed = {of("video.black", 10), of("audio.silence", 20)};
    mixed[0].acknowledged = true;
    CHECK(bar(mixed) == "Silence + black");
    mixed[0].acknowledged = false;
    mixed[0].follows = "NEWS HD";
    CHECK(bar(mixed) == "Silence");  // the consequence is not its own
    mixed[1].snoozed_until = utc(200);
    CHECK(bar(mixed) == "follows NEWS HD");
}

TEST_CASE("An alarm that comes beside an acknowledged one flashes again", "[tile_facts]") {
    StreamState state = stream("s", {alarm("1", Severity::Critical, 5)});
    state.alarms[0].acknowledged = true;
    state.alarms.push_back(alarm("2", Severity::Critical, 9, "audio.silence"));
    const WallSnapshot snapshot = wall({state});
    const TileFacts facts = facts_of(stream_tile("s"), &snapshot.streams[0], snapshot, arrival(0s), utc(100));
    CHECK(facts.flashes);
    CHECK(facts.since == utc(9));
}

TEST_CASE("A timer counts down to its event, turns at its very moment, and counts up", "[words]") {
    CHECK(timer_text(10s) == "\u221200:10");
    CHECK(timer_text(9'001ms) == "\u221200:10");
    CHECK(timer_text(1ms) == "\u221200:01");
    CHECK(timer_text(0s) == "+00:00");
    CHECK(timer_text(-999ms) == "+00:00");
    CHECK(timer_text(-1s) == "+00:01");
    CHECK(timer_text(1h) == "\u22121:00:00");
    CHECK(timer_text(26h + 3min + 4s) == "\u221226:03:04");
    CHECK(timer_text(-26h) == "+26:00:00");
    CHECK(timer_text(101h) == "\u22124 d 05 h");
}

TEST_CASE("Clock and timer tiles show their zone's time, or how long it is to the event", "[tile_facts]") {
    const core::UtcTime due = core::parse_rfc3339("2026-03-20T20:00:00Z").value();
    TileSpec timer;
    timer.kind = TileKind::Timer;
    timer.name = "ON AIR";
    timer.due = due;
    CHECK(clock_words(timer, due - 90s).time == "\u221201:30");
    CHECK(clock_words(timer, due - 90s).below == "ON AIR");
    CHECK(clock_words(timer, due + 2h).time == "+2:00:00");
    TileSpec clock;
    clock.kind = TileKind::Clock;
    clock.zone = ClockZone::load("America/New_York").value();
    CHECK(clock_words(clock, due).time == "16:00:00");  // summer time since 8 March
    CHECK(clock_words(clock, due).below == "New York UTC-4");
    clock.name = "NEW YORK";
    CHECK(clock_words(clock, due - 24h * 20).time == "15:00:00");
    CHECK(clock_words(clock, due).below == "NEW YORK");
}

TEST_CASE("What was critical or major stays on tile and list until acknowledged, over or not", "[snapshot]") {
    const auto state = live_state({news_report(link::StreamHealth::Good)});
    state->incidents_served = true;
    state->incidents = std::make_shared<std::vector<link::IncidentReport>>();
    auto over = std::make_shared<std::vector<link::IncidentReport>>();
    link::IncidentReport incident;
    incident.id = "hall-i1";
    incident.state = "resolved";
    incident.severity = Severity::Warning;  // of the last alarm that was open
    incident.since = utc(50);
    incident.alarms = {{"a0", "news", "audio.silence", "cause", "", Severity::Major, false},
                       {"a1", "news", "video.black", "member", "", Severity::Major, false}};
    over->push_back(incident);
    state->over = over;
    const auto facts = [&](std::optional<Severity> latch = Severity::Major) {
        WallSnapshot built = build_snapshot({state}, latch);
        built.zone = ClockZone::utc();
        built.probes[0].last_answer = arrival(0s);
        return std::pair(facts_of(stream_tile("news"), &built.streams[0], built, arrival(0s), utc(100)), built);
    };
    auto [tile, built] = facts();
    CHECK(tile.state == TileState::Good);
    CHECK(tile.border.width == kGoodBorder.width);  // the border is of now
    CHECK(tile.latched == Severity::Major);
    CHECK(tile.bar == "over: Black");
    CHECK(tile.bar_time == clock_text(utc(50), ClockZone::utc(), false));
    CHECK_FALSE(tile.flashes);
    REQUIRE(built.incidents.size() == 1);
    CHECK(built.incidents[0].over);
    CHECK(built.incidents[0].severity == Severity::Major);
    CHECK(count_severities(built, utc(100)) == SeverityCounts{});  // nothing is wrong now
    OnScreen glass;
    for (int ms = 0; ms <= 1'100; ms += 50) {
        glass.begin();
        glass.shown("hall-i1", Severity::Major, arrival(std::chrono::milliseconds{ms}));
    }
    CHECK(takeable(built, glass, {}, arrival(1'100ms)).size() == 1);

    CHECK_FALSE(facts(Severity::Critical).first.latched);
    CHECK(facts({}).second.incidents.empty());
    over->at(0).acknowledged_by = "J. Moreau";
    CHECK_FALSE(facts().first.latched);
    CHECK(facts().second.incidents.empty());
    over->at(0).acknowledged_by.clear();
    for (link::IncidentAlarm& alarm : over->at(0).alarms) alarm.role = "consequence";
    CHECK_FALSE(facts().first.latched);

    // Before the desk calls it resolved: the alarm is over already.
    incident.state = "open";
    state->incidents = std::make_shared<std::vector<link::IncidentReport>>(std::vector{incident});
    over->clear();
    CHECK(facts().first.bar == "over: Black");
    // Beside a fault of now the corners alone say it.
    core::AlarmTransition now = transition("a2", core::AlarmState::Raised, Severity::Minor, 60, 64);
    now.stream = "news";
    link::StreamReport news = news_report(link::StreamHealth::Good);
    news.alarms = {now};
    state->streams = live_state({news})->streams;
    CHECK(facts().first.latched == Severity::Major);
    CHECK(facts().first.bar == "Black");
    CHECK(facts().first.severity == Severity::Minor);
    news.alarms[0].severity = Severity::Major;  // as bad: it needs somebody anyhow
    state->streams = live_state({news})->streams;
    CHECK_FALSE(facts().first.latched);
}

TEST_CASE("What is over stands behind all that is wrong", "[order]") {
    IncidentView over;
    over.id = "1";
    over.severity = Severity::Critical;
    over.over = true;
    IncidentView warning;
    warning.id = "2";
    CHECK(before(warning, over));
    CHECK_FALSE(before(over, warning));
}

TEST_CASE("An incident says once what its title and its reason have in common", "[snapshot]") {
    const auto state = live_state();
    link::IncidentReport incident;
    incident.id = "hall-i1";
    incident.state = "open";
    incident.title = "NEWS HD: no packets for 2.0 s";
    incident.why = "no packets for 2.0 s";
    link::IncidentReport other = incident;
    other.id = "hall-i2";
    other.why = "4 of 5 streams failed within 8 s";
    state->incidents = std::make_shared<std::vector<link::IncidentReport>>(std::vector{incident, other});
    state->incidents_served = true;
    const WallSnapshot built = build_snapshot({state});
    REQUIRE(built.incidents.size() == 2);
    std::map<std::string, IncidentView> by_id;
    for (const IncidentView& view : built.incidents) by_id[view.id] = view;
    CHECK(by_id["hall-i1"].title == "NEWS HD");
    CHECK(by_id["hall-i1"].why == "no packets for 2.0 s");
    CHECK(by_id["hall-i2"].title == "NEWS HD: no packets for 2.0 s");
}

TEST_CASE("The strip says when nobody watched, and never counts that as on air and seen", "[history]") {
    using core::AirState;
    using link::WatchReport;
    const std::vector<WatchReport> log{{utc(100), AirState::OnAir, true, false},
                                       {utc(200), AirState::OnAir, false, false},
                                       {utc(230), AirState::Standby, false, false},
                                       {utc(250), AirState::Standby, true, false},
                                       {utc(300), AirState::OnAir, true, false}};
    const WatchStrip strip = watch_strip_of(log, utc(0), utc(400));
    REQUIRE(strip.unwatched.size() == 2);
    CHECK(strip.unwatched[0].from == utc(0));  // before the probe knew of it
    CHECK(strip.unwatched[0].to == utc(100));
    CHECK(strip.unwatched[1].from == utc(200));
    CHECK(strip.unwatched[1].to == utc(250));
    CHECK(strip.on_air == 230s);
    CHECK(strip.missed == 30s);
    const WatchStrip within = watch_strip_of(log, utc(150), utc(180));
    CHECK(within.unwatched.empty());
    CHECK(within.on_air == 30s);
    const WatchStrip none = watch_strip_of({}, utc(0), utc(400));
    REQUIRE(none.unwatched.size() == 1);
    CHECK(none.on_air == 0s);
}
