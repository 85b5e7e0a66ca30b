// SPDX-License-Identifier: Apache-2.0
// The one catalogue of everything that can be found: the conditions of all folders, and the engine's own about the link
// and the probe itself. Config, alarms, API and docs read it.
#pragma once

#include <span>

#include "core/findings.hpp"

namespace sightline::engine {

/// signal.* and probe.*.
[[nodiscard]] std::span<const core::ConditionSpec> engine_conditions();

/// engine_conditions(), formats::ts::transport_conditions() and analyzers::content_conditions(), each id once.
[[nodiscard]] std::span<const core::ConditionSpec> condition_catalogue();

/// The same of what is measured.
[[nodiscard]] std::span<const core::MeasurementSpec> measurement_catalogue();

[[nodiscard]] const core::ConditionSpec* find_condition(std::string_view id);

}  // namespace sightline::engine
