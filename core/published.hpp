// SPDX-License-Identifier: Apache-2.0
// One of the three ways data crosses threads (with BoundedQueue and CommandQueue).
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace sightline::core {

/// The newest immutable snapshot of something. (std::atomic<shared_ptr> reports a race inside libstdc++ 12 under TSan.)
///
/// Threading: any thread may call either function; neither blocks beyond a pointer swap.
template <class T>
class Published {
public:
    void publish(std::shared_ptr<const T> value) {
        const std::lock_guard lock(mutex_);
        value_.swap(value);  // the old one is destroyed after the lock
    }
    [[nodiscard]] std::shared_ptr<const T> get() const {
        const std::lock_guard lock(mutex_);
        return value_;
    }

private:
    mutable std::mutex mutex_;  // guards value_
    std::shared_ptr<const T> value_;
};

}  // namespace sightline::core
