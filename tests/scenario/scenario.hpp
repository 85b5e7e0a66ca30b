// SPDX-License-Identifier: Apache-2.0
// Scenarios: what happens to a stream over virtual time, and which transitions must come of it (docs/alerting.md,
// "Scenarios", has the text format).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/alarm.hpp"
#include "core/rules.hpp"
#include "core/stream_spec.hpp"
#include "core/time.hpp"

namespace sightline::scenario {

/// One word of a line and its key=value pairs.
struct Line {
    int number = 0;
    std::vector<std::string> words;
    std::map<std::string, std::string> keys;
};

/// Something that happens at `at` after the scenario's start.
struct Action {
    core::Duration at{};
    Line line;
};

struct Scenario {
    std::string name;
    bool file = false;
    bool udp = false;
    core::UtcTime start{};
    core::Duration until{};
    core::StreamSpec spec;
    std::vector<Action> actions;  ///< by time, in the order given
    std::vector<Line> expected;
};

/// Reads a scenario; throws std::runtime_error that names the line where it cannot.
[[nodiscard]] Scenario parse(const std::string& name, const std::string& text);
/// "warning=hold:3s", "any=…", "clear=2s" as a rule called `name`.
[[nodiscard]] core::RulePatch parse_rule(const Line& line, std::size_t name_word);

/// Plays it with clocks that tick every `granularity`.
[[nodiscard]] std::vector<core::AlarmTransition> play(const Scenario& scenario, core::Duration granularity);

/// One transition a line, as JSON.
[[nodiscard]] std::string json_lines(const std::vector<core::AlarmTransition>& transitions);

/// Empty where `got` is what the scenario expects, else what differs, line by line.
[[nodiscard]] std::string differences(const Scenario& scenario, const std::vector<core::AlarmTransition>& got);

}  // namespace sightline::scenario
