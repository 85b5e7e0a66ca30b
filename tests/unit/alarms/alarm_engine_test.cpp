// SPDX-License-Identifier: Apache-2.0
// What the scenarios (tests/scenario) cannot say: lanes that tick apart, calls out of order, hostile observations.
#include "alarms/alarm_engine.hpp"

#include <array>
#include <limits>

#include "alarms/default_rules.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/catalogue.hpp"

using namespace sightline;
using namespace std::chrono_literals;
using core::ClockDomain;
using core::Severity;
using core::Verdict;

namespace {

core::Instant at(core::Duration time) {
    core::Instant instant;
    instant.media = time;
    instant.arrival = core::ArrivalTime{1000s + time};
    return instant;
}

core::StateEdge edge(const std::string& condition, const std::string& track, Verdict verdict, core::Duration time) {
    core::StateEdge edge;
    edge.condition = condition;
    edge.subject.track = track;
    edge.verdict = verdict;
    edge.at = at(time);
    return edge;
}

core::Rule hold(const std::string& name, Severity severity, core::Duration patience) {
    core::Rule rule;
    rule.name = name;
    rule.triggers[severity] = core::HoldFor{patience};
    rule.clear = 2s;
    return rule;
}

/// An engine and what it has said so far.
struct Bench {
    explicit Bench(core::RuleSet rules, bool file = false)
        : engine(
              context(std::move(rules), file), [this] { return "a" + std::to_string(++ids); },
              [](core::ArrivalTime arrival) { return core::UtcTime{arrival.time_since_epoch()}; }) {}

    static alarms::StreamContext context(core::RuleSet rules, bool file) {
        alarms::StreamContext context;
        context.spec.id = "s";
        context.spec.rules = std::move(rules);
        context.catalogue = scenario::kCatalogue;
        context.file = file;
        return context;
    }
    void say(const core::Observation& observation) { engine.observe(observation, out); }
    void tick(ClockDomain domain, core::Duration time, const std::string& track = {}) {
        say(core::Tick{domain, at(time), track});
    }
    void tick_all(core::Duration time) {
        tick(ClockDomain::Transport, time);
        tick(ClockDomain::Media, time);
        tick(ClockDomain::Arrival, time);
    }

    int ids = 0;
    alarms::AlarmEngine engine;
    std::vector<core::AlarmTransition> out;
};

}  // namespace

TEST_CASE("A track's patience runs on its own track, a combined rule's on the slowest") {
    core::RuleSet rules{hold("video.black", Severity::Warning, 3s), hold("audio.silence", Severity::Warning, 3s),
                        hold("dead-air", Severity::Critical, 3s)};
    rules.back().all = {"video.black", "audio.silence"};
    Bench bench(rules);
    bench.tick(ClockDomain::Arrival, 0s);
    bench.say(edge("audio.silence", "audio:1", Verdict::Bad, 1s));
    bench.say(edge("video.black", "video:1", Verdict::Bad, 1s));
    bench.tick(ClockDomain::Media, 4500ms, "audio:1");
    bench.tick(ClockDomain::Media, 3900ms, "video:1");
    bench.tick(ClockDomain::Arrival, 5s);
    REQUIRE(bench.out.size() == 1);
    CHECK(bench.out[0].rule == "audio.silence");
    CHECK(bench.out[0].at == core::AlarmTime{4s, core::UtcTime{1004s}});
    bench.say(
        edge("video.black", "video:1", Verdict::Good, 3950ms));  // a frame short: no alarm, however late it is said
    bench.tick(ClockDomain::Media, 5s, "video:1");
    bench.tick(ClockDomain::Arrival, 6s);
    CHECK(bench.out.size() == 1);
}

TEST_CASE("Two services with a track of the same name tick apart") {
    Bench bench({hold("video.black", Severity::Warning, 3s)});
    auto black = edge("video.black", "video:1", Verdict::Bad, 1s);
    black.subject.service = 1;
    bench.say(black);
    black.subject.service = 2;
    bench.say(black);
    bench.tick(ClockDomain::Media, 0s, "1/video:1");
    bench.tick(ClockDomain::Media, 5s, "2/video:1");
    bench.tick(ClockDomain::Media, 3s, "1/video:1");
    REQUIRE(bench.out.size() == 1);
    CHECK(bench.out[0].subject.service == 2);
}

TEST_CASE("Nothing is due before a tick, and finish() judges what was said after the last") {
    core::Rule crc;
    crc.name = "ts.crc";
    crc.triggers[Severity::Warning] = core::ErroredSeconds{1, 10s};
    crc.clear = 10s;
    Bench bench({crc, hold("video.black", Severity::Warning, 3s)}, true);
    bench.say(edge("video.black", "video:1", Verdict::Bad, 0s));
    core::Occurrence occurrence;
    occurrence.condition = "ts.crc";
    occurrence.at = at(5s);
    bench.say(occurrence);
    CHECK(bench.out.empty());
    bench.tick(ClockDomain::Media, 2s);
    bench.tick(ClockDomain::Transport, 2s);
    CHECK(bench.out.empty());
    bench.engine.finish(bench.out);
    REQUIRE(bench.out.size() == 1);  // the picture was not seen for three seconds
    CHECK(bench.out[0].rule == "ts.crc");
}

