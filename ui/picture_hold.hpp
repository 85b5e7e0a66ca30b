// SPDX-License-Identifier: Apache-2.0
// Pictures of the stream that is heard, kept back until their sound is.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "link/tile_frames.hpp"
#include "ui/sound/lip_sync.hpp"

namespace sightline::ui {

/// Takes every picture it sees in a ring and gives each out when it is due. Bounded: what would be more than kMostKept
/// pictures, kMostBytes or kMostWait goes out at once, and the sound is then not for lip-sync.
///
/// Threading: one thread. Time only as given.
class PictureHold {
public:
    static constexpr std::size_t kMostKept = 40;
    static constexpr std::size_t kMostBytes = std::size_t{192} << 20U;
    static constexpr core::Duration kMostWait = std::chrono::milliseconds{1'500};

    /// Takes what is new. @return its presentation time; nothing: there was nothing.
    std::optional<core::MediaTime> take(link::TileReader& reader);
    /// The newest picture whose presentation time plus `delay` is not after `shown`, where it was not given before.
    /// Those before it are let go. Valid until the next call.
    [[nodiscard]] const link::TileFrame* due(core::ArrivalTime shown, PlayDelay delay);
    void clear() { kept_.clear(); }
    [[nodiscard]] std::size_t kept() const { return kept_.size(); }

private:
    std::deque<link::TileFrame> kept_;
    std::optional<link::TileFrame> out_;
    std::vector<std::byte> spare_;  // memory of a picture that went
};

}  // namespace sightline::ui
