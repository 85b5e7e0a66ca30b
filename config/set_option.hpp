// SPDX-License-Identifier: Apache-2.0
// `--set CONDITION.KEY=VALUE` of `sightline check`: one key of one rule, in the file's own notation.
#pragma once

#include <string_view>

#include "config/surroundings.hpp"
#include "core/result.hpp"
#include "core/rules.hpp"

namespace sightline::config {

/// Applies "video.black.warning=2s" or "bitrate.low.critical={below: 2M, for: 5s}" to `rules`. The key is what stands
/// between the last dot before '=' and the '='. ${…} is not read: the shell has done that.
/// @return InvalidConfig in the loader's words behind "--set CONDITION.KEY"; `rules` is then unchanged.
[[nodiscard]] core::Result<void> parse_set(std::string_view assignment, core::RuleSet& rules,
                                           std::span<const core::ConditionSpec> catalogue,
                                           std::span<const core::MeasurementSpec> measurements = {});

}  // namespace sightline::config
