// SPDX-License-Identifier: Apache-2.0
#include "probe/rtp_packet.hpp"

namespace sightline::probe {
namespace {

constexpr std::size_t kFixedHeader = 12;
constexpr std::byte kTsSync{0x47};

unsigned u8(std::span<const std::byte> bytes, std::size_t at) {
    return std::to_integer<unsigned>(bytes[at]);
}
unsigned u16(std::span<const std::byte> bytes, std::size_t at) {
    return u8(bytes, at) << 8 | u8(bytes, at + 1);
}
std::uint32_t u32(std::span<const std::byte> bytes, std::size_t at) {
    return u16(bytes, at) << 16 | u16(bytes, at + 2);
}

}  // namespace

core::Result<RtpPacket> parse_rtp(std::span<const std::byte> datagram) {
    using core::ErrorCode;
    if (datagram.size() < kFixedHeader) return core::fail(ErrorCode::Truncated, "shorter than an RTP header");
    const unsigned first = u8(datagram, 0);
    if (first >> 6 != 2) return core::fail(ErrorCode::Corrupt, "not RTP version 2");
    RtpPacket packet;
    packet.marker = (u8(datagram, 1) & 0x80) != 0;
    packet.payload_type = static_cast<int>(u8(datagram, 1) & 0x7F);
    packet.sequence = static_cast<std::uint16_t>(u16(datagram, 2));
    packet.timestamp = u32(datagram, 4);
    packet.ssrc = u32(datagram, 8);
    std::size_t at = kFixedHeader + 4 * static_cast<std::size_t>(first & 0x0F);  // CSRCs
    if ((first & 0x10) != 0) {                                                   // header extension, 5.3.1
        if (datagram.size() < at + 4) return core::fail(ErrorCode::Truncated, "ends inside the RTP header extension");
        at += 4 + 4 * static_cast<std::size_t>(u16(datagram, at + 2));
    }
    if (datagram.size() < at) return core::fail(ErrorCode::Truncated, "ends inside the RTP header");
    packet.payload = datagram.subspan(at);
    if ((first & 0x20) != 0) {
        const std::size_t padding = packet.payload.empty() ? 0 : u8(datagram, datagram.size() - 1);
        if (padding == 0 || padding > packet.payload.size()) {
            return core::fail(ErrorCode::Corrupt, "RTP padding longer than the payload");
        }
        packet.payload = packet.payload.first(packet.payload.size() - padding);
    }
    return packet;
}

bool is_rtp_with_ts(std::span<const std::byte> datagram) {
    if (datagram.size() < kFixedHeader || u8(datagram, 0) >> 6 != 2 || (u8(datagram, 1) & 0x7F) != kRtpPayloadMp2t) {
        return false;
    }
    const auto packet = parse_rtp(datagram);
    return packet && !packet->payload.empty() && packet->payload[0] == kTsSync;
}

}  // namespace sightline::probe
