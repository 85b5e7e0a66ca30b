// SPDX-License-Identifier: Apache-2.0
#include "ui/sound/lip_sync.hpp"

#include <algorithm>

namespace sightline::ui {

void LipSyncWatch::shown(core::ArrivalTime on_glass, core::MediaTime at, PlayDelay sound) {
    // Heard now is media on_glass − sound; seen now is `at`.
    offsets_.push_back({on_glass, play_delay(on_glass, at) - sound});
    while (!offsets_.empty() && offsets_.front().when + kWindow < on_glass) offsets_.pop_front();
}

std::optional<core::Duration> LipSyncWatch::offset(core::ArrivalTime now) const {
    if (offsets_.size() < kFewest || offsets_.back().when + kWindow < now) return {};
    core::Duration sum{};
    for (const Offset& one : offsets_) sum += one.early;
    return sum / static_cast<std::int64_t>(offsets_.size());
}

std::optional<core::Duration> LipSyncWatch::worst(core::ArrivalTime now) const {
    if (!offset(now)) return {};
    const auto furthest = std::max_element(offsets_.begin(), offsets_.end(), [](const Offset& a, const Offset& b) {
        return std::chrono::abs(a.early) < std::chrono::abs(b.early);
    });
    return furthest->early;
}

LipSync LipSyncWatch::verdict(core::ArrivalTime now) const {
    if (!offset(now)) return LipSync::Unknown;
    // One picture in twenty may miss its refresh: that is a picture late, not sound out of step.
    const auto out = std::count_if(offsets_.begin(), offsets_.end(),
                                   [](const Offset& one) { return one.early > kMostEarly || one.early < -kMostLate; });
    return static_cast<std::size_t>(out) * 20 > offsets_.size() ? LipSync::Bad : LipSync::Good;
}

}  // namespace sightline::ui