TEST_CASE("A file without a transport clock runs its transport and arrival rules on media time") {
    Bench bench({hold("ts.scrambled", Severity::Major, 2s), hold("probe.overload", Severity::Warning, 2s)}, true);
    core::StateEdge scrambled = edge("ts.scrambled", "", Verdict::Bad, 1s);
    scrambled.at.arrival.reset();
    bench.say(scrambled);
    scrambled.condition = "probe.overload";
    bench.say(scrambled);
    bench.tick(ClockDomain::Media, 10s);
    REQUIRE(bench.out.size() == 2);
    CHECK(bench.out[0].at.media == core::MediaTime{3s});
    CHECK_FALSE(bench.out[0].at.utc);
}

TEST_CASE("An edge that is said late is dated as it says") {
    Bench bench({hold("signal.lost", Severity::Critical, 2s)});
    bench.tick_all(11s);
    bench.say(edge("signal.lost", "", Verdict::Bad, 10s));
    bench.tick_all(13s);
    REQUIRE(bench.out.size() == 1);
    CHECK(bench.out[0].since.utc == core::UtcTime{1010s});
    CHECK(bench.out[0].at.utc == core::UtcTime{1012s});
}

TEST_CASE("A condition that is bad for the whole of a short check counts at its rule's highest severity") {
    const auto rules = alarms::default_rules();
    SECTION("from the first frame to the last") {
        Bench bench(rules);
        bench.tick_all(0s);
        bench.say(edge("video.black", "video:1", Verdict::Bad, 40ms));
        bench.tick_all(2s);
        bench.engine.finish(bench.out);
        CHECK(bench.out.empty());
        CHECK(bench.engine.whole_run_severity() == Severity::Critical);
    }
    SECTION("not what was good for a moment") {
        Bench bench(rules);
        bench.say(edge("video.black", "video:1", Verdict::Good, 0s));
        bench.say(edge("video.black", "video:1", Verdict::Bad, 40ms));
        bench.tick_all(2s);
        CHECK_FALSE(bench.engine.whole_run_severity());
    }
    SECTION("not what began later, or is over") {
        Bench bench(rules);
        bench.tick_all(0s);
        bench.say(edge("video.black", "video:1", Verdict::Bad, 1500ms));
        bench.say(edge("audio.silence", "audio:1", Verdict::Bad, 0s));
        bench.say(edge("audio.silence", "audio:1", Verdict::Unknown, 1s));
        bench.tick_all(2s);
        CHECK_FALSE(bench.engine.whole_run_severity());
    }
    SECTION("what was already so when we came") {
        Bench bench(rules);
        bench.tick_all(0s);
        auto silent = edge("audio.silence", "audio:1", Verdict::Bad, 1500ms);
        silent.exact = false;
        bench.say(silent);
        bench.tick_all(2s);
        CHECK(bench.engine.whole_run_severity() == Severity::Critical);
    }
    SECTION("a level that was never within its limits, at the highest of those") {
        core::Rule low;
        low.name = "bitrate.low";
        low.triggers[Severity::Warning] = core::OutsideLimits{4e6, {}, 5s};
        low.triggers[Severity::Critical] = core::OutsideLimits{2e6, {}, 5s};
        Bench bench({low});
        bench.tick_all(0s);
        core::LevelSample sample;
        sample.measurement = "bitrate.mux";
        sample.at = at(1s);
        sample.window = 1s;
        sample.value = 3e6;
        bench.say(sample);
        bench.tick_all(1s);
        CHECK(bench.engine.whole_run_severity() == Severity::Warning);
    }
}

TEST_CASE("Alarms of rules that are gone by the restart are cleared with the reason") {
    core::AlarmTransition stored;
    stored.id = "p-7";
    stored.sequence = 3;
    stored.stream = "s";
    stored.condition = stored.rule = "video.freeze";
    stored.severity = Severity::Critical;
    Bench bench({hold("video.black", Severity::Warning, 3s)});
    bench.engine.restore({&stored, 1});
    bench.tick_all(1s);
    REQUIRE(bench.out.size() == 1);
    CHECK(bench.out[0].state == core::AlarmState::Cleared);
    CHECK(bench.out[0].sequence == 4);
    CHECK(bench.out[0].message == "rule removed");
    CHECK(bench.engine.open().empty());
}

