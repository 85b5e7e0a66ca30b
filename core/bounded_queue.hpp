// SPDX-License-Identifier: Apache-2.0
// One of the three ways data crosses threads (with Published and CommandQueue).
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace sightline::core {

/// What a full queue does with one more item.
enum class WhenFull : std::uint8_t { Block, DropOldest };

/// FIFO bounded by the sum of its items' weights (bytes, or 1 each).
///
/// Threading: any number of producers and consumers. An item heavier than the whole capacity passes alone.
template <class T>
class BoundedQueue {
public:
    BoundedQueue(std::size_t capacity, WhenFull policy) : capacity_(capacity), policy_(policy) {}

    /// Blocks only under WhenFull::Block. @return false once closed (or, blocked, when `stop` is requested): the item
    /// is not taken.
    bool push(T item, std::size_t weight, std::stop_token stop = {}) {
        std::unique_lock lock(mutex_);
        if (policy_ == WhenFull::Block) {
            changed_.wait(lock, stop, [&] { return closed_ || items_.empty() || weight_ + weight <= capacity_; });
            if (stop.stop_requested()) return false;
        }
        if (closed_) return false;
        while (!items_.empty() && weight_ + weight > capacity_) {
            weight_ -= items_.front().second;
            ++dropped_;
            items_.pop_front();
        }
        items_.emplace_back(std::move(item), weight);
        weight_ += weight;
        lock.unlock();
        changed_.notify_all();
        return true;
    }

    /// Waits for an item. Empty once closed and drained, or when `stop` is requested.
    std::optional<T> pop(std::stop_token stop) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, stop, [&] { return closed_ || !items_.empty(); });
        if (stop.stop_requested()) return std::nullopt;
        return take(lock);
    }

    /// Takes an item if one is there.
    std::optional<T> try_pop() {
        std::unique_lock lock(mutex_);
        return take(lock);
    }

    /// No more items come; consumers drain what is left.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        changed_.notify_all();
    }

    [[nodiscard]] std::size_t weight() const {
        const std::lock_guard lock(mutex_);
        return weight_;
    }
    /// Items dropped since the last call.
    std::uint64_t take_dropped() {
        const std::lock_guard lock(mutex_);
        return std::exchange(dropped_, 0);
    }

private:
    std::optional<T> take(std::unique_lock<std::mutex>& lock) {
        if (items_.empty()) return std::nullopt;
        std::optional<T> item(std::move(items_.front().first));
        weight_ -= items_.front().second;
        items_.pop_front();
        lock.unlock();
        changed_.notify_all();
        return item;
    }

    const std::size_t capacity_;
    const WhenFull policy_;
    mutable std::mutex mutex_;  // guards all below
    std::condition_variable_any changed_;
    std::deque<std::pair<T, std::size_t>> items_;
    std::size_t weight_ = 0;
    std::uint64_t dropped_ = 0;
    bool closed_ = false;
};

}  // namespace sightline::core
