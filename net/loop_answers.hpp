// SPDX-License-Identifier: Apache-2.0
// The way back from threads that may outlive the loop they answer to.
#pragma once

#include <functional>
#include <mutex>
#include <utility>

#include "net/event_loop.hpp"

namespace sightline::net {

/// Hands calls to a loop until close(); after that they are dropped. Shared by its owner and the threads it started.
///
/// Threading: post() from any thread, which never waits for the loop; close() from the loop's, before the loop ends.
class LoopAnswers {
public:
    explicit LoopAnswers(EventLoop& loop) : loop_(&loop) {}
    void post(std::function<void()> call) {
        const std::lock_guard lock(mutex_);
        if (loop_ != nullptr) loop_->post(std::move(call));
    }
    void close() {
        const std::lock_guard lock(mutex_);
        loop_ = nullptr;
    }

private:
    std::mutex mutex_;  // guards loop_
    EventLoop* loop_;
};

}  // namespace sightline::net
