// SPDX-License-Identifier: Apache-2.0
// When there are more incidents than a person can take in (ISA-18.2: above ten in ten minutes, until below five).
// A critical one calls at once even then, unless there have been so many within a minute that nobody can answer them.
#pragma once

#include <deque>
#include <optional>

#include "config/config.hpp"
#include "core/time.hpp"
#include "incidents/incident_case.hpp"

namespace sightline::incidents {

/// Counts notified incidents in a sliding window.
///
/// Threading: one thread.
class FloodWatch {
public:
    /// In a flood so many critical incidents a minute call by themselves; those beyond come in a digest of their own.
    static constexpr std::size_t kCriticalAtOnce = 5;
    static constexpr core::Duration kCriticalWithin = std::chrono::minutes{1};
    /// So far apart are those digests: one that comes later than this after the last is told at once, no other waits
    /// longer.
    static constexpr core::Duration kCriticalDigest = std::chrono::seconds{20};

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
    /// A critical incident called for the first time.
    void called_critical(core::UtcTime at) { critical_.push_back(at); }
    /// Whom to hold back at `now`, as judged last.
    [[nodiscard]] Hush hush(core::UtcTime now) {
        while (!critical_.empty() && now - critical_.front() >= kCriticalWithin) critical_.pop_front();
        if (!flood_) return Hush::Nobody;
        return critical_.size() < kCriticalAtOnce ? Hush::Lesser : Hush::Everybody;
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
    std::deque<core::UtcTime> times_, critical_;
    bool flood_ = false;
};

}  // namespace sightline::incidents
