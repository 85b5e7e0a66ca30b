// SPDX-License-Identifier: Apache-2.0
// What TransportInspector can find, and the limits it finds it by.
#pragma once

#include <chrono>
#include <span>

#include "core/findings.hpp"
#include "core/time.hpp"

namespace sightline::formats::ts {

inline constexpr core::Duration kMaxPatInterval = std::chrono::milliseconds{500};  // TR 101 290, 1.3.a
inline constexpr core::Duration kMaxPmtInterval = std::chrono::milliseconds{500};  // TR 101 290, 1.5.a
inline constexpr core::Duration kMaxPidGap = std::chrono::seconds{5};              // TR 101 290, 1.6: "user specified"
inline constexpr core::Duration kMaxPcrInterval = std::chrono::milliseconds{100};  // TR 101 290, 2.3.a and 2.3.b
inline constexpr core::Duration kMaxPtsInterval = std::chrono::milliseconds{700};  // TR 101 290, 2.5
inline constexpr core::Duration kMaxCatGap = std::chrono::seconds{10};             // TR 101 290, 2.6 gives none; ours

/// Every condition of TransportInspector, each with its TR 101 290 number where it has one.
[[nodiscard]] std::span<const core::ConditionSpec> transport_conditions();
/// `bitrate.mux`, `bitrate.payload`, `bitrate.pid`.
[[nodiscard]] std::span<const core::MeasurementSpec> transport_measurements();

}  // namespace sightline::formats::ts
