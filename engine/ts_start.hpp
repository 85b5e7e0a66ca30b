// SPDX-License-Identifier: Apache-2.0
// Where bytes cut out of a transport stream can begin so that a player shows their first picture.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace sightline::engine {

/// PIDs of what is cut.
struct TsTracks {
    std::vector<int> pids;       ///< of all tracks
    std::optional<int> picture;  ///< of the track whose key frame is wanted
};
struct TsStart {
    std::vector<std::byte> tables;  ///< what a player must have read before: to be put first
    std::size_t begin = 0;          ///< of the key frame's first packet
};

/// `wanted`: the key frame's first packet begins there or soon after; it is the first one with a
/// random_access_indicator (ISO/IEC 13818-1, 2.4.3.5), or the first of all where the encoder sets none. The tables are
/// those from the last PAT but one on, so that a whole PMT is among them. Where no packets can be told apart: `wanted`.
[[nodiscard]] TsStart ts_start(std::span<const std::byte> bytes, std::size_t wanted, const TsTracks& tracks);

}  // namespace sightline::engine
