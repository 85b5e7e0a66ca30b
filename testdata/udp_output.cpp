// SPDX-License-Identifier: Apache-2.0
#include "testdata/udp_output.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "testdata/random.hpp"

namespace sightline::testdata {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

constexpr std::size_t kRtpHeader = 12;
constexpr std::uint8_t kRtpPayloadMp2t = 33;

void put_rtp_header(std::uint8_t* out, std::uint16_t sequence, std::uint32_t timestamp, std::uint32_t source) {
    out[0] = 0x80;
    out[1] = kRtpPayloadMp2t;
    out[2] = static_cast<std::uint8_t>(sequence >> 8);
    out[3] = static_cast<std::uint8_t>(sequence);
    for (unsigned i = 0; i < 4; ++i) out[4 + i] = static_cast<std::uint8_t>(timestamp >> (24 - 8 * i));
    for (unsigned i = 0; i < 4; ++i) out[8 + i] = static_cast<std::uint8_t>(source >> (24 - 8 * i));
}

}  // namespace

UdpOutput::UdpOutput(std::string to, core::Url url, UdpFraming framing, std::uint64_t seed)
    : to_(std::move(to)), url_(std::move(url)), framing_(framing) {
    Random random(seed);
    sequence_ = static_cast<std::uint16_t>(random.next());
    source_ = static_cast<std::uint32_t>(random.next());
}

UdpOutput::~UdpOutput() {
    if (socket_ >= 0) close(socket_);
}

Result<void> UdpOutput::open() {
    if (socket_ >= 0) return {};
    auto address = resolve(url_);
    if (!address) return tl::unexpected(address.error());
    address_ = *address;
    socket_ = socket(address_.get()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0) return fail(ErrorCode::Io, fmt::format("{}: {}", to_, std::strerror(errno)));
    if (const auto ttl = url_.query.find("ttl"); ttl != url_.query.end()) {
        const int hops = std::atoi(ttl->second.c_str());
        setsockopt(socket_, IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops);
    }
    if (const auto interface = url_.query.find("interface"); interface != url_.query.end()) {
        in_addr from{};
        if (inet_pton(AF_INET, interface->second.c_str(), &from) != 1 ||
            setsockopt(socket_, IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof from) != 0) {
            return fail(
                ErrorCode::InvalidConfig,
                fmt::format("{}: interface {}: expected an IPv4 address of this machine", to_, interface->second));
        }
    }
    return {};
}

Result<void> UdpOutput::write_packets(std::span<const TsPacket> packets, SentMarks& sent) {
    std::array<std::uint8_t, kRtpHeader + 7 * kPacketSize> datagram;
    std::size_t size = 0;
    if (framing_ == UdpFraming::Rtp) {
        const auto ticks = std::chrono::duration_cast<core::PtsTicks>(packets.back().time).count();
        put_rtp_header(datagram.data(), sequence_++, static_cast<std::uint32_t>(ticks), source_);
        size = kRtpHeader;
    }
    for (const TsPacket& packet : packets) {
        std::memcpy(datagram.data() + size, packet.bytes.data(), kPacketSize);
        size += kPacketSize;
    }
    if (sendto(socket_, datagram.data(), size, 0, address_.get(), address_.length) >= 0) {
        collect_marks(packets, sent);
        return {};
    }
    if (!complained_) std::fprintf(stderr, "%s: %s\n", to_.c_str(), std::strerror(errno));
    complained_ = true;
    return {};
}

}  // namespace sightline::testdata
