// SPDX-License-Identifier: Apache-2.0
// One thread that waits for everything: sockets, timers, and work handed over by other threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <utility>

#include "core/clock.hpp"
#include "core/time.hpp"

namespace sightline::net {

/// epoll, a timer queue and a mailbox.
///
/// Threading: run() is the loop's thread; watch(), timers and their handles belong to it. Only post() and quit() may
/// come from elsewhere. Callbacks may add and drop watches and timers, their own too.
/// Time:      timers follow the injected Clock. Under a VirtualClock, advance it and call poll() (or post() to a loop
///            that runs): nothing else makes the loop look at the clock again.
/// Fails:     the constructor throws std::system_error where the process is out of descriptors (start-up only).
class EventLoop {
public:
    /// Dropping it ends the watch (or timer) at once: no call comes after. One that outlives the loop does nothing.
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
        Handle(const Handle&) = delete;
        Handle& operator=(const Handle&) = delete;
        ~Handle() { reset(); }
        void reset() {
            if (auto cancel = std::exchange(cancel_, nullptr)) cancel();
        }
        explicit operator bool() const { return static_cast<bool>(cancel_); }

    private:
        std::function<void()> cancel_;
    };
    struct Ready {
        bool readable = false, writable = false;
        bool failed = false;  ///< error or hang-up on the descriptor; reading or SO_ERROR says which
    };

    explicit EventLoop(const core::Clock& clock);
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Calls `on_ready` while `fd` is ready (level-triggered); a failure is told to every watch. The caller keeps the
    /// fd open as long as the handle. Several watches of one fd are fine. An fd that cannot be waited for (a regular
    /// file, a closed one) is told as `failed` once.
    [[nodiscard]] Handle watch(int fd, bool read, bool write, std::function<void(Ready)> on_ready);
    /// Calls once at `due`, or as soon after as the loop gets to it (1 ms steps). Timers due together run in the order
    /// of their due times, equal ones in the order they were made.
    [[nodiscard]] Handle at(core::ArrivalTime due, std::function<void()> call);
    [[nodiscard]] Handle after(core::Duration delay, std::function<void()> call);
    /// Calls every `period` (> 0) until dropped; a late call is not made up for.
    [[nodiscard]] Handle every(core::Duration period, std::function<void()> call);
    /// Runs `call` on the loop's thread, in the order given. Any thread; never blocks. What was never run when the loop
    /// is destroyed is dropped.
    void post(std::function<void()> call);

    /// Runs until `stop` is requested (or quit()); then returns with watches, timers and unread mail still in place.
    void run(const std::stop_token& stop = {});
    /// Does what is due or ready now, without waiting. @return how many callbacks ran.
    std::size_t poll();
    /// Ends run() after the current callback; before run(), the next run() returns at once. Any thread.
    void quit();

    [[nodiscard]] const core::Clock& clock() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sightline::net
