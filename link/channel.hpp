// SPDX-License-Identifier: Apache-2.0
// One end of the socket between a worker and its supervisor.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "core/result.hpp"
#include "link/messages.hpp"
#include "net/event_loop.hpp"

namespace sightline::link {

/// Sends and receives messages over a SOCK_SEQPACKET socket, which it owns and closes. Never blocks: what the socket
/// does not take waits here, and queued_bytes() tells the sender to hold back. A Segment's and a Ring's descriptor goes
/// along.
///
/// Threading: the loop's thread.
class Channel {
public:
    struct Handlers {
        std::function<void(Message)> on_message;
        /// The other side broke the protocol; the channel goes on.
        std::function<void(const core::Error&)> on_refused;
        /// The other side is gone. The last call; the channel may be destroyed in it.
        std::function<void()> on_closed;
    };
    Channel(net::EventLoop& loop, int socket, Handlers handlers);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// @return Unsupported if the message is too large; it is then not sent. Io once the channel is closed.
    core::Result<void> send(const Message& message);
    [[nodiscard]] std::size_t queued_bytes() const { return queued_bytes_; }

    /// A connected pair, close-on-exec. @return Io.
    [[nodiscard]] static core::Result<std::pair<int, int>> make_pair();

private:
    void on_ready(net::EventLoop::Ready ready);
    void receive();
    void transmit();
    void watch();
    void close();

    net::EventLoop& loop_;
    int socket_;
    Handlers handlers_;
    struct Waiting {
        std::string frame;
        Descriptor descriptor;
    };
    std::deque<Waiting> queue_;
    std::size_t queued_bytes_ = 0;
    bool wants_write_ = false;
    std::string buffer_;
    net::EventLoop::Handle watch_;
};

}  // namespace sightline::link
