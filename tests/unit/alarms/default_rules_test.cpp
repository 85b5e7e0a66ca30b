// SPDX-License-Identifier: Apache-2.0
#include "alarms/default_rules.hpp"

#include <set>

#include "tests/catch.hpp"

using namespace sightline;
using core::Severity;
using std::chrono::seconds;

namespace {

core::Rule rule(std::string_view name) {
    const auto rules = alarms::default_rules();
    const core::Rule* found = core::find(rules, name);
    REQUIRE(found != nullptr);
    return *found;
}

std::optional<core::Duration> hold(std::string_view name, Severity severity) {
    const auto r = rule(name);
    const auto trigger = r.triggers.find(severity);
    if (trigger == r.triggers.end()) return std::nullopt;
    const auto* hold = std::get_if<core::HoldFor>(&trigger->second);
    return hold != nullptr ? std::optional(hold->duration) : std::nullopt;
}

}  // namespace

TEST_CASE("The shipped rules have the times that the design promises") {
    struct Row {
        const char* name;
        int warning, critical, clear;
    };
    for (const Row& row :
         {Row{"video.black", 3, 10, 2}, Row{"video.freeze", 5, 15, 2}, Row{"audio.silence", 10, 20, 2},
          Row{"signal.lost", 0, 2, 2}, Row{"signal.stalled", 0, 5, 2}, Row{"signal.unreachable", 0, 10, 2},
          Row{"video.missing", 0, 5, 2}, Row{"audio.missing", 0, 5, 2}, Row{"programme-lost", 0, 5, 2}}) {
        INFO(row.name);
        CHECK(hold(row.name, Severity::Warning) ==
              (row.warning != 0 ? std::optional<core::Duration>(seconds{row.warning}) : std::nullopt));
        CHECK(hold(row.name, Severity::Critical) == std::optional<core::Duration>(seconds{row.critical}));
        CHECK(rule(row.name).clear == seconds{row.clear});
        CHECK(rule(row.name).enabled);
    }
    const auto continuity = rule("ts.continuity");
    CHECK(continuity.triggers.at(Severity::Warning) == core::Trigger{core::ErroredSeconds{1, seconds{10}}});
    CHECK(continuity.triggers.at(Severity::Major) == core::Trigger{core::ErroredSeconds{3, seconds{60}}});
    CHECK(continuity.clear == seconds{10});
    const auto low = rule("bitrate.low");
    CHECK(std::get<core::OutsideLimits>(low.triggers.at(Severity::Warning)).duration == seconds{5});
    CHECK(std::get<core::OutsideLimits>(low.triggers.at(Severity::Critical)).duration == seconds{10});
    CHECK(low.clear == seconds{5});
}

TEST_CASE("Every shipped rule is complete and named once") {
    std::set<std::string> names;
    for (const core::Rule& r : alarms::default_rules()) {
        INFO(r.name);
        CHECK(names.insert(r.name).second);
        CHECK_FALSE(r.triggers.empty());
        CHECK(r.clear >= seconds{0});
        CHECK(r.combined() == (r.name.find('.') == std::string::npos));
    }
    CHECK(rule("programme-lost").all == std::vector<std::string>{"video.freeze", "audio.silence"});
}

TEST_CASE("Indicators that healthy muxers break are shipped switched off") {
    for (const char* name :
         {"ts.pid_missing", "ts.pcr_repetition", "ts.pcr_discontinuity", "ts.pts_repetition", "ts.cat"}) {
        INFO(name);
        CHECK_FALSE(rule(name).enabled);
    }
}
