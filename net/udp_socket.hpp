// SPDX-License-Identifier: Apache-2.0
// Receiving UDP: unicast and multicast, with the kernel's receive times and its count of what it had to drop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "core/result.hpp"
#include "core/time.hpp"
#include "net/address.hpp"
#include "net/event_loop.hpp"

namespace sightline::net {

struct UdpTarget {
    Address local;          ///< what to bind to: the group itself, an address of this machine, or the wildcard
    std::string interface;  ///< multicast: "eth0", or an address of this machine; empty: the routing table decides
    std::string source;     ///< multicast: the only sender wanted, as a number; empty: any
    int receive_buffer_bytes = 0;  ///< 0: kDefaultReceiveBuffer
};

struct Datagram {
    std::span<const std::byte> bytes;  ///< borrowed for the call
    core::ArrivalTime arrival;         ///< when the kernel received it
};

struct UdpStatistics {
    std::uint64_t datagrams = 0;
    std::uint64_t bytes = 0;
    std::uint64_t dropped_by_kernel = 0;  ///< receive buffer was full (SO_RXQ_OVFL); known with the next datagram
    int buffer_asked_bytes = 0;
    int buffer_granted_bytes = 0;  ///< less than asked where net.core.rmem_max is lower and we may not pass it
};

/// One bound socket. A quiet socket is waited for; once busy it is swept every kSweep, all sockets of a loop in the
/// same turn, instead of being woken for each packet.
///
/// Threading: the loop's thread.
/// Time:      the kernel stamps packets with civil time (SO_TIMESTAMPNS; there is no monotonic one). Both clocks are
///            read at each sweep, and arrival = monotonic now − (civil now − stamp). A step of the civil clock between
///            receiving and sweeping (≤ 10 ms apart) would put arrival into the future or before the sweep that found
///            nothing: such stamps are replaced by the nearer of these two limits. So a step harms at most the packets
///            of one sweep, by at most a sweep's length. Arrival never goes back.
class UdpSocket {
public:
    static constexpr int kDefaultReceiveBuffer = 8 << 20;
    static constexpr core::Duration kSweep = std::chrono::milliseconds{8};

    using OnDatagrams = std::function<void(std::span<const Datagram> datagrams)>;
    /// Called once when the socket has become useless; no datagram comes after.
    using OnError = std::function<void(const core::Error& error)>;

    /// Opens, joins and starts to receive. Callbacks come from the loop; each may destroy the socket.
    /// @return InvalidConfig (no such interface, source is no address or of the other family), Io ("address already in
    ///         use", "10.0.0.5 is not an address of this machine").
    [[nodiscard]] static core::Result<std::unique_ptr<UdpSocket>> open(EventLoop& loop, const UdpTarget& target,
                                                                       OnDatagrams on_datagrams, OnError on_error);
    ~UdpSocket();
    UdpSocket(const UdpSocket&) = delete;
    UdpSocket& operator=(const UdpSocket&) = delete;

    /// Where it is bound, with the port that was chosen for port 0.
    [[nodiscard]] Address local() const;
    [[nodiscard]] const UdpStatistics& statistics() const;

private:
    struct Impl;
    explicit UdpSocket(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

/// Kernel stamps (civil time) made monotonic, as told above. Pure; UdpSocket's, apart for its tests.
class StampConverter {
public:
    explicit StampConverter(core::ArrivalTime opened) : floor_(opened), last_(opened) {}
    /// A sweep begins: what both clocks say now.
    void begin(core::ArrivalTime now, core::UtcTime utc) {
        now_ = now;
        utc_ = utc;
    }
    [[nodiscard]] core::ArrivalTime convert(core::UtcTime stamp);
    /// The socket was found empty: nothing read later was received before this sweep began.
    void drained() { floor_ = now_; }

private:
    core::ArrivalTime now_{}, floor_, last_;
    core::UtcTime utc_{};
};

}  // namespace sightline::net
