// SPDX-License-Identifier: Apache-2.0
// RTMP from an encoder that pushes to us: a small server for one publisher.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "net/address.hpp"
#include "net/event_loop.hpp"
#include "probe/backoff.hpp"
#include "probe/rtmp_protocol.hpp"
#include "probe/source.hpp"

namespace sightline::probe {

struct RtmpListenSettings {
    net::Address local;  ///< port 0: any free one
    rtmp::PublishPoint point;
};

/// Reads rtmp://0.0.0.0:1935/app/key?mode=listen (or ?listen=1); input.rtmp_app and rtmp_key go before the URL's.
/// @return InvalidConfig: a name instead of an address, no app, no key, rtmps.
[[nodiscard]] core::Result<RtmpListenSettings> parse_rtmp_listen(const core::InputSpec& input);
/// Whether the URL asks to be pushed to.
[[nodiscard]] bool is_rtmp_listen(const core::InputSpec& input);

/// Takes one publishing encoder at a time and hands on FLV; each one begins a Session.
///
/// A wrong app or key is refused in RTMP's own words and told as Unreachable with the reason; so is a second encoder,
/// unless the first has sent nothing for 5 s: then it is replaced. An encoder silent for 30 s is dropped.
/// Threading: the event loop's.
class RtmpListenSource final : public Source {
public:
    RtmpListenSource(RtmpListenSettings settings, const SourceOptions& options, net::EventLoop& loop);
    ~RtmpListenSource() override;

    [[nodiscard]] SourceTraits traits() const override;
    void start(SourceSink& sink) override;
    void cancel() override;
    /// "rtmp.connections_total", "rtmp.publishers_total", "rtmp.refused_total", "rtmp.bytes_received_total".
    [[nodiscard]] std::map<std::string, double> statistics() const override;

    /// 0 while not listening.
    [[nodiscard]] int listening_port() const { return port_; }

private:
    struct Connection;
    void listen();
    void accept();
    void readable(Connection& connection);
    void heard(Connection& connection, std::span<const std::byte> bytes);
    void deliver(Connection& connection, std::span<const std::byte> flv);
    void refused(Connection& connection);
    void send(Connection& connection);
    void look_after();
    /// Closes a connection once nothing on the stack uses it; told as Unreachable where it was publishing.
    void close(Connection& connection, const std::string& reason);
    void bury();
    [[nodiscard]] std::string admit(const Connection& candidate);
    void say(LinkState state, std::string reason, std::optional<core::Error> error = {});
    [[nodiscard]] core::ArrivalTime now() const { return loop_.clock().now(); }

    const RtmpListenSettings settings_;
    net::EventLoop& loop_;
    Backoff backoff_;
    SourceSink* sink_ = nullptr;  // null: not started or cancelled
    int socket_ = -1;
    int port_ = 0;
    net::EventLoop::Handle watch_, timer_, retry_;
    std::vector<std::unique_ptr<Connection>> connections_;
    Connection* publisher_ = nullptr;
    std::vector<std::byte> buffer_;
    std::uint64_t accepted_ = 0, publishers_ = 0, refused_ = 0, received_bytes_ = 0;
};

[[nodiscard]] core::Result<std::unique_ptr<Source>> make_rtmp_listen_source(const core::InputSpec& input,
                                                                            const SourceOptions& options,
                                                                            net::EventLoop& loop);

}  // namespace sightline::probe
