// SPDX-License-Identifier: Apache-2.0
// The head of a PES packet (ISO/IEC 13818-1, 2.4.3.6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sightline::formats::ts {

struct PesHeader {
    std::uint8_t stream_id = 0;
    std::uint16_t packet_length = 0;  ///< 0: unbounded (video)
    unsigned scrambling = 0;          ///< PES_scrambling_control; 0 is clear
    std::optional<std::int64_t> pts;  ///< 90 kHz, 33 bits
    std::optional<std::int64_t> dts;
    std::size_t header_size = 0;  ///< bytes before the elementary stream's
};

/// Reads the header that begins at `payload`. Empty where there is no start code, the header is cut short, or markers
/// are wrong. stream_ids without the optional header (padding, ECM, …) give no times.
[[nodiscard]] std::optional<PesHeader> parse_pes_header(std::span<const std::byte> payload);

}  // namespace sightline::formats::ts
