// SPDX-License-Identifier: Apache-2.0
// The RTP header (RFC 3550, 5.1), as far as MPEG-TS over RTP (RFC 2250) needs it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/result.hpp"

namespace sightline::probe {

inline constexpr int kRtpPayloadMp2t = 33;  // RFC 3551, table 5

struct RtpPacket {
    bool marker = false;
    int payload_type = 0;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;  ///< 90 kHz for MPEG-TS
    std::uint32_t ssrc = 0;
    std::span<const std::byte> payload;  ///< borrowed: without CSRCs, header extension and padding
};

/// @return Corrupt (not version 2, or padding longer than the payload), Truncated (ends inside what the header
/// announces).
[[nodiscard]] core::Result<RtpPacket> parse_rtp(std::span<const std::byte> datagram);

/// Whether a datagram of a udp:// input is RTP that carries MPEG-TS: such a one cannot be mistaken for bare MPEG-TS,
/// whose first byte is 0x47.
[[nodiscard]] bool is_rtp_with_ts(std::span<const std::byte> datagram);

}  // namespace sightline::probe
