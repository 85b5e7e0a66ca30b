// SPDX-License-Identifier: Apache-2.0
// Some bytes over a TCP or TLS connection of their own, until the other side's kernel has them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/result.hpp"
#include "core/time.hpp"
#include "net/event_loop.hpp"
#include "net/resolver.hpp"

namespace sightline::net {

struct StreamTarget {
    enum class Tls { None, Verified };
    std::string host;
    int port = 0;
    Tls tls = Tls::None;
    std::string ca_file;  ///< PEM, trusted instead of the system's authorities; empty: those
};

/// Connects (to each address of the name in turn), sends, waits until all was acknowledged by TCP, closes. A protocol
/// without replies, such as syslog, gets no better receipt.
///
/// Threading: the loop's thread.
/// Errors:    NotFound: no such name; Timeout; Refused: the certificate is not trusted or not of that name; Io: the
/// rest.
class StreamSender {
public:
    using Done = std::function<void(core::Result<void>)>;

    explicit StreamSender(EventLoop& loop, Resolver::Lookup lookup = look_up);
    ~StreamSender();
    StreamSender(const StreamSender&) = delete;
    StreamSender& operator=(const StreamSender&) = delete;

    /// `done` comes from the loop, once, within `timeout`; never from within, and not after the handle is dropped.
    [[nodiscard]] EventLoop::Handle send(const StreamTarget& target, std::string bytes, core::Duration timeout,
                                         Done done);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sightline::net
