// SPDX-License-Identifier: Apache-2.0
// One MPEG-TS packet (ISO/IEC 13818-1, 2.4.3.2) on its way from the muxer to the outputs.
#pragma once

#include <array>
#include <cstdint>

#include "core/time.hpp"

namespace sightline::testdata {

constexpr std::size_t kPacketSize = 188;

enum class PacketRole : std::uint8_t { Psi, Video, Audio, Null };

struct TsPacket {
    std::array<std::uint8_t, kPacketSize> bytes{};
    core::Duration time{0};          ///< media time at which it is due on the wire
    core::PtsTicks stamp_offset{0};  ///< of its PCR, if it has one
    PacketRole role = PacketRole::Null;
    bool segment_may_start = false;  ///< the PAT before a key frame
    int mark = -1;                   ///< Truth's mark, on the last packet of its unit

    [[nodiscard]] int pid() const { return ((bytes[1] & 0x1f) << 8) | bytes[2]; }
    [[nodiscard]] bool has_pcr() const { return (bytes[3] & 0x20) != 0 && bytes[4] > 0 && (bytes[5] & 0x10) != 0; }
};

/// Writes a PCR of 27 MHz ticks at its place (6 bytes from `out`); only the low 33 + 9 bits count.
inline void write_pcr(std::uint8_t* out, std::int64_t ticks) {
    constexpr std::int64_t kWrap = (std::int64_t{1} << 33) * 300;
    ticks = ((ticks % kWrap) + kWrap) % kWrap;
    const std::int64_t base = ticks / 300;
    const std::int64_t extension = ticks % 300;
    out[0] = static_cast<std::uint8_t>(base >> 25);
    out[1] = static_cast<std::uint8_t>(base >> 17);
    out[2] = static_cast<std::uint8_t>(base >> 9);
    out[3] = static_cast<std::uint8_t>(base >> 1);
    out[4] = static_cast<std::uint8_t>(((base & 1) << 7) | 0x7e | (extension >> 8));
    out[5] = static_cast<std::uint8_t>(extension);
}

}  // namespace sightline::testdata
