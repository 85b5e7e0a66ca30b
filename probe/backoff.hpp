// SPDX-License-Identifier: Apache-2.0
// How long to wait before the next attempt to connect.
#pragma once

#include <cstdint>

#include "core/time.hpp"

namespace sightline::probe {

/// Delays that double from 0.5 s to 10 s, each shortened by up to 30 % at random, so that a hundred probes that lost
/// the same server do not come back to it in the same instant. The same seed gives the same delays.
///
/// Threading: one thread.
class Backoff {
public:
    static constexpr core::Duration kFirst = std::chrono::milliseconds{500};
    static constexpr core::Duration kLongest = std::chrono::seconds{10};

    explicit Backoff(std::uint32_t seed) : state_(seed) {}

    /// Delay before the next attempt.
    [[nodiscard]] core::Duration next();
    /// The attempt succeeded (media came, not merely a handshake): the next delay is the first again.
    void reset() { delay_ = kFirst; }

private:
    std::uint64_t state_;
    core::Duration delay_ = kFirst;
};

}  // namespace sightline::probe
