// SPDX-License-Identifier: Apache-2.0
// Out of the ring of a stream: the clip around a fault, and the pictures before and at its beginning.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace sightline::engine {

/// What is wanted.
struct ClipOrder {
    std::optional<core::MediaTime> since_media;  ///< the first bad picture, by the clock of who watched
    core::UtcTime since{};                       ///< the same by arrival
    core::Duration uncertainty{};                ///< how much earlier it may have begun
    core::UtcTime from{}, to{};                  ///< of the clip; a GOP before `from` comes along
    int service = 0;                             ///< programme number; 0: any
    int max_tracks = 64;
    std::int64_t max_pixels = 8192LL * 4320;
    std::uint64_t most_bytes = 0;  ///< of the clip
    bool pictures = true;          ///< whether stills are wanted
};

struct ClipStill {
    core::UtcTime utc{};
    std::optional<core::MediaTime> media;  ///< by the clock of who watched, where that is known
    std::string jpeg;
};

/// What came in [from, to) is not in the ring.
struct RingHole {
    core::UtcTime from{}, to{};
    friend bool operator==(const RingHole&, const RingHole&) = default;
};
inline constexpr std::size_t kMostHoles = 100;

/// What came of it.
struct ClipReport {
    std::uint64_t bytes = 0;  ///< of the clip; 0: none, `note` says why
    core::UtcTime from{}, to{};
    bool remuxed = false;  ///< false: the bytes as they were received
    bool whole = false;    ///< the ring reached back to where the clip was to begin
    std::optional<ClipStill> good, bad;
    std::vector<RingHole> holes;  ///< of the time of the clip, oldest first, at most kMostHoles: the disk did not keep
                                  ///< up, or who received was started anew
    std::string note;
};

/// Reads what anybody may have sent: to be called in a sandbox.
///
/// `write` takes the clip piece by piece and says whether it can take more. Clips of transport streams are the bytes
/// as received, faults and all, from a key frame on, with the tables before it (engine/ts_start.hpp); others are joined
/// into a transport stream (probe/clip_remuxer.hpp). Pictures are found by media time where the ring knows it, else by
/// arrival. Threading: any. Blocks: in the file, and for as long as a GOP or two take to decode.
[[nodiscard]] ClipReport make_clip(int ring, const ClipOrder& order,
                                   const std::function<bool(std::span<const std::byte>)>& write);

}  // namespace sightline::engine
