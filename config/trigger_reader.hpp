// SPDX-License-Identifier: Apache-2.0
// One severity's trigger: `3s`, `{below: 4M, for: 5s}`, `{seconds: 1, within: 10s}`, `{count: 5, within: 10m}`,
// `{percent: 5, within: 15m}`, `off`.
#pragma once

#include <optional>
#include <string>

#include "config/scope.hpp"
#include "core/findings.hpp"
#include "core/rules.hpp"

namespace sightline::config {

/// What a trigger judges, as far as its form depends on it.
struct Judged {
    core::ConditionKind kind = core::ConditionKind::State;  ///< combined rules are states
    std::string unit;                                       ///< of a level's limits; "" = plain numbers
    std::optional<double> min, max;                         ///< of a level's limits
};

/// The kind and the limits' unit of a condition; of no condition: a combined rule's.
[[nodiscard]] Judged judged(const core::ConditionSpec* spec, const Surroundings& around);

/// The forms that fit, in words.
[[nodiscard]] std::string allowed_triggers(const Judged& what);

/// Reads a trigger. Outer empty: reported; inner empty: `off`.
[[nodiscard]] std::optional<std::optional<core::Trigger>> read_trigger(Scope& scope, const YamlNode& node,
                                                                       const std::string& key, const Judged& what);

/// Why `lower` cannot come before `higher` (it waits longer, or its limit is reached later); empty where it can.
/// `lower_word` and `higher_word` are their severities.
[[nodiscard]] std::string order_fault(const core::Trigger& lower, std::string_view lower_word,
                                      const core::Trigger& higher, std::string_view higher_word, std::string_view unit);

/// What read_trigger reads back, in flow style.
[[nodiscard]] std::string trigger_text(const core::Trigger& trigger, std::string_view unit);

inline constexpr core::Duration kLongestPatience = std::chrono::hours{24};

}  // namespace sightline::config
