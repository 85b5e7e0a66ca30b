// SPDX-License-Identifier: Apache-2.0
// How long a failed delivery waits before its next attempt.
#pragma once

#include <cstdint>

#include "core/time.hpp"

namespace sightline::incidents {

/// 1 s, 2 s, 4 s … 60 s, each shortened by up to half at random, so that a receiver that comes back is not met by all
/// at once. The same seed gives the same delays.
///
/// Threading: one thread.
class RetryDelay {
public:
    static constexpr core::Duration kFirst = std::chrono::seconds{1};
    static constexpr core::Duration kLongest = std::chrono::seconds{60};

    explicit RetryDelay(std::uint64_t seed) : state_(seed) {}

    /// Before the attempt that follows `failures` (≥ 1) failed ones in a row.
    [[nodiscard]] core::Duration after(int failures) {
        constexpr int kDoublings = 6;  // 64 s, over the longest already
        const int doublings = failures < 1 ? 0 : (failures - 1 < kDoublings ? failures - 1 : kDoublings);
        const core::Duration full = kFirst * (1 << doublings);
        return jitter(full < kLongest ? full : kLongest);
    }
    /// Between half of `full` and all of it.
    [[nodiscard]] core::Duration jitter(core::Duration full) {
        // A linear congruential generator (Knuth's constants) is random enough to spread attempts.
        state_ = state_ * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
        constexpr std::int64_t kSteps = 1024;
        const auto step = static_cast<std::int64_t>(state_ >> 54U);  // 0 to 1023
        return full / 2 + full / 2 / kSteps * step;
    }

private:
    std::uint64_t state_;
};

}  // namespace sightline::incidents
