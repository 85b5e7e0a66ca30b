// SPDX-License-Identifier: Apache-2.0
// For sources that live on the event loop: keeps what comes, and runs the loop until the test has seen enough.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "net/event_loop.hpp"
#include "probe/source.hpp"

namespace sightline::probe {

/// What these tests live by.
inline const core::SystemClock kClock;

/// Threading: the loop's, which is the test's own.
class LoopSink final : public SourceSink {
public:
    void on_bytes(std::span<const std::byte> bytes, core::ArrivalTime arrival) override {
        data_.insert(data_.end(), bytes.begin(), bytes.end());
        arrivals_.push_back(arrival);
        if (on_data_) on_data_();
    }
    void on_boundary(const Boundary& boundary) override { boundaries_.push_back(boundary); }
    void on_link(const LinkStatus& status) override { links_.push_back(status); }

    [[nodiscard]] bool in(LinkState state) const { return !links_.empty() && links_.back().state == state; }
    [[nodiscard]] std::size_t times(LinkState state) const {
        std::size_t count = 0;
        for (const auto& link : links_) count += link.state == state ? 1 : 0;
        return count;
    }
    /// Whether a link status of `state` whose reason contains `words` has come.
    [[nodiscard]] bool said(LinkState state, const std::string& words) const {
        for (const auto& link : links_) {
            if (link.state == state && link.reason.find(words) != std::string::npos) return true;
        }
        return false;
    }

    std::vector<std::byte> data_;
    std::vector<core::ArrivalTime> arrivals_;
    std::vector<Boundary> boundaries_;
    std::vector<LinkStatus> links_;
    std::function<void()> on_data_;
};

/// Runs `loop` until `holds()`, looked at every millisecond. The limit only ends a failing test.
inline bool run_until(net::EventLoop& loop, const std::function<bool()>& holds,
                      core::Duration limit = std::chrono::seconds{20}) {
    bool held = false;
    auto check = loop.every(std::chrono::milliseconds{1}, [&] {
        if (!(held = holds())) return;
        loop.quit();
    });
    auto end = loop.after(limit, [&] { loop.quit(); });
    loop.run();
    return held;
}

}  // namespace sightline::probe
