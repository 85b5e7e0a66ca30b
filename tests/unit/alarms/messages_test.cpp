// SPDX-License-Identifier: Apache-2.0
#include "alarms/messages.hpp"

#include "alarms/default_rules.hpp"
#include "tests/catch.hpp"

using namespace sightline;
using namespace std::chrono_literals;
using core::Severity;

namespace {

core::Rule rule(const std::string& name, const core::Trigger& trigger) {
    core::Rule rule;
    rule.name = name;
    rule.triggers[Severity::Warning] = trigger;
    return rule;
}

alarms::AlarmFacts facts(const core::Rule& rule, core::Duration length) {
    alarms::AlarmFacts facts;
    facts.rule = &rule;
    facts.length = length;
    return facts;
}

}  // namespace

TEST_CASE("Alarms say what is wrong, for how long and where, in one plain sentence") {
    const auto black = rule("video.black", core::HoldFor{3s});
    auto said = facts(black, 3s);
    said.track = "video:1";
    CHECK(alarms::raised_message(said) == "black picture for 3.0 s");
    said.severity = Severity::Critical;
    CHECK(alarms::changed_message(said, Severity::Warning) ==
          "black picture, now critical");  // no such trigger any more
    CHECK(alarms::cleared_message(said) == "black picture ended after 3.0 s");

    const auto unreachable = rule("signal.unreachable", core::HoldFor{10s});
    said = facts(unreachable, 10s);
    said.detail = "connection refused";
    CHECK(alarms::raised_message(said) == "cannot connect for 10.0 s: connection refused");
    said.length = 125s;
    CHECK(alarms::cleared_message(said) == "connection is possible again after 2 min 5 s");

    const auto continuity = rule("ts.continuity", core::ErroredSeconds{3, 60s});
    said = facts(continuity, 0s);
    said.pid = 257;
    said.value = 3;
    CHECK(alarms::raised_message(said) == "continuity errors: 3 errored seconds in 60 s, PID 257");
    said.value = 1;
    said.track = "audio:2";
    said.language = "deu";
    CHECK(alarms::raised_message(said) == "continuity errors: 1 errored second in 60 s on audio:2 (deu), PID 257");

    said.service = 1020;
    CHECK(alarms::raised_message(said) ==
          "continuity errors: 1 errored second in 60 s on audio:2 (deu) in service 1020, PID 257");

    const auto low = rule("bitrate.low", core::OutsideLimits{4e6, {}, 5s});
    said = facts(low, 5s);
    said.value = 1.8e6;
    said.threshold = 4e6;
    said.unit = "bit/s";
    CHECK(alarms::raised_message(said) == "bitrate too low: 1.8 Mb/s, below 4 Mb/s for 5.0 s");

    const auto share = rule("audio.level_low", core::PercentOfWindow{5, 15min});
    said = facts(share, 0s);
    said.value = 6.25;
    CHECK(alarms::raised_message(said) == "sound too low: 6.25 % of the last 15 min");

    const auto own = rule("some.thing", core::CountInWindow{5, 10min});
    said = facts(own, 0s);
    said.value = 5;
    CHECK(alarms::raised_message(said) == "some.thing: 5 times in 10 min");
}

TEST_CASE("Combined rules say their members") {
    auto dead = rule("dead-air", core::HoldFor{5s});
    dead.all = {"video.black", "not audio.silence"};
    CHECK(alarms::raised_message(facts(dead, 5s)) == "dead-air: black picture and no silence for 5.0 s");
    dead.any.swap(dead.all);
    CHECK(alarms::raised_message(facts(dead, 5s)) == "dead-air: black picture or no silence for 5.0 s");
}

TEST_CASE("Lengths are said as people say them") {
    CHECK(alarms::spoken(3040ms) == "3.0 s");
    CHECK(alarms::spoken(119s) == "119.0 s");
    CHECK(alarms::spoken(2min) == "2 min 0 s");
    CHECK(alarms::spoken(3h + 59min + 59s) == "3 h 59 min");
}

TEST_CASE("Every shipped rule has words of its own") {
    for (const core::Rule& shipped : alarms::default_rules()) {
        auto said = facts(shipped, 5s);
        said.severity = shipped.triggers.begin()->first;
        const std::string message = alarms::raised_message(said);
        INFO(message);
        CHECK((shipped.combined() || message.find(shipped.name) == std::string::npos));
    }
}
