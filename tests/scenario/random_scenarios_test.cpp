// SPDX-License-Identifier: Apache-2.0
// Whatever is said, in whatever order of faults: how often the clocks tick changes nothing, and no alarm breaks the
// rules of its life.
#include <map>
#include <random>

#include "alarms/default_rules.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/catalogue.hpp"
#include "tests/scenario/scenario.hpp"

using namespace sightline;
using namespace std::chrono_literals;

namespace {

/// A minute or two of random faults, on conditions of all clocks and kinds, with rules of all forms.
class Dice {
public:
    explicit Dice(unsigned seed) : random_(seed) {}

    scenario::Scenario scenario() {
        scenario::Scenario s;
        s.spec.id = "s";
        s.file = below(3) == 0;
        s.udp = below(3) == 0;
        s.until = 90s;
        s.start = core::parse_rfc3339("2026-03-29T00:59:30Z").value();
        s.spec.rules = alarms::default_rules();
        rules(s.spec.rules);
        if (below(3) == 0) {
            s.spec.air.zone = "Europe/London";
            s.spec.air.on_air = {{6 * 1440, 6 * 1440 + 90}};  // Sunday 00:00-01:30, which clocks skip that night
            s.spec.air.otherwise = below(2) == 0 ? core::AirState::Standby : core::AirState::OffAir;
        }
        core::Duration at{};
        while (at < 85s) {
            at += std::chrono::milliseconds{below(1500)};
            s.actions.push_back({at, action()});
        }
        return s;
    }

private:
    int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

    void rules(core::RuleSet& rules) {
        const auto some = [&] { return core::Duration{std::chrono::milliseconds{500 * (1 + below(10))}}; };
        core::RuleLayer layer;
        core::RulePatch black{"video.black", {}, {}, {}, {}, some(), {}, {}};
        black.triggers[core::Severity::Warning] = core::HoldFor{some()};
        black.triggers[core::Severity::Major] = core::CountInWindow{2 + below(3), 10 * some()};
        black.clear_severity[core::Severity::Major] = some();
        layer.push_back(black);
        core::RulePatch low{"audio.level_low", {}, {}, {}, {}, some(), {}, {}};
        low.triggers[core::Severity::Minor] = core::PercentOfWindow{10.0 + below(60), 6 * some()};
        layer.push_back(low);
        core::RulePatch pat{"ts.pat", {}, {}, {}, {}, some(), {}, {}};
        pat.triggers[core::Severity::Warning] = core::ErroredSeconds{1 + below(4), 4 * some()};
        layer.push_back(pat);
        core::RulePatch trouble{"trouble", {},     {}, std::vector<std::string>{"video.black", "ts.continuity"},
                                {},        some(), {}, {}};
        trouble.triggers[core::Severity::Info] = core::HoldFor{some()};
        layer.push_back(trouble);
        core::apply(layer, rules);
    }

    scenario::Line action() {
        scenario::Line line;
        if (below(40) == 0) {
            line.words = {"air", std::vector<std::string>{"standby", "on_air", "off_air",
                                                          "calendar"}[static_cast<std::size_t>(below(4))]};
            return line;
        }
        const auto& spec =
            scenario::kCatalogue[static_cast<std::size_t>(below(static_cast<int>(scenario::kCatalogue.size())))];
        const std::string id(spec.id);
        if (spec.about != core::TrackKind::None) {
            line.keys["track"] = id.substr(0, 5) + (below(4) == 0 ? ":2" : ":1");
        }
        switch (spec.kind) {
            case core::ConditionKind::Event:
                line.words = {"event", id};
                break;
            case core::ConditionKind::Level:
                line.words = {"level", std::string(spec.level), std::to_string(below(6) * 1'000'000)};
                break;
            case core::ConditionKind::State:
                line.words = {below(8) == 0 ? "unknown" : below(2) == 0 ? "bad" : "good", id};
                break;
        }
        return line;
    }

    std::mt19937 random_;
};

/// Raised first and once, sequence without gaps, cleared last, never two open alarms of one identity.
std::string broken_life(const std::vector<core::AlarmTransition>& transitions) {
    std::map<std::string, core::AlarmTransition> last;
    std::map<std::pair<std::string, core::Subject>, std::string> open;
    for (const auto& t : transitions) {
        const auto identity = std::make_pair(t.rule, t.subject);
        const auto before = last.find(t.id);
        if ((t.state == core::AlarmState::Raised) != (before == last.end())) return "raised twice or never: " + t.id;
        if (t.sequence != (before == last.end() ? 1 : before->second.sequence + 1)) return "sequence: " + t.id;
        if (before != last.end() && before->second.state == core::AlarmState::Cleared) return "after its end: " + t.id;
        if (before != last.end() && !(before->second.since == t.since)) return "since moved: " + t.id;
        if (t.state == core::AlarmState::Raised && open.count(identity) != 0) return "two at once: " + t.id;
        if (t.since.media && t.at.media && *t.at.media < *t.since.media) return "due before it began: " + t.id;
        if (t.message.empty()) return "says nothing: " + t.id;
        if (t.state == core::AlarmState::Cleared) {
            if (!t.until || (t.duration_s && *t.duration_s < 0)) return "cleared without an end: " + t.id;
            open.erase(identity);
        } else {
            open[identity] = t.id;
        }
        last[t.id] = t;
    }
    return {};
}

}  // namespace

TEST_CASE("Random streams give the same transitions however often the clocks tick") {
    std::size_t transitions = 0;
    for (unsigned seed = 1; seed <= 60; ++seed) {
        const auto scenario = Dice(seed).scenario();
        const auto reference = scenario::play(scenario, 100ms);
        transitions += reference.size();
        INFO("seed " << seed);
        CHECK(broken_life(reference) == "");
        const std::string text = scenario::json_lines(reference);
        for (const core::Duration granularity : {core::Duration(seed % 12 == 0 ? 1ms : 10ms), core::Duration(37ms),
                                                 core::Duration(1s), core::Duration(5s)}) {
            const std::string other = scenario::json_lines(scenario::play(scenario, granularity));
            INFO(core::to_text(granularity) << "\n" << other << "instead of\n" << text);
            CHECK((other == text));
        }
    }
    CHECK(transitions > 500);
}
