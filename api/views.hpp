// SPDX-License-Identifier: Apache-2.0
// The probe's state as JSON and as Prometheus text.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "engine/limits.hpp"
#include "engine/state.hpp"
#include "incidents/records.hpp"

namespace sightline::api {

[[nodiscard]] std::string streams_json(const engine::ProbeState& state);
[[nodiscard]] std::string stream_json(const engine::StreamView& stream);
/// Open alarms of all streams and of the probe, worst first.
[[nodiscard]] std::string open_alarms_json(const engine::ProbeState& state);
[[nodiscard]] std::string alarms_json(const std::vector<core::AlarmTransition>& alarms);
[[nodiscard]] std::string paths_json(const std::vector<config::Path>& paths);
[[nodiscard]] std::string watch_json(core::UtcTime from, const std::vector<incidents::WatchChange>& log);
[[nodiscard]] std::string limits_json(const std::vector<engine::MeasurementLimit>& limits);
[[nodiscard]] std::string probe_json(const engine::ProbeState& state);

/// Text exposition format 0.0.4.
[[nodiscard]] std::string metrics_text(const engine::ProbeState& state);

}  // namespace sightline::api
