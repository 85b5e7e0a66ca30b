// SPDX-License-Identifier: Apache-2.0
// The last events of a running probe, for those who listen along and come back after a break.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/state.hpp"

namespace sightline::engine {

/// Threading: any thread. `on_added` runs on the adder's thread, which may not call back.
class EventLog {
public:
    static constexpr std::size_t kKept = 4'096;

    void add(std::string type, std::string json) {
        {
            const std::lock_guard lock(mutex_);
            events_.push_back({next_++, std::move(type), std::move(json)});
            if (events_.size() > kKept) events_.pop_front();
        }
        const std::lock_guard lock(call_mutex_);
        if (on_added_) on_added_();
    }
    /// Events after number `after`, oldest first. Empty optional: some of them are forgotten already.
    [[nodiscard]] std::optional<std::vector<ProbeEvent>> after(std::uint64_t after) const {
        const std::lock_guard lock(mutex_);
        if (!events_.empty() && events_.front().number > after + 1) return std::nullopt;
        std::vector<ProbeEvent> out;
        for (const ProbeEvent& event : events_) {
            if (event.number > after) out.push_back(event);
        }
        return out;
    }
    /// Number of the newest event; 0: none yet.
    [[nodiscard]] std::uint64_t newest() const {
        const std::lock_guard lock(mutex_);
        return next_ - 1;
    }
    /// Empty: nobody is told.
    void on_added(std::function<void()> call) {
        const std::lock_guard lock(call_mutex_);
        on_added_ = std::move(call);
    }

private:
    mutable std::mutex mutex_;  // guards events_ and next_
    std::deque<ProbeEvent> events_;
    std::uint64_t next_ = 1;
    std::mutex call_mutex_;  // guards on_added_
    std::function<void()> on_added_;
};

}  // namespace sightline::engine
