// SPDX-License-Identifier: Apache-2.0
// SIGTERM, SIGINT, SIGHUP as events of the loop.
#pragma once

#include <csignal>
#include <functional>
#include <initializer_list>

#include "net/event_loop.hpp"

namespace sightline::engine {

/// While it lives, these signals end nothing: they call `on_signal` on the loop's thread. Make it before other threads
/// start, which inherit the mask; it is put back at the end.
class ProcessSignals {
public:
    ProcessSignals(net::EventLoop& loop, std::initializer_list<int> signals, std::function<void(int)> on_signal);
    ~ProcessSignals();
    ProcessSignals(const ProcessSignals&) = delete;
    ProcessSignals& operator=(const ProcessSignals&) = delete;

private:
    sigset_t before_{};
    int fd_;
    net::EventLoop::Handle watch_;
};

}  // namespace sightline::engine
