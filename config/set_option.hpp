// SPDX-License-Identifier: Apache-2.0
// `--set CONDITION.KEY=VALUE` of `sightline check`: one key of one rule, in the file's own notation.
#pragma once

#include <span>
#include <string>

#include "config/surroundings.hpp"
#include "core/result.hpp"
#include "core/rules.hpp"

namespace sightline::config {

/// Applies "video.black.warning=2s", "bitrate.low.critical={below: 2M, for: 5s}" or "audio.silence=off" to `rules`, one
/// after the other; what the rules have become is judged at the end, so that the order does not matter. The key is what
/// stands between the last dot before '=' and the '='. ${…} is not read: the shell has done that.
/// @return InvalidConfig in the loader's words behind "--set CONDITION.KEY"; `rules` is then unchanged.
[[nodiscard]] core::Result<void> parse_sets(std::span<const std::string> assignments, core::RuleSet& rules,
                                            std::span<const core::ConditionSpec> catalogue,
                                            std::span<const core::MeasurementSpec> measurements = {});

}  // namespace sightline::config
