// SPDX-License-Identifier: Apache-2.0
// Alarm rules as data: what config reads, alarms/ runs, and the docs print.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace sightline::core {

enum class Severity : std::uint8_t { Info, Warning, Minor, Major, Critical };
[[nodiscard]] const char* name(Severity severity);
[[nodiscard]] std::optional<Severity> severity_from(std::string_view name);

/// Bad without a break for this long: `critical: 10s`.
struct HoldFor {
    Duration duration{};
    friend bool operator==(const HoldFor&, const HoldFor&) = default;
};
/// A level outside its limits for this long: `{below: 4M, for: 5s}`.
struct OutsideLimits {
    std::optional<double> below, above;
    Duration duration{};
    friend bool operator==(const OutsideLimits&, const OutsideLimits&) = default;
};
/// At least `seconds` errored seconds among the last `within`: `{seconds: 3, within: 60s}`. An errored second is one in
/// which at least one event of the condition happened.
struct ErroredSeconds {
    int seconds = 1;
    Duration within{};
    friend bool operator==(const ErroredSeconds&, const ErroredSeconds&) = default;
};
/// At least `count` events (for a state: times it began) within a sliding window: `{count: 5, within: 10m}`.
struct CountInWindow {
    int count = 1;
    Duration within{};
    friend bool operator==(const CountInWindow&, const CountInWindow&) = default;
};
/// Bad for at least `percent` of the watched part of a sliding window: `{percent: 5, within: 15m}`.
struct PercentOfWindow {
    double percent = 0;
    Duration within{};
    friend bool operator==(const PercentOfWindow&, const PercentOfWindow&) = default;
};
using Trigger = std::variant<HoldFor, OutsideLimits, ErroredSeconds, CountInWindow, PercentOfWindow>;

/// A parameter as given: a number in the spec's unit, or a word.
using ParameterValue = std::variant<double, std::string>;

/// One rule, complete. `name` is its condition's id, or the user's own word ("dead-air") where it combines several.
struct Rule {
    std::string name;
    bool enabled = true;
    /// Combined: every one of these conditions is bad. "not video.black" counts where video.black is good. A member
    /// with several tracks counts in `all` when all of them are bad, in `any` when one is (docs/alerting.md).
    std::vector<std::string> all;
    std::vector<std::string> any;  ///< combined: at least one is. Both empty: the condition called `name`.
    std::map<Severity, Trigger> triggers;
    Duration clear{};                             ///< good without a break for this long ends it
    std::map<Severity, Duration> clear_severity;  ///< where a severity is left sooner or later than `clear`
    std::map<std::string, ParameterValue> parameters;

    [[nodiscard]] bool combined() const { return !all.empty() || !any.empty(); }
    friend bool operator==(const Rule&, const Rule&) = default;
};

/// What one layer says about one rule; only what is set replaces the layer below. A trigger given for a severity
/// replaces that severity's; an empty optional there ("critical: off") removes it.
struct RulePatch {
    std::string name;
    std::optional<bool> enabled;
    std::optional<std::vector<std::string>> all, any;
    std::map<Severity, std::optional<Trigger>> triggers;
    std::optional<Duration> clear;
    std::map<Severity, Duration> clear_severity;
    std::map<std::string, ParameterValue> parameters;
};
using RuleLayer = std::vector<RulePatch>;

/// Rules in effect for one stream, in a fixed order, each name once.
using RuleSet = std::vector<Rule>;

/// Lays `layer` over `rules`. A patch with a new name must be complete enough to be a rule of its own.
void apply(const RuleLayer& layer, RuleSet& rules);

[[nodiscard]] const Rule* find(const RuleSet& rules, std::string_view name);

}  // namespace sightline::core
