// SPDX-License-Identifier: Apache-2.0
// The last ten minutes of every stream's numbers, one value a second, as the wall heard them.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "link/probe_report.hpp"
#include "ui/snapshot.hpp"

namespace sightline::ui {

/// Threading: one thread.
class TrendBook {
public:
    static constexpr std::size_t kSeconds = 600;
    static constexpr std::size_t kMostStreams = 1'000;  ///< more are not kept

    /// One second of one stream; `live` false: its probe does not answer, and nothing is known.
    void record(const StreamKey& key, const link::StreamReport& stream, bool live);
    /// In the graphs' order.
    [[nodiscard]] std::vector<Trend> of(const StreamKey& key) const;

private:
    struct Line {
        std::deque<float> values;
        double last_total = 0;  ///< of a counter
        bool counted = false;   ///< last_total is known
    };
    std::map<StreamKey, std::map<std::string, Line>> streams_;
};

}  // namespace sightline::ui
