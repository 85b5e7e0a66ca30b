// SPDX-License-Identifier: Apache-2.0
// One thread that waits for everything: sockets, timers, and work handed over by other threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>

#include "core/clock.hpp"
#include "core/time.hpp"

namespace sightline::net {

/// epoll, a timer queue and a mailbox.
///
/// Threading: run() is the loop's thread; watch(), timers and their handles belong to it. Only post() and wake-ups may
/// come from elsewhere. Callbacks may add and drop watches and timers, their own too.
class EventLoop {
public:
    /// Dropping it ends the watch (or timer). Must not outlive the loop.
    class Handle {
    public:
        Handle() = default;
        explicit Handle(std::function<void()> cancel) : cancel_(std::move(cancel)) {}
        Handle(Handle&& other) noexcept : cancel_(std::exchange(other.cancel_, nullptr)) {}
        Handle& operator=(Handle&& other) noexcept {
            if (this != &other) {
                reset();
                cancel_ = std::exchange(other.cancel_, nullptr);
            }
            return *this;
        }
        ~Handle() { reset(); }
        void reset() {
            if (auto cancel = std::exchange(cancel_, nullptr)) cancel();
        }
        explicit operator bool() const { return static_cast<bool>(cancel_); }

    private:
        std::function<void()> cancel_;
    };
    struct Ready {
        bool readable = false, writable = false, failed = false;
    };

    explicit EventLoop(const core::Clock& clock);
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Calls `on_ready` while `fd` is ready (level-triggered). The caller keeps the fd open as long as the handle.
    [[nodiscard]] Handle watch(int fd, bool read, bool write, std::function<void(Ready)> on_ready);
    /// Calls once at `due`, or as soon after as the loop gets to it.
    [[nodiscard]] Handle at(core::ArrivalTime due, std::function<void()> call);
    [[nodiscard]] Handle after(core::Duration delay, std::function<void()> call);
    /// Calls every `period` until dropped; a late call is not made up for.
    [[nodiscard]] Handle every(core::Duration period, std::function<void()> call);
    /// Runs `call` on the loop's thread, in the order given. Any thread; never blocks.
    void post(std::function<void()> call);

    /// Runs until `stop` is requested (or quit()); then returns with watches and timers still in place.
    void run(std::stop_token stop = {});
    /// Ends run() after the current callback. Any thread.
    void quit();

    [[nodiscard]] const core::Clock& clock() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sightline::net
