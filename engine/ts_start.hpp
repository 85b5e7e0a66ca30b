// SPDX-License-Identifier: Apache-2.0
// Where bytes cut out of a transport stream can begin so that a player shows their first picture.
#pragma once

#include <cstddef>
#include <cstdint>
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
    bool exact = false;             ///< it is the one with the wanted time
};

/// The key frame presented at `pts` (any number of turns of 33 bits) whose first packet is at `from` or later. Where
/// there is none: the first picture with a random_access_indicator (ISO/IEC 13818-1, 2.4.3.5), or the first packet of
/// all. The tables are those from the last PAT but one before `from` on, so that a whole PMT is among them. Where no
/// packets can be told apart: `from`.
[[nodiscard]] TsStart ts_start(std::span<const std::byte> bytes, std::size_t from, const TsTracks& tracks,
                               std::optional<std::int64_t> pts);

}  // namespace sightline::engine
