// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "alarms/default_rules.hpp"
#include "core/text.hpp"
#include "tests/scenario/scenario.hpp"

namespace sightline::scenario {

namespace {

[[noreturn]] void refuse(const Line& line, const std::string& why) {
    throw std::runtime_error("line " + std::to_string(line.number) + ": " + why);
}

core::Duration duration(const Line& line, const std::string& text) {
    const auto parsed = core::parse_duration(text);
    if (!parsed) refuse(line, "\"" + text + "\" is no duration");
    return *parsed;
}

/// Splits at spaces; "quoted text" is one word; a=b goes to keys.
Line split(const std::string& text, int number) {
    Line line;
    line.number = number;
    std::size_t i = 0;
    while (i < text.size()) {
        if (text[i] == ' ') {
            ++i;
            continue;
        }
        if (text[i] == '#') break;
        std::string word;
        std::string key;
        bool quoted = false;
        for (; i < text.size() && (quoted || text[i] != ' '); ++i) {
            if (text[i] == '"') {
                quoted = !quoted;
            } else if (text[i] == '=' && !quoted && key.empty()) {
                key.swap(word);
            } else {
                word += text[i];
            }
        }
        if (key.empty()) {
            line.words.push_back(word);
        } else {
            line.keys[key] = word;
        }
    }
    return line;
}

std::vector<std::string> list(const std::string& text) {
    std::vector<std::string> items;
    std::istringstream stream(text);
    for (std::string item; std::getline(stream, item, ',');) items.push_back(item);
    return items;
}

/// hold:3s  below:4e6/5s  above:4e6/5s  errored:3/60s  count:5/10m  percent:5/15m
core::Trigger trigger(const Line& line, const std::string& text) {
    const auto colon = text.find(':');
    const auto slash = text.find('/');
    if (colon == std::string::npos) refuse(line, "\"" + text + "\" is no trigger");
    const std::string form = text.substr(0, colon);
    if (form == "hold") return core::HoldFor{duration(line, text.substr(colon + 1))};
    if (slash == std::string::npos) refuse(line, "\"" + text + "\" lacks /DURATION");
    const double number = std::stod(text.substr(colon + 1, slash - colon - 1));
    const core::Duration span = duration(line, text.substr(slash + 1));
    if (form == "below") return core::OutsideLimits{number, std::nullopt, span};
    if (form == "above") return core::OutsideLimits{std::nullopt, number, span};
    if (form == "errored") return core::ErroredSeconds{static_cast<int>(number), span};
    if (form == "count") return core::CountInWindow{static_cast<int>(number), span};
    if (form == "percent") return core::PercentOfWindow{number, span};
    refuse(line, "trigger form \"" + form + "\" is unknown");
}

/// "Mon-Fri 06:00-20:00" as minutes of the week, one span a day.
void add_weekly(const Line& line, const std::string& days, const std::string& hours, core::AirCalendar& air) {
    static const std::vector<std::string> kDays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    const auto day = [&](const std::string& name) {
        const auto found = std::find(kDays.begin(), kDays.end(), name);
        if (found == kDays.end()) refuse(line, "\"" + name + "\" is no day");
        return static_cast<int>(found - kDays.begin());
    };
    const auto minute = [](const std::string& text) {
        return std::stoi(text.substr(0, 2)) * 60 + std::stoi(text.substr(3, 2));
    };
    const int first = day(days.substr(0, 3));
    const int last = days.size() > 3 ? day(days.substr(4, 3)) : first;
    for (int d = first; d <= last; ++d) {
        air.on_air.push_back({d * 1440 + minute(hours.substr(0, 5)), d * 1440 + minute(hours.substr(6, 5))});
    }
}

core::AirState air_state(const Line& line, const std::string& text) {
    for (const auto state : {core::AirState::OnAir, core::AirState::Standby, core::AirState::OffAir}) {
        if (text == core::name(state)) return state;
    }
    refuse(line, "\"" + text + "\" is no air state");
}

/// "at 3s …", or "every 1s 10s..20s …" (both ends included) as one action each.
void add_actions(const Line& line, Scenario& scenario) {
    Line rest = line;
    if (line.words.front() == "at") {
        if (line.words.size() < 3) refuse(line, "at TIME WHAT");
        rest.words.erase(rest.words.begin(), rest.words.begin() + 2);
        scenario.actions.push_back({duration(line, line.words[1]), rest});
        return;
    }
    if (line.words.size() < 4) refuse(line, "every STEP FROM..TO WHAT");
    const auto dots = line.words[2].find("..");
    if (dots == std::string::npos) refuse(line, "every STEP FROM..TO WHAT");
    const auto step = duration(line, line.words[1]);
    const auto to = duration(line, line.words[2].substr(dots + 2));
    rest.words.erase(rest.words.begin(), rest.words.begin() + 3);
    for (auto at = duration(line, line.words[2].substr(0, dots)); at <= to; at += step) {
        scenario.actions.push_back({at, rest});
    }
}

void set_up(const Line& line, Scenario& scenario) {
    const std::string& what = line.words.front();
    if (what == "stream") {
        scenario.file = line.words.at(1) == "file";
        scenario.udp = line.words.at(1) == "udp";
    } else if (what == "start") {
        scenario.start = core::parse_rfc3339(line.words.at(1)).value();
    } else if (what == "until") {
        scenario.until = duration(line, line.words.at(1));
    } else if (what == "defaults") {
        scenario.spec.rules = alarms::default_rules();
    } else if (what == "rule") {
        core::apply({parse_rule(line, 1)}, scenario.spec.rules);
    } else if (what == "bitrate") {
        if (line.keys.count("min") != 0) scenario.spec.expect.bitrate_min_bps = std::stod(line.keys.at("min"));
        if (line.keys.count("max") != 0) scenario.spec.expect.bitrate_max_bps = std::stod(line.keys.at("max"));
    } else if (what == "zone") {
        scenario.spec.air.zone = line.words.at(1);
    } else if (what == "weekly") {
        add_weekly(line, line.words.at(1), line.words.at(2), scenario.spec.air);
    } else if (what == "otherwise") {
        scenario.spec.air.otherwise = air_state(line, line.words.at(1));
    } else if (what == "fixed") {
        scenario.spec.air.fixed = air_state(line, line.words.at(1));
    } else {
        refuse(line, "\"" + what + "\" is unknown");
    }
}

}  // namespace

core::RulePatch parse_rule(const Line& line, std::size_t name_word) {
    core::RulePatch patch;
    patch.name = line.words.at(name_word);
    if (line.words.size() > name_word + 1) patch.enabled = line.words[name_word + 1] != "off";
    for (const auto& [key, value] : line.keys) {
        if (key == "all") {
            patch.all = list(value);
        } else if (key == "any") {
            patch.any = list(value);
        } else if (key == "clear") {
            patch.clear = duration(line, value);
        } else if (key.rfind("clear.", 0) == 0) {
            patch.clear_severity[core::severity_from(key.substr(6)).value()] = duration(line, value);
        } else if (const auto severity = core::severity_from(key)) {
            patch.triggers[*severity] = value == "off" ? std::nullopt : std::optional(trigger(line, value));
        } else {
            refuse(line, "\"" + key + "\" is unknown");
        }
    }
    return patch;
}

Scenario parse(const std::string& name, const std::string& text) {
    Scenario scenario;
    scenario.name = name;
    scenario.spec.id = "s";
    scenario.start = core::parse_rfc3339("2026-01-05T12:00:00Z").value();
    std::istringstream stream(text);
    bool expecting = false;
    int number = 0;
    for (std::string raw; std::getline(stream, raw);) {
        const Line line = split(raw, ++number);
        if (line.words.empty()) continue;
        if (line.words.front() == "expect") {
            expecting = true;
        } else if (expecting) {
            scenario.expected.push_back(line);
        } else if (line.words.front() == "at" || line.words.front() == "every") {
            add_actions(line, scenario);
        } else {
            set_up(line, scenario);
        }
    }
    std::stable_sort(scenario.actions.begin(), scenario.actions.end(),
                     [](const Action& a, const Action& b) { return a.at < b.at; });
    if (scenario.until == core::Duration{}) throw std::runtime_error("until TIME is missing");
    if (!expecting) throw std::runtime_error("expect is missing");
    return scenario;
}

namespace {

std::string rounded(double number) {
    return core::json_number(std::round(number * 1e6) / 1e6);
}

/// Seconds since the scenario's start, with as few decimals as it takes.
std::string place(const Scenario& scenario, const std::optional<core::AlarmTime>& time) {
    if (!time) return "none";
    std::optional<double> seconds;
    if (time->utc) {
        seconds = core::to_seconds(*time->utc - scenario.start);
    } else if (time->media) {
        seconds = core::to_seconds(*time->media);
    }
    if (!seconds) return "none";
    return rounded(*seconds);
}

std::string media(const std::optional<core::AlarmTime>& time) {
    return time && time->media ? rounded(core::to_seconds(*time->media)) : "none";
}

/// What `transition` has under a key of an expected line.
std::string value_of(const Scenario& scenario, const core::AlarmTransition& t, const std::string& key) {
    if (key == "id") return t.id;
    if (key == "seq") return std::to_string(t.sequence);
    if (key == "since") return place(scenario, t.since);
    if (key == "since_media") return media(t.since);
    if (key == "at_media") return media(t.at);
    if (key == "until") return place(scenario, t.until);
    if (key == "until_media") return media(t.until);
    if (key == "duration") return t.duration_s ? rounded(*t.duration_s) : "none";
    if (key == "previous") return t.previous ? core::name(*t.previous) : "none";
    if (key == "track") return t.subject.track;
    if (key == "service") return std::to_string(t.subject.service);
    if (key == "pid") return t.pid ? std::to_string(*t.pid) : "none";
    if (key == "exact") return t.exact ? "true" : "false";
    if (key == "value") return t.value ? rounded(*t.value) : "none";
    if (key == "threshold") return core::json_number(t.threshold);
    if (key == "flaps") return std::to_string(t.flaps);
    if (key == "condition") return t.condition;
    if (key == "message") return t.message;
    return "(no such key)";
}

std::string line_of(const Scenario& scenario, const core::AlarmTransition& t, const Line* like) {
    std::string text = place(scenario, t.at) + " " + core::name(t.state) + " " + t.rule + " " + core::name(t.severity);
    if (like == nullptr) {
        return text + " id=" + t.id + " since=" + place(scenario, t.since) + " until=" + place(scenario, t.until) +
               " message=\"" + t.message + "\"";
    }
    for (const auto& [key, value] : like->keys) text += " " + key + "=\"" + value_of(scenario, t, key) + "\"";
    return text;
}

std::string line_of(const Line& line) {
    std::string text;
    for (const std::string& word : line.words) text += (text.empty() ? "" : " ") + word;
    for (const auto& [key, value] : line.keys) text += " " + key + "=\"" + value + "\"";
    return text;
}

}  // namespace

std::string json_lines(const std::vector<core::AlarmTransition>& transitions) {
    std::string text;
    for (const auto& transition : transitions) text += core::to_json(transition) + "\n";
    return text;
}

std::string differences(const Scenario& scenario, const std::vector<core::AlarmTransition>& got) {
    std::string text;
    for (std::size_t i = 0; i < std::max(got.size(), scenario.expected.size()); ++i) {
        const Line* wanted = i < scenario.expected.size() ? &scenario.expected[i] : nullptr;
        const std::string want = wanted != nullptr ? line_of(*wanted) : "nothing";
        const std::string have = i < got.size() ? line_of(scenario, got[i], wanted) : "nothing";
        if (want == have) continue;
        text += "expected: " + want + "\n     got: " + have + "\n";
        if (i < got.size()) text += "   whole: " + line_of(scenario, got[i], nullptr) + "\n";
    }
    return text;
}

}  // namespace sightline::scenario
