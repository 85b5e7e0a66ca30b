// SPDX-License-Identifier: Apache-2.0
// Which numbers of a stream its rules judge, and from where on: the lines that a graph draws beside the curve.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/rules.hpp"
#include "core/stream_spec.hpp"

namespace sightline::engine {

/// One limit of one rule. At least one of `below` and `above` is set: beyond it the rule counts.
struct MeasurementLimit {
    std::string measurement;  ///< "bitrate.mux"
    std::string unit;
    std::string rule;
    core::Severity severity = core::Severity::Warning;
    std::optional<double> below, above;
    friend bool operator==(const MeasurementLimit&, const MeasurementLimit&) = default;
};

/// Of the rules that can raise something, limits out of `expect` filled in; levels first, then those parameters of
/// state conditions that are a level of something measured.
[[nodiscard]] std::vector<MeasurementLimit> limits_of(const core::StreamSpec& stream);

}  // namespace sightline::engine
