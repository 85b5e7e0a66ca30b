// SPDX-License-Identifier: Apache-2.0
// How long things took, in little memory: milliseconds counted by their number.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/time.hpp"

namespace sightline::ui {

/// Counts durations in steps of a millisecond up to kMost; what is longer counts as that.
///
/// Threading: one thread.
class Delays {
public:
    static constexpr int kMost = 5'000;

    void add(core::Duration delay) {
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(delay).count();
        const auto step = std::clamp<std::int64_t>(ms, 0, kMost);
        ++counts_[static_cast<std::size_t>(step)];
        ++count_;
        longest_ = std::max(longest_, delay);
    }
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] core::Duration longest() const { return longest_; }
    /// What a `share` of all, 0 to 1, stayed below, to the next millisecond; 0 of none.
    [[nodiscard]] core::Duration below(double share) const {
        const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
        std::uint64_t seen = 0;
        for (std::size_t ms = 0; ms < counts_.size() && count_ > 0; ++ms) {
            seen += counts_[ms];
            if (seen >= std::max<std::uint64_t>(wanted, 1)) return std::chrono::milliseconds{ms + 1};
        }
        return {};
    }

private:
    std::array<std::uint32_t, kMost + 1> counts_{};
    std::uint64_t count_ = 0;
    core::Duration longest_{};
};

}  // namespace sightline::ui
