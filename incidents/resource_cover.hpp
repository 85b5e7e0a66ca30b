// SPDX-License-Identifier: Apache-2.0
// Which shared things explain streams that failed together: the fewest.
#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace sightline::incidents {

/// A stream that failed by itself (not because of something upstream on its path).
struct Failure {
    core::UtcTime at{};
    std::size_t stream = 0;  ///< any number that stands for it
};

/// Something shared that may be the cause.
struct SharedCause {
    std::string resource;           ///< "encoder=enc7"
    std::set<std::size_t> streams;  ///< that it explains
    std::size_t sharing = 0;        ///< streams that share it
    core::UtcTime first{};          ///< failure counted
    std::size_t counted = 0;        ///< streams, followers too, in the window in which most failed
    core::Duration span{};          ///< of that window's failures
    bool cascade = false;           ///< all are down, but not within the window
    std::size_t followers = 0;      ///< sharing it, downstream of those, counted too
};

/// Windows of `within` in which at least `least` streams fail, followers counted, that are at least `percent` of those
/// that share it. `failures` by time. @return streams in any such window; empty: none.
[[nodiscard]] SharedCause failing_together(std::span<const Failure> failures, core::Duration within, std::size_t least,
                                           double percent, std::size_t sharing,
                                           const std::vector<std::size_t>& followers_of);

/// The smallest set of `candidates` that explains every stream that any of them explains: indices, ascending. Among
/// sets of one size, the one whose members have the largest failing part, then the first by name. Exact for sets of up
/// to three, greedy beyond.
[[nodiscard]] std::vector<std::size_t> smallest_cover(std::span<const SharedCause> candidates);

}  // namespace sightline::incidents
