// SPDX-License-Identifier: Apache-2.0
// The measurements of a stream in the last minutes, for evidence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "core/time.hpp"

namespace sightline::engine {

/// One value a second of each measurement, for kLength.
///
/// Threading: one thread. Bounds: kMostSeries; what comes beyond is left out.
class MeasurementHistory {
public:
    static constexpr core::Duration kLength = std::chrono::minutes{3};
    static constexpr core::Duration kStep = std::chrono::milliseconds{900};
    static constexpr std::size_t kMostSeries = 256;

    void add(const std::string& measurement, core::ArrivalTime at, double value);
    void clear() { series_.clear(); }
    /// {"bitrate.mux":[[-59.2,8012345.0],…],…}: seconds from `zero` and values, of [from, to].
    [[nodiscard]] std::string to_json(core::ArrivalTime zero, core::ArrivalTime from, core::ArrivalTime to) const;

private:
    struct Value {
        core::ArrivalTime at{};
        double value = 0;
    };
    std::map<std::string, std::deque<Value>> series_;
};

}  // namespace sightline::engine