TEST_CASE("Conditions are shown as they are, whatever the alarms make of them") {
    Bench bench(alarms::default_rules());
    bench.tick_all(0s);
    bench.say(edge("signal.lost", "", Verdict::Bad, 0s));
    bench.say(edge("video.freeze", "video:1", Verdict::Bad, 0s));
    bench.say(edge("ts.continuity", "", Verdict::Good, 0s));
    bench.tick_all(30s);
    REQUIRE(bench.out.size() == 1);
    std::map<std::string, Verdict> seen;
    for (const auto& view : bench.engine.conditions()) seen[view.condition] = view.verdict;
    CHECK(seen == std::map<std::string, Verdict>{{"signal.lost", Verdict::Bad},
                                                 {"video.freeze", Verdict::Bad},
                                                 {"ts.continuity", Verdict::Unknown}});
    bench.engine.forget(at(30s));
    for (const auto& view : bench.engine.conditions()) CHECK(view.verdict == Verdict::Unknown);
    CHECK(bench.engine.open().size() == 1);
}

TEST_CASE("On air by hand holds against the calendar and is seen at once") {
    Bench bench({hold("video.black", Severity::Warning, 3s)});
    CHECK(bench.engine.air() == core::AirState::OnAir);
    bench.engine.set_air(core::AirState::Standby, core::UtcTime{1000s}, bench.out);
    CHECK(bench.engine.air() == core::AirState::Standby);
    bench.engine.set_air({}, core::UtcTime{1001s}, bench.out);
    CHECK(bench.engine.air() == core::AirState::OnAir);
}

TEST_CASE("Calendars run on civil time alone where no arrival clock ticks") {
    auto context = Bench::context({hold("video.black", Severity::Warning, 3s)}, false);
    context.spec.air.zone = "Europe/London";
    context.spec.air.on_air = {{6 * 60, 20 * 60}};  // Monday
    std::vector<core::AlarmTransition> out;
    alarms::AlarmEngine engine(
        std::move(context), [] { return std::string("a"); },
        [](core::ArrivalTime arrival) { return core::UtcTime{arrival.time_since_epoch()}; });
    const auto utc = [](const char* text) { return core::parse_rfc3339(text).value(); };
    engine.civil_time(utc("2026-07-06T04:59:59Z"), out);
    CHECK(engine.air() == core::AirState::Standby);
    engine.civil_time(utc("2026-07-06T05:00:00Z"), out);
    CHECK(engine.air() == core::AirState::OnAir);
    engine.civil_time(utc("2026-07-06T19:30:00Z"), out);
    CHECK(engine.air() == core::AirState::Standby);
}

TEST_CASE("A worker's nonsense is survived") {
    Bench bench(alarms::default_rules());
    core::Instant far;
    far.media = core::MediaTime{std::numeric_limits<std::int64_t>::max()};
    far.arrival = core::ArrivalTime{core::Duration{std::numeric_limits<std::int64_t>::min()}};
    for (const Verdict verdict : {Verdict::Bad, Verdict::Good, Verdict::Unknown, Verdict::Bad}) {
        for (const char* condition : {"video.black", "signal.lost", "ts.continuity", "no.such", "bitrate.low", ""}) {
            core::StateEdge strange;
            strange.condition = condition;
            strange.verdict = verdict;
            strange.at = far;
            strange.detail = std::string(100'000, '\xff');
            bench.say(strange);
            core::Occurrence occurrence;
            occurrence.condition = condition;
            occurrence.at = far;
            occurrence.count = std::numeric_limits<std::uint64_t>::max();
            bench.say(occurrence);
        }
    }
    core::LevelSample sample;
    sample.measurement = "bitrate.mux";
    sample.at = far;
    sample.window = core::Duration::max();
    sample.value = std::numeric_limits<double>::quiet_NaN();
    bench.say(sample);
    sample.value = -std::numeric_limits<double>::infinity();
    bench.say(sample);
    sample.value = 0;
    bench.say(sample);
    for (const auto domain : {ClockDomain::Media, ClockDomain::Transport, ClockDomain::Arrival}) {
        bench.say(core::Tick{domain, far, ""});
        bench.say(core::Tick{domain, {}, "nobody"});
    }
    for (int i = 0; i < 6'000; ++i) {
        bench.say(edge("video.black", "video:" + std::to_string(i), Verdict::Bad, std::chrono::milliseconds{i}));
        if (i % 2000 == 0) bench.tick_all(std::chrono::milliseconds{i});
    }
    const std::size_t kept = bench.engine.conditions().size();  // of 4096 entries, those that were ever judged
    CHECK(kept <= 4096);
    CHECK(kept > 3900);
    bench.engine.finish(bench.out);
}

TEST_CASE("What was said and never ticked is bounded") {
    Bench bench({hold("video.black", Severity::Warning, 3s)});
    for (int i = 0; i < 70'000; ++i) {
        bench.say(
            edge("video.black", "video:1", i % 2 == 0 ? Verdict::Bad : Verdict::Good, std::chrono::milliseconds{i}));
    }
    CHECK_FALSE(bench.engine.conditions().empty());  // judged before its time
}
