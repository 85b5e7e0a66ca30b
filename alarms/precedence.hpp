// SPDX-License-Identifier: Apache-2.0
// Which alarms are silent while another one explains them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/findings.hpp"

namespace sightline::alarms {

/// The conditions that stand above `lower`, highest first (docs/alerting.md, "Precedence"). Empty: nothing does.
[[nodiscard]] std::vector<std::string_view> higher_than(const core::ConditionSpec& lower);

/// One bit for each condition that stands above any other, 0 for those that do not: sets of them compare fast.
[[nodiscard]] std::uint32_t place_of(std::string_view condition);

/// True where a fault of `higher` on `above` explains one of `lower` on `below`: same service, rendition, leg and
/// track, each as far as `above` names it; of *.missing the same kind of track.
[[nodiscard]] bool explains(const core::ConditionSpec& higher, const core::Subject& above,
                            const core::ConditionSpec& lower, const core::Subject& below);

}  // namespace sightline::alarms
