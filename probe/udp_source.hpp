// SPDX-License-Identifier: Apache-2.0
// MPEG-TS over UDP, bare (udp://) or in RTP (rtp://, and udp:// where RTP comes).
#pragma once

#include <memory>
#include <string>

#include "core/result.hpp"
#include "core/stream_spec.hpp"
#include "net/event_loop.hpp"
#include "net/resolver.hpp"
#include "net/udp_socket.hpp"
#include "probe/backoff.hpp"
#include "probe/rtp_receiver.hpp"
#include "probe/source.hpp"

namespace sightline::probe {

/// What a udp:// or rtp:// URL and its input say, checked before any socket is made.
struct UdpSettings {
    bool rtp = false;       ///< nothing but RTP is taken
    std::string host;       ///< address to bind or group to join; empty: every address of this machine
    int port = 0;           ///< 0 only in tests: any free port
    std::string interface;  ///< of a group
    std::string source;     ///< of a group: its only sender
    int receive_buffer_bytes = 0;
};

/// Reads udp://[source@]host:port and udp://@group:port with the options interface (localaddr), source (sources) and
/// buffer_size; FFmpeg's pkt_size, fifo_size, overrun_nonfatal, reuse, timeout and ttl are understood as "nothing to
/// do". The input's own fields win over the URL's. @return InvalidConfig naming what is wrong and what is allowed.
[[nodiscard]] core::Result<UdpSettings> parse_udp_settings(const core::InputSpec& input);

/// Receives one stream of datagrams. The link is Connecting until the first one, then Connected for good: UDP cannot
/// know that nobody sends, the absence of bytes says it. A socket that cannot be opened is Unreachable, and tried
/// again. A group that has been silent for kRejoin is joined anew, in case the network forgot us.
///
/// Threading: the event loop's.
class UdpSource final : public Source {
public:
    static constexpr core::Duration kRejoin = std::chrono::seconds{10};

    UdpSource(UdpSettings settings, const SourceOptions& options, net::EventLoop& loop);
    ~UdpSource() override;

    [[nodiscard]] SourceTraits traits() const override;
    void start(SourceSink& sink) override;
    void cancel() override;
    /// udp.datagrams_total udp.bytes_total udp.kernel_dropped_total udp.receive_buffer_asked_bytes
    /// udp.receive_buffer_bytes udp.rejoins_total; where RTP comes: rtp.received_total … rtp.jitter_ms.
    [[nodiscard]] std::map<std::string, double> statistics() const override;

    /// Where it listens; port 0 while it does not.
    [[nodiscard]] net::Address local() const { return socket_ ? socket_->local() : net::Address{}; }

private:
    void begin();
    void open(const net::Address& local);
    void close_socket();
    void take(std::span<const net::Datagram> datagrams);
    void take_rtp(const net::Datagram& datagram);
    void deliver(std::span<const std::byte> bytes, core::ArrivalTime arrival);
    void wait_for_gap();
    void rejoin_if_silent();
    void failed(const core::Error& error);
    void say(LinkState state, std::string reason, std::optional<core::Error> error = {});

    const UdpSettings settings_;
    net::EventLoop& loop_;
    net::Resolver resolver_;
    Backoff backoff_;
    SourceSink* sink_ = nullptr;  // null: not started or cancelled
    net::EventLoop::Handle lookup_, retry_, silence_, gap_;
    std::unique_ptr<net::UdpSocket> socket_;
    std::unique_ptr<RtpReceiver> rtp_;
    bool connected_ = false;
    bool said_not_rtp_ = false;
    std::uint64_t seen_at_last_look_ = 0;
    std::uint64_t rejoins_ = 0;
    net::UdpStatistics before_;  // of past sockets
};

/// @return InvalidConfig, as parse_udp_settings().
[[nodiscard]] core::Result<std::unique_ptr<Source>> make_udp_source(const core::InputSpec& input,
                                                                    const SourceOptions& options, net::EventLoop& loop);

}  // namespace sightline::probe
