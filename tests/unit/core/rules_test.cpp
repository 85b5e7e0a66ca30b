// SPDX-License-Identifier: Apache-2.0
#include "core/rules.hpp"

#include "tests/catch.hpp"

using namespace sightline::core;
using namespace std::chrono_literals;

TEST_CASE("A layer replaces only what it names") {
    RuleSet rules;
    Rule black;
    black.name = "video.black";
    black.triggers = {{Severity::Warning, HoldFor{3s}}, {Severity::Critical, HoldFor{10s}}};
    black.clear = 2s;
    black.clear_severity = {{Severity::Critical, 5s}};
    rules.push_back(black);

    RulePatch patch;
    patch.name = "video.black";
    patch.triggers[Severity::Critical] = HoldFor{20s};
    patch.triggers[Severity::Warning] = std::nullopt;
    patch.parameters["luma"] = 12.0;
    RulePatch mine;
    mine.name = "dead-air";
    mine.all = std::vector<std::string>{"video.black", "audio.silence"};
    mine.triggers[Severity::Critical] = HoldFor{5s};
    apply({patch, mine}, rules);

    REQUIRE(rules.size() == 2);
    CHECK(rules[0].triggers == std::map<Severity, Trigger>{{Severity::Critical, HoldFor{20s}}});
    CHECK(rules[0].clear == 2s);
    CHECK(rules[0].clear_severity.size() == 1);
    CHECK(std::get<double>(rules[0].parameters.at("luma")) == 12.0);
    CHECK(find(rules, "dead-air")->combined());
    CHECK(find(rules, "nothing") == nullptr);

    RulePatch clear;
    clear.name = "video.black";
    clear.clear = 1s;
    apply({clear}, rules);
    CHECK(rules[0].clear == 1s);
    CHECK(rules[0].clear_severity.empty());
}
