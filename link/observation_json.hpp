// SPDX-License-Identifier: Apache-2.0
// Observations and stream specs as JSON. For sources of link/ only.
#pragma once

#include <nlohmann/json.hpp>

#include "core/findings.hpp"
#include "core/stream_spec.hpp"

namespace sightline::link {

[[nodiscard]] nlohmann::json write(const core::Observation& observation);
/// Throws BadMember.
[[nodiscard]] core::Observation read_observation(const nlohmann::json& item);

/// What a worker needs of a stream: input, expectations, rules' parameters.
[[nodiscard]] nlohmann::json write(const core::StreamSpec& spec);
/// Throws BadMember.
[[nodiscard]] core::StreamSpec read_spec(const nlohmann::json& item);

}  // namespace sightline::link
