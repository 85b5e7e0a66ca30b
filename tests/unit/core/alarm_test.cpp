// SPDX-License-Identifier: Apache-2.0
#include "core/alarm.hpp"

#include "tests/catch.hpp"

using namespace sightline::core;
using namespace std::chrono_literals;

namespace {

AlarmTransition black_raised() {
    AlarmTransition alarm;
    alarm.id = "p-1";
    alarm.stream = "news";
    alarm.condition = alarm.rule = "video.black";
    alarm.severity = Severity::Warning;
    alarm.subject.track = "video:1";
    alarm.pid = 256;
    alarm.since = {12'480ms, UtcTime{1'700'000'000s}};
    alarm.at = {15'480ms, UtcTime{1'700'000'003s}};
    alarm.value = 0.998;
    alarm.threshold = 0.98;
    alarm.unit = "ratio";
    alarm.message = "black picture for 3.0 s";
    return alarm;
}

}  // namespace

TEST_CASE("An alarm is one JSON line with fixed key order") {
    CHECK(
        to_json(black_raised()) ==
        R"({"type":"alarm","id":"p-1","sequence":1,"state":"raised","stream":"news","condition":"video.black",)"
        R"("rule":"video.black","severity":"warning","track":"video:1","pid":256,)"
        R"("since":{"media_s":12.480,"utc":"2023-11-14T22:13:20.000Z"},"at":{"media_s":15.480,"utc":"2023-11-14T22:13:23.000Z"},)"
        R"("exact":true,"value":0.998,"threshold":0.98,"unit":"ratio","message":"black picture for 3.0 s"})");
}

TEST_CASE("What a transition adds is in its JSON, what does not exist is null") {
    AlarmTransition alarm = black_raised();
    alarm.state = AlarmState::Cleared;
    alarm.sequence = 3;
    alarm.since.utc.reset();
    alarm.at.utc.reset();
    alarm.until = AlarmTime{18'520ms, std::nullopt};
    alarm.duration_s = 6.04;
    alarm.exact = false;
    alarm.value.reset();
    alarm.pid.reset();
    alarm.subject.service = 3;
    alarm.flaps = 2;
    const std::string json = to_json(alarm, R"("probe":"x")");
    CHECK(json.find(R"("since":{"media_s":12.480,"utc":null})") != std::string::npos);
    CHECK(
        json.find(
            R"("until":{"media_s":18.520,"utc":null},"duration_s":6.040,"exact":false,"uncertainty_s":null,"value":null)") !=
        std::string::npos);
    CHECK(json.ends_with(R"("message":"black picture for 3.0 s","probe":"x"})"));
    CHECK(alarm_from_json(json).value() == alarm);
}

TEST_CASE("Reading an alarm names the key that is wrong") {
    const std::pair<const char*, const char*> cases[] = {
        {"[]", "an alarm is not a JSON object"},
        {R"({"id":1})", "the alarm's \"id\" is missing or of the wrong type"},
        {R"({"id":"a","sequence":0})", "the alarm's \"sequence\" is missing or of the wrong type"},
        {R"({"id":"a","sequence":1,"state":"gone"})", "the alarm's \"state\" is missing or of the wrong type"},
    };
    for (const auto& [text, message] : cases) CHECK(alarm_from_json(text).error().message == message);
}
