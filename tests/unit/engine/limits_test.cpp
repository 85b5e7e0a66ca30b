// SPDX-License-Identifier: Apache-2.0
#include "engine/limits.hpp"

#include "alarms/default_rules.hpp"
#include "tests/catch.hpp"

using namespace sightline;
using core::Severity;

namespace {

const engine::MeasurementLimit* find(const std::vector<engine::MeasurementLimit>& limits, const std::string& rule,
                                     Severity severity) {
    for (const auto& limit : limits)
        if (limit.rule == rule && limit.severity == severity) return &limit;
    return nullptr;
}

core::Rule* rule_of(core::StreamSpec& stream, const std::string& name) {
    for (core::Rule& rule : stream.rules)
        if (rule.name == name) return &rule;
    return nullptr;
}

}  // namespace

TEST_CASE("The limits of a stream are those of its rules, filled in from what is expected of it") {
    core::StreamSpec stream;
    stream.rules = alarms::default_rules();
    CHECK(engine::limits_of(stream).size() >= 1);  // silence, whatever the bitrate
    stream.expect.bitrate_min_bps = 4e6;
    core::Rule* low = rule_of(stream, "bitrate.low");
    REQUIRE(low != nullptr);
    low->triggers[Severity::Critical] = core::OutsideLimits{2e6, {}, std::chrono::seconds{5}};
    const auto limits = engine::limits_of(stream);
    const auto* critical = find(limits, "bitrate.low", Severity::Critical);
    REQUIRE(critical != nullptr);
    CHECK(critical->below == 2e6);
    CHECK_FALSE(critical->above);
    CHECK(critical->measurement == "bitrate.mux");
    CHECK(critical->unit == "bit/s");
    bool expected = false;
    for (const auto& limit : limits) expected = expected || (limit.rule == "bitrate.low" && limit.below == 4e6);
    CHECK(expected);
}

TEST_CASE("The level that silence begins below is a limit of the level, by default and as set") {
    core::StreamSpec stream;
    stream.rules = alarms::default_rules();
    core::Rule* silence = rule_of(stream, "audio.silence");
    REQUIRE(silence != nullptr);
    REQUIRE_FALSE(silence->triggers.empty());
    const Severity worst = silence->triggers.rbegin()->first;
    const auto before = engine::limits_of(stream);
    REQUIRE(find(before, "audio.silence", worst) != nullptr);
    CHECK(find(before, "audio.silence", worst)->below == -60);
    CHECK(find(before, "audio.silence", worst)->measurement == "audio.level");
    silence->parameters["level"] = -50.0;
    const auto after = engine::limits_of(stream);
    CHECK(find(after, "audio.silence", worst)->below == -50);
    silence->enabled = false;
    CHECK(find(engine::limits_of(stream), "audio.silence", worst) == nullptr);
}
