// SPDX-License-Identifier: Apache-2.0
#include "engine/observation_merger.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sightline::engine {
namespace {

std::optional<core::MediaTime> media_of(const core::Observation& observation) {
    return std::visit(
        [](const auto& item) -> std::optional<core::MediaTime> {
            if constexpr (requires { item.at.media; }) {
                return item.at.media;
            } else {
                return std::nullopt;
            }
        },
        observation);
}

}  // namespace

void ObservationMerger::add(Lane lane, core::Observation observation) {
    LaneState& state = lanes_[index(lane)];
    state.reached = std::max(state.reached, media_of(observation).value_or(state.reached));
    state.entries.push_back({state.reached, std::move(observation)});
}

void ObservationMerger::take(std::vector<core::Observation>& out) {
    const auto comes_first = [&](const LaneState& one, const LaneState& other, bool ties) {
        if (one.entries.empty()) return false;
        if (other.entries.empty()) return other.finished;
        return ties ? one.entries.front().key <= other.entries.front().key
                    : one.entries.front().key < other.entries.front().key;
    };
    LaneState& transport = lanes_[index(Lane::Transport)];
    LaneState& content = lanes_[index(Lane::Content)];
    while (true) {
        LaneState* next = comes_first(transport, content, true)    ? &transport
                          : comes_first(content, transport, false) ? &content
                                                                   : nullptr;
        if (next == nullptr) return;
        out.push_back(std::move(next->entries.front().observation));
        next->entries.pop_front();
    }
}

}  // namespace sightline::engine
