// SPDX-License-Identifier: Apache-2.0
#include "probe/udp_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "core/text.hpp"
#include "core/url.hpp"

namespace sightline::probe {
namespace {

constexpr std::array<std::string_view, 7> kNothingToDo{"pkt_size", "fifo_size", "overrun_nonfatal", "reuse",
                                                       "timeout",  "ttl",       "localport"};

core::Result<void> read_option(const std::string& key, const std::string& value, UdpSettings& settings) {
    if (key == "interface" || key == "localaddr") {
        settings.interface = value;
    } else if (key == "source" || key == "sources") {
        settings.source = value;
    } else if (key == "buffer_size") {
        const auto [end, error] =
            std::from_chars(value.data(), value.data() + value.size(), settings.receive_buffer_bytes);
        if (error != std::errc{} || end != value.data() + value.size() || settings.receive_buffer_bytes < 1024) {
            return core::fail(
                core::ErrorCode::InvalidConfig,
                fmt::format("buffer_size = \"{}\" is not a number of bytes from 1024 on", core::clean_utf8(value)));
        }
    } else if (std::find(kNothingToDo.begin(), kNothingToDo.end(), key) == kNothingToDo.end()) {
        return core::fail(core::ErrorCode::InvalidConfig,
                          fmt::format("option \"{}\" is not known here; allowed: interface, source, buffer_size",
                                      core::clean_utf8(key)));
    }
    return {};
}

}  // namespace

core::Result<UdpSettings> parse_udp_settings(const core::InputSpec& input) {
    const auto url = core::parse_url(input.url);
    if (!url) return tl::unexpected(url.error());
    UdpSettings settings;
    settings.rtp = url->scheme == "rtp";
    settings.host = url->host;
    settings.port = url->port;
    settings.source = url->user;
    if (url->port == 0) {
        return core::fail(core::ErrorCode::InvalidConfig,
                          fmt::format("\"{}\" has no port", core::mask_secrets(input.url)));
    }
    for (const auto& [key, value] : url->query) {
        if (auto read = read_option(key, value, settings); !read) return tl::unexpected(read.error());
    }
    if (!input.interface.empty()) settings.interface = input.interface;
    if (!input.source.empty()) settings.source = input.source;
    if (input.receive_buffer_bytes > 0) settings.receive_buffer_bytes = input.receive_buffer_bytes;
    return settings;
}

UdpSource::UdpSource(UdpSettings settings, const SourceOptions& options, net::EventLoop& loop)
    : settings_(std::move(settings)), loop_(loop), resolver_(loop), backoff_(options.jitter_seed) {}

UdpSource::~UdpSource() {
    cancel();
}

SourceTraits UdpSource::traits() const {
    return {true, false, false, Container::MpegTs};
}

void UdpSource::start(SourceSink& sink) {
    sink_ = &sink;
    begin();
}

void UdpSource::cancel() {
    sink_ = nullptr;
    lookup_.reset();
    retry_.reset();
    silence_.reset();
    gap_.reset();
    close_socket();
}

void UdpSource::say(LinkState state, std::string reason, std::optional<core::Error> error) {
    if (sink_ != nullptr) sink_->on_link({state, std::move(reason), std::move(error), loop_.clock().now()});
}

void UdpSource::begin() {
    const std::string host = settings_.host.empty() ? "0.0.0.0" : settings_.host;
    lookup_ = resolver_.resolve(host, settings_.port, [this](const net::Addresses& addresses) {
        if (addresses) {
            open(addresses->front());
        } else {
            failed(addresses.error());
        }
    });
}

void UdpSource::open(const net::Address& local) {
    net::UdpTarget target;
    target.local = local;
    target.interface = settings_.interface;
    target.source = settings_.source;
    target.receive_buffer_bytes = settings_.receive_buffer_bytes;
    auto socket = net::UdpSocket::open(
        loop_, target, [this](std::span<const net::Datagram> datagrams) { take(datagrams); },
        [this](const core::Error& error) { failed(error); });
    if (!socket) {
        failed(socket.error());
        return;
    }
    socket_ = std::move(*socket);
    backoff_.reset();
    if (!connected_) say(LinkState::Connecting, fmt::format("waiting for packets at {}", socket_->local().text()));
    if (sink_ != nullptr && local.is_multicast()) {
        seen_at_last_look_ = 0;
        silence_ = loop_.every(kRejoin, [this] { rejoin_if_silent(); });
    }
}

void UdpSource::close_socket() {
    if (!socket_) return;
    const net::UdpStatistics& last = socket_->statistics();
    before_.datagrams += last.datagrams;
    before_.bytes += last.bytes;
    before_.dropped_by_kernel += last.dropped_by_kernel;
    before_.buffer_asked_bytes = last.buffer_asked_bytes;
    before_.buffer_granted_bytes = last.buffer_granted_bytes;
    socket_.reset();
}

void UdpSource::failed(const core::Error& error) {
    close_socket();
    silence_.reset();
    connected_ = false;
    retry_ = loop_.after(backoff_.next(), [this] { begin(); });
    say(LinkState::Unreachable, error.message, error);
}

void UdpSource::rejoin_if_silent() {
    const std::uint64_t seen = socket_ ? socket_->statistics().datagrams : 0;
    if (seen != seen_at_last_look_) {
        seen_at_last_look_ = seen;
        return;
    }
    ++rejoins_;
    close_socket();
    begin();
}

void UdpSource::take(std::span<const net::Datagram> datagrams) {
    for (const net::Datagram& datagram : datagrams) {
        if (sink_ == nullptr) return;  // cancelled by what the last one led to
        if (settings_.rtp || is_rtp_with_ts(datagram.bytes)) {
            take_rtp(datagram);
        } else {
            deliver(datagram.bytes, datagram.arrival);
        }
    }
    if (rtp_ && rtp_->waiting() && !gap_) wait_for_gap();
}

void UdpSource::take_rtp(const net::Datagram& datagram) {
    if (!rtp_) {
        rtp_ = std::make_unique<RtpReceiver>(
            [this](std::span<const std::byte> payload, core::ArrivalTime arrival) { deliver(payload, arrival); },
            [this] {
                if (sink_ != nullptr) sink_->on_boundary({Boundary::Kind::Session, {}, Container::MpegTs});
            });
    }
    if (!rtp_->take(datagram.bytes, datagram.arrival) && !connected_ && !std::exchange(said_not_rtp_, true)) {
        say(LinkState::Connecting, "packets come, but they are not RTP");
    }
}

void UdpSource::wait_for_gap() {
    gap_ = loop_.after(RtpReceiver::kPatience / 2, [this] {
        gap_.reset();
        rtp_->pass_time(loop_.clock().now());
        if (sink_ != nullptr && rtp_->waiting()) wait_for_gap();
    });
}

void UdpSource::deliver(std::span<const std::byte> bytes, core::ArrivalTime arrival) {
    if (sink_ == nullptr || bytes.empty()) return;
    if (!std::exchange(connected_, true)) {
        say(LinkState::Connected, {});
        if (sink_ != nullptr) sink_->on_boundary({Boundary::Kind::Session, {}, Container::MpegTs});
    }
    if (sink_ != nullptr) sink_->on_bytes(bytes, arrival);
}

std::map<std::string, double> UdpSource::statistics() const {
    const net::UdpStatistics now = socket_ ? socket_->statistics() : net::UdpStatistics{};
    const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
    const bool open = socket_ != nullptr;
    std::map<std::string, double> result{
        {"udp.datagrams_total", number(before_.datagrams + now.datagrams)},
        {"udp.bytes_total", number(before_.bytes + now.bytes)},
        {"udp.kernel_dropped_total", number(before_.dropped_by_kernel + now.dropped_by_kernel)},
        {"udp.receive_buffer_asked_bytes", open ? now.buffer_asked_bytes : before_.buffer_asked_bytes},
        {"udp.receive_buffer_bytes", open ? now.buffer_granted_bytes : before_.buffer_granted_bytes},
        {"udp.rejoins_total", number(rejoins_)},
    };
    if (!rtp_) return result;
    const RtpStatistics& rtp = rtp_->statistics();
    result["rtp.received_total"] = number(rtp.received);
    result["rtp.malformed_total"] = number(rtp.malformed);
    result["rtp.lost_total"] = number(rtp.lost);
    result["rtp.late_total"] = number(rtp.late);
    result["rtp.reordered_total"] = number(rtp.reordered);
    result["rtp.duplicates_total"] = number(rtp.duplicates);
    result["rtp.foreign_total"] = number(rtp.foreign);
    result["rtp.restarts_total"] = number(rtp.restarts);
    result["rtp.jitter_ms"] = rtp.jitter_ms;
    return result;
}

core::Result<std::unique_ptr<Source>> make_udp_source(const core::InputSpec& input, const SourceOptions& options,
                                                      net::EventLoop& loop) {
    auto settings = parse_udp_settings(input);
    if (!settings) return tl::unexpected(settings.error());
    return std::make_unique<UdpSource>(std::move(*settings), options, loop);
}

}  // namespace sightline::probe
