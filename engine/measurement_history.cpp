// SPDX-License-Identifier: Apache-2.0
#include "engine/measurement_history.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/text.hpp"

namespace sightline::engine {

void MeasurementHistory::add(const std::string& measurement, core::ArrivalTime at, double value) {
    if (!std::isfinite(value)) return;
    auto found = series_.find(measurement);
    if (found == series_.end()) {
        if (series_.size() >= kMostSeries) return;
        found = series_.emplace(measurement, std::deque<Value>{}).first;
    }
    std::deque<Value>& values = found->second;
    if (!values.empty() && at - values.back().at < kStep) return;
    values.push_back({at, value});
    while (at - values.front().at > kLength) values.pop_front();
}

std::string MeasurementHistory::to_json(core::ArrivalTime zero, core::ArrivalTime from, core::ArrivalTime to) const {
    std::string out = "{";
    for (const auto& [name, values] : series_) {
        std::string points;
        for (const Value& value : values) {
            if (value.at < from || value.at > to) continue;
            points +=
                fmt::format("{}[{:.1f},{}]", points.empty() ? "" : ",", core::to_seconds(value.at - zero), value.value);
        }
        if (points.empty()) continue;
        out += fmt::format("{}{}:[{}]", out.size() > 1 ? "," : "", core::json_string(name), points);
    }
    return out + "}";
}

}  // namespace sightline::engine
