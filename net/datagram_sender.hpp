// SPDX-License-Identifier: Apache-2.0
// Single UDP datagrams to a host by name: what syslog and SNMP receivers are told with.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/result.hpp"
#include "core/time.hpp"
#include "net/event_loop.hpp"
#include "net/resolver.hpp"

namespace sightline::net {

/// Each datagram leaves from a socket of its own, to the first address of the name.
///
/// UDP has no receipt: success means that it left this machine and that nobody said within kRefusalWait that no one
/// listens there (ICMP port unreachable: from the same machine or network it comes at once).
///
/// Threading: the loop's thread.
/// Errors:    NotFound: no such name; Timeout: name servers; Io: no route, nobody listens there, too long.
class DatagramSender {
public:
    static constexpr core::Duration kRefusalWait = std::chrono::milliseconds{50};
    /// Of one datagram: what fits UDP over IPv4.
    static constexpr std::size_t kMostBytes = 65'507;
    using Done = std::function<void(core::Result<void>)>;

    explicit DatagramSender(EventLoop& loop, Resolver::Lookup lookup = look_up);
    ~DatagramSender();
    DatagramSender(const DatagramSender&) = delete;
    DatagramSender& operator=(const DatagramSender&) = delete;

    /// `done` comes from the loop, once, within `timeout`; never from within, and not after the handle is dropped.
    [[nodiscard]] EventLoop::Handle send(const std::string& host, int port, std::string bytes, core::Duration timeout,
                                         Done done);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sightline::net
