// SPDX-License-Identifier: Apache-2.0
// The one table of shipped rules: config lays the user's layers over it, the docs print it, tests read it.
#pragma once

#include <string_view>

#include "core/rules.hpp"

namespace sightline::alarms {

/// The one rule that is judged off air, and only there: content where none should be.
inline constexpr std::string_view kOffAirContentRule = "off-air-content";

/// A member of `all:` or `any:` that begins with this word counts where its condition is good: "not video.black".
inline constexpr std::string_view kNotPrefix = "not ";

/// The rules of a stream without a `rules:` of its own. None alarms on what a healthy encoder sends.
[[nodiscard]] core::RuleSet default_rules();

}  // namespace sightline::alarms
