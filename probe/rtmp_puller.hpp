// SPDX-License-Identifier: Apache-2.0
// The blocking half of an RTMP pull: one attempt in a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>

#include "core/result.hpp"
#include "net/event_loop.hpp"

namespace sightline::probe {

/// One connection through FFmpeg's rtmp protocol, from opening to its end.
///
/// Threading: construct and destroy on the loop's thread, where the callbacks come too, none after destruction. The
///            thread shares only State with it, and State outlives both.
class RtmpPuller {
public:
    struct Order {
        std::string url;     ///< as FFmpeg opens it, with a numeric host where that can be
        std::string tc_url;  ///< what the server is told
        std::string host;    ///< rtmps: the name the certificate must have; empty: no TLS
    };
    struct Events {
        std::function<void()> opened;  ///< media is there; bytes follow
        std::function<void(std::span<const std::byte> flv)> bytes;
        /// Last of all. `answered`: the server took the connection, whatever came of it.
        std::function<void(const core::Error& why, bool answered)> ended;
    };

    RtmpPuller(Order order, Events events, net::EventLoop& loop);
    ~RtmpPuller();
    RtmpPuller(const RtmpPuller&) = delete;
    RtmpPuller& operator=(const RtmpPuller&) = delete;

    /// Ends the attempt as timed out: `ended` follows and says how far it had come.
    void time_out();

private:
    struct State;
    static void run(const std::shared_ptr<State>& state, const Order& order);
    std::shared_ptr<State> state_;
    std::jthread thread_;
};

}  // namespace sightline::probe
