// SPDX-License-Identifier: Apache-2.0
// The picture rate of a track as its presentation times tell it.
#pragma once

#include <array>
#include <optional>

#include "core/time.hpp"

namespace sightline::probe {

/// Averages the distance of the last pictures and snaps to the field's rates (23.976 … 120) within 0.5 %. Pictures that
/// are missing do not lower it.
///
/// Threading: one thread.
class FrameRate {
public:
    /// A picture at `at`, in presentation order. `declared` is the codec's or container's word, 0 if none: it stands
    /// until enough pictures were seen. @return true when fps() changed.
    bool add(core::MediaTime at, double declared);
    [[nodiscard]] double fps() const { return fps_; }

private:
    static constexpr int kPerWindow = 100;  // pictures averaged
    [[nodiscard]] double mean() const;

    std::optional<core::MediaTime> last_;
    std::array<core::Duration, kPerWindow> steps_{};  // the first count_ of them
    int count_ = 0;
    double fps_ = 0;
};

}  // namespace sightline::probe
