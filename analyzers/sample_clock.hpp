// SPDX-License-Identifier: Apache-2.0
// Dates single samples, the same however the sound was cut into blocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/media.hpp"
#include "core/time.hpp"

namespace sightline::analyzers {

/// Counts samples from the first block on and corrects itself where a block's own time is further off than kSlack
/// (lost sound, drifting clocks); rounded container times (FLV, Matroska: 1 ms) go unnoticed.
///
/// Threading: one thread.
class SampleClock {
public:
    static constexpr core::Duration kSlack = std::chrono::milliseconds{10};

    /// The next block; call it before at().
    void begin(const core::AudioBlock& block) {
        const auto expected = time_of(next_);
        const bool far = block.at - expected > kSlack || expected - block.at > kSlack;
        if (!anchored_ || far || block.sample_rate != rate_) {
            anchor_ = block.at;
            rate_ = block.sample_rate > 0 ? block.sample_rate : 1;
            next_ = 0;
            anchored_ = true;
        }
        first_ = next_;
        next_ += static_cast<std::int64_t>(block.samples);
        arrival_ = block.arrival;
    }
    /// Sample `index` of the block; its length is the end.
    [[nodiscard]] core::Instant at(std::size_t index) const {
        return {time_of(first_ + static_cast<std::int64_t>(index)), arrival_};
    }
    void reset() { anchored_ = false; }

private:
    [[nodiscard]] core::MediaTime time_of(std::int64_t sample) const {
        return anchor_ + core::ticks_to_duration(sample, rate_);
    }
    core::MediaTime anchor_{};
    std::int64_t rate_ = 1;
    std::int64_t first_ = 0, next_ = 0;  // counted from the anchor
    bool anchored_ = false;
    std::optional<core::ArrivalTime> arrival_;
};

}  // namespace sightline::analyzers
