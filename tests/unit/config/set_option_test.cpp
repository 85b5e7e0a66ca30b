// SPDX-License-Identifier: Apache-2.0
#include "config/set_option.hpp"

#include "tests/catch.hpp"
#include "tests/unit/config/catalogue.hpp"

using namespace sightline;
using namespace sightline::config;
using namespace sightline::config::test;
using namespace std::chrono_literals;

namespace {

core::RuleSet after(const std::vector<std::string>& assignments) {
    core::RuleSet rules = default_rules();
    const auto done = parse_sets(assignments, rules, kCatalogue, kMeasurements);
    if (!done) FAIL(done.error().message);
    return rules;
}

core::RuleSet after(const std::string& assignment) {
    return after(std::vector{assignment});
}

std::string fault(std::string_view assignment) {
    core::RuleSet rules = default_rules();
    const auto done = parse_sets(std::vector{std::string(assignment)}, rules, kCatalogue, kMeasurements);
    CHECK(rules == default_rules());
    if (done) return "fine";
    CHECK(done.error().code == core::ErrorCode::InvalidConfig);
    return done.error().message;
}

}  // namespace

TEST_CASE("One key of one rule is changed, and nothing else") {
    core::RuleSet expected = default_rules();
    expected[0].triggers[Severity::Warning] = core::HoldFor{2s};
    CHECK(after("video.black.warning=2s") == expected);
}

TEST_CASE("Every key of a rule can be set, in the file's notation") {
    CHECK(core::find(after("video.black.critical=off"), "video.black")->triggers.size() == 1);
    CHECK(core::find(after("video.black.minor=5s"), "video.black")->triggers.size() == 3);
    CHECK(core::find(after("video.black.clear=7s"), "video.black")->clear == 7s);
    CHECK(core::find(after("video.black.clear={warning: 1s}"), "video.black")->clear_severity.size() == 1);
    CHECK_FALSE(core::find(after("video.black.enabled=off"), "video.black")->enabled);
    CHECK(core::find(after("audio.silence.level=-40dBFS"), "audio.silence")->parameters.at("level") ==
          core::ParameterValue{-40.0});
    CHECK(core::find(after("programme-lost.critical=1s"), "programme-lost")->triggers.at(Severity::Critical) ==
          core::Trigger{core::HoldFor{1s}});
    CHECK(core::find(after("off-air-content.warning=1s"), "off-air-content")->triggers.size() == 1);
    CHECK(core::find(after("bitrate.low.critical={below: 2M, for: 5s}"), "bitrate.low")
              ->triggers.at(Severity::Critical) == core::Trigger{core::OutsideLimits{2e6, {}, 5s}});
    CHECK(core::find(after("audio.level_low.warning={percent: 5, within: 15m}"), "audio.level_low")->clear == 2s);
}

TEST_CASE("A rule can be switched off and on as in the file") {
    CHECK_FALSE(core::find(after("audio.silence=off"), "audio.silence")->enabled);
    CHECK(
        core::find(after(std::vector<std::string>{"audio.silence=off", "audio.silence=on"}), "audio.silence")->enabled);
    CHECK_FALSE(core::find(after("programme-lost.enabled=off"), "programme-lost")->enabled);
}

TEST_CASE("Several keys of one rule are judged together, in whatever order they are given") {
    // Either one alone would leave a warning that waits longer than critical.
    for (const auto& both : {std::vector<std::string>{"video.black.critical=2s", "video.black.warning=1s"},
                             std::vector<std::string>{"video.black.warning=1s", "video.black.critical=2s"}}) {
        const auto rules = after(both);
        CHECK(core::find(rules, "video.black")->triggers.at(Severity::Warning) == core::Trigger{core::HoldFor{1s}});
        CHECK(core::find(rules, "video.black")->triggers.at(Severity::Critical) == core::Trigger{core::HoldFor{2s}});
    }
    core::RuleSet rules = default_rules();
    CHECK_FALSE(parse_sets(std::vector<std::string>{"audio.silence=off", "video.black.critical=2s"}, rules, kCatalogue,
                           kMeasurements));
    CHECK(rules == default_rules());
}

TEST_CASE("What cannot be set is said in the loader's words, and the rules stay as they were") {
    const struct {
        std::string_view assignment, message;
    } rows[] = {
        {"video.black", "--set: got \"video.black\", allowed CONDITION.KEY=VALUE such as video.black.warning=2s"},
        {"warning=2s", "--set: got \"warning=2s\", allowed CONDITION.KEY=VALUE such as video.black.warning=2s"},
        {"video.blak.warning=2s",
         "--set video.blak.warning: unknown condition \"video.blak\"; did you mean \"video.black\"?; allowed are "
         "signal.lost, "
         "signal.stalled, signal.unreachable, video.black, video.freeze, video.missing, video.format, audio.silence, "
         "audio.missing, audio.level_low, bitrate.low, bitrate.high, ts.continuity, ts.transport_error, "
         "audio.loudness, "
         "programme-lost, off-air-content"},
        {"video.black.warnign=2s",
         "--set video.black.warnign: unknown key; did you mean \"warning\"?; allowed critical, major, minor, warning, "
         "info, clear, "
         "enabled, luma, pixels"},
        {"video.black.warning=2",
         "--set video.black.warning: got \"2\", allowed for a state: a duration such as 3s, {percent: P, within: "
         "DURATION}, "
         "{count: N, within: DURATION} or off"},
        {"video.black.luma=130%", "--set video.black.luma: luma = 130 is outside [0, 100] %"},
        {"video.black.warning=20s",
         "--set video.black.warning: warning waits for 20s, longer than critical with 10s: the lower severity must "
         "come first"},
        {"video.black.warning=\"x\n", "--set is not YAML: a quote in this line has no end"},
        {"video.black.warning=",
         "--set video.black.warning: got nothing, allowed for a state: a duration such as 3s, "
         "{percent: P, within: DURATION}, {count: N, within: DURATION} or off"},
        {"programme-lost.luma=3%",
         "--set programme-lost.luma: unknown key; allowed critical, major, minor, warning, info, clear, "
         "enabled, all, any"},
        {"video.format.clear=3s",
         "--set video.format: raises nothing, allowed is one or more of critical, major, minor, warning, info"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.assignment);
        CHECK(fault(row.assignment) == row.message);
    }
}
