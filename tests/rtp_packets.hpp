// SPDX-License-Identifier: Apache-2.0
// RTP packets and MPEG-TS payloads made for tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sightline::tests {

using Bytes = std::vector<std::byte>;

inline Bytes to_bytes(const std::string& text) {
    Bytes result;
    for (const char c : text) result.push_back(static_cast<std::byte>(c));
    return result;
}

/// One null packet per count, each marked with `mark` in its payload.
inline Bytes ts_packets(int count, std::uint8_t mark) {
    Bytes result;
    for (int i = 0; i < count; ++i) {
        Bytes packet(188, std::byte{mark});
        packet[0] = std::byte{0x47};
        packet[1] = std::byte{0x1F};
        packet[2] = std::byte{0xFF};
        packet[3] = std::byte{0x10};
        result.insert(result.end(), packet.begin(), packet.end());
    }
    return result;
}

inline Bytes rtp_packet(std::uint16_t sequence, const Bytes& payload, std::uint32_t ssrc = 0x1234,
                        std::uint32_t timestamp = 0, std::uint8_t payload_type = 33) {
    Bytes result{std::byte{0x80}, std::byte{payload_type}};
    const auto put = [&result](std::uint32_t value, int bytes) {
        for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
            result.push_back(static_cast<std::byte>(value >> shift));
    };
    put(sequence, 2);
    put(timestamp, 4);
    put(ssrc, 4);
    result.insert(result.end(), payload.begin(), payload.end());
    return result;
}

}  // namespace sightline::tests
