// SPDX-License-Identifier: Apache-2.0
// When there are more incidents than a person can take in (ISA-18.2: above ten in ten minutes, until below five).
#pragma once

#include <deque>
#include <optional>

#include "config/config.hpp"
#include "core/time.hpp"

namespace sightline::incidents {

/// Counts notified incidents in a sliding window.
///
/// Threading: one thread.
class FloodWatch {
public:
    /// An incident came to be told, or would have been but for the flood.
    void count(core::UtcTime at) { times_.push_back(at); }
    /// @return whether it is a flood at `now`.
    bool judge(const config::Incidents& settings, core::UtcTime now) {
        while (!times_.empty() && now - times_.front() >= settings.flood_within) times_.pop_front();
        const auto size = static_cast<int>(times_.size());
        if (!flood_ && size > settings.flood_begin) flood_ = true;
        if (flood_ && size < settings.flood_end) flood_ = false;
        return flood_;
    }
    [[nodiscard]] bool flood() const { return flood_; }
    void set(bool flood) { flood_ = flood; }
    [[nodiscard]] std::size_t counted() const { return times_.size(); }
    /// When the oldest leaves the window.
    [[nodiscard]] std::optional<core::UtcTime> next_due(const config::Incidents& settings) const {
        if (!flood_ || times_.empty()) return std::nullopt;
        return times_.front() + settings.flood_within;
    }

private:
    std::deque<core::UtcTime> times_;
    bool flood_ = false;
};

}  // namespace sightline::incidents
