// SPDX-License-Identifier: Apache-2.0
// A SourceSink that keeps what it gets and lets the test wait for it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "probe/source.hpp"

namespace sightline::probe {

/// Threading: any. wait_for() returns as soon as the predicate holds; its limit only ends a failing test.
class RecordingSink : public SourceSink {
public:
    void on_bytes(std::span<const std::byte> bytes, core::ArrivalTime arrival) override {
        {
            const std::lock_guard lock(mutex_);
            data_.insert(data_.end(), bytes.begin(), bytes.end());
            sizes_.push_back(bytes.size());
            arrivals_.push_back(arrival);
        }
        changed_.notify_all();
    }
    void on_boundary(const Boundary& boundary) override {
        {
            const std::lock_guard lock(mutex_);
            boundaries_.push_back(boundary);
        }
        changed_.notify_all();
    }
    void on_link(const LinkStatus& status) override {
        {
            const std::lock_guard lock(mutex_);
            links_.push_back(status);
        }
        changed_.notify_all();
    }

    /// Calls `holds(*this)` under the lock after each change. @return false after 20 s.
    template <class Predicate>
    bool wait_for(Predicate holds) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds{20}, [&] { return holds(*this); });
    }
    bool wait_for_state(LinkState state) {
        return wait_for(
            [state](const RecordingSink& s) { return !s.links_.empty() && s.links_.back().state == state; });
    }

    // Read these from inside wait_for, or once the source is cancelled or ended.
    std::vector<std::byte> data_;
    std::vector<std::size_t> sizes_;
    std::vector<core::ArrivalTime> arrivals_;
    std::vector<Boundary> boundaries_;
    std::vector<LinkStatus> links_;

private:
    std::mutex mutex_;  // guards all above while the source runs
    std::condition_variable changed_;
};

}  // namespace sightline::probe
