// SPDX-License-Identifier: Apache-2.0
// Two lanes of a file's observations in one order of media time, however far one thread ran ahead of the other.
#pragma once

#include <array>
#include <deque>
#include <vector>

#include "core/findings.hpp"
#include "engine/pipeline.hpp"

namespace sightline::engine {

/// Holds an observation back until the other lane has come as far (or is over), so that the same file gives the same
/// transitions in the same order on every run.
///
/// Threading: one thread.
class ObservationMerger {
public:
    void add(Lane lane, core::Observation observation);
    void finish(Lane lane) { lanes_[index(lane)].finished = true; }
    /// Appends what can be told now.
    void take(std::vector<core::Observation>& out);

private:
    struct Entry {
        core::MediaTime key{};
        core::Observation observation;
    };
    struct LaneState {
        std::deque<Entry> entries;
        core::MediaTime reached{};  // keys do not go back: an edge dated back stands where it was said
        bool finished = false;
    };
    static std::size_t index(Lane lane) { return static_cast<std::size_t>(lane); }

    std::array<LaneState, 2> lanes_;
};

}  // namespace sightline::engine
