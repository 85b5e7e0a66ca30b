// SPDX-License-Identifier: Apache-2.0
// A view of one 188-byte transport packet, and the clocks inside (ISO/IEC 13818-1, 2.4.3).
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace sightline::formats::ts {

inline constexpr std::size_t kPacketSize = 188;
inline constexpr std::byte kSyncByte{0x47};
inline constexpr std::uint16_t kNullPid = 0x1FFF;
inline constexpr std::size_t kPidCount = 0x2000;
/// PCR counts 27 MHz ticks modulo this: 33 bits of 90 kHz, times 300.
inline constexpr std::int64_t kPcrPeriod = (std::int64_t{1} << 33) * 300;
inline constexpr std::int64_t kPtsPeriod = std::int64_t{1} << 33;

/// The four header bytes as one number, first byte on top.
[[nodiscard]] inline std::uint32_t load_header(const std::byte* packet) {
    std::uint32_t word = 0;
    std::memcpy(&word, packet, sizeof word);
    if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap32(word);
    return word;
}

/// Borrowed view; every accessor is safe on any 188 bytes.
class PacketView {
public:
    explicit PacketView(const std::byte* packet) : packet_(packet), header_(load_header(packet)) {}

    [[nodiscard]] bool sync_byte_good() const { return (header_ >> 24) == 0x47; }
    [[nodiscard]] bool transport_error() const { return (header_ & 0x0080'0000U) != 0; }
    [[nodiscard]] bool payload_unit_start() const { return (header_ & 0x0040'0000U) != 0; }
    [[nodiscard]] std::uint16_t pid() const { return static_cast<std::uint16_t>((header_ >> 8) & 0x1FFFU); }
    /// transport_scrambling_control; 0 is clear.
    [[nodiscard]] unsigned scrambling() const { return (header_ >> 6) & 3U; }
    [[nodiscard]] unsigned adaptation_field_control() const { return (header_ >> 4) & 3U; }
    [[nodiscard]] bool has_payload() const { return (header_ & 0x10U) != 0; }
    [[nodiscard]] bool has_adaptation_field() const { return (header_ & 0x20U) != 0; }
    [[nodiscard]] unsigned continuity_counter() const { return header_ & 0xFU; }

    /// Bytes after adaptation_field_length; 0 without an adaptation field. A length beyond the packet is cut to it.
    [[nodiscard]] std::size_t adaptation_length() const {
        if (!has_adaptation_field()) return 0;
        return std::min<std::size_t>(at(4), kPacketSize - 5);
    }
    [[nodiscard]] bool discontinuity_indicator() const { return adaptation_length() > 0 && (at(5) & 0x80U) != 0; }
    [[nodiscard]] bool random_access_indicator() const { return adaptation_length() > 0 && (at(5) & 0x40U) != 0; }
    [[nodiscard]] bool has_pcr() const { return adaptation_length() >= 7 && (at(5) & 0x10U) != 0; }

    /// program_clock_reference in 27 MHz ticks, [0, kPcrPeriod + 299]: an extension above 299 is taken as it is.
    [[nodiscard]] std::optional<std::int64_t> pcr() const {
        if (!has_pcr()) return std::nullopt;
        const std::int64_t base = (std::int64_t{at(6)} << 25) | (std::int64_t{at(7)} << 17) |
                                  (std::int64_t{at(8)} << 9) | (std::int64_t{at(9)} << 1) | (at(10) >> 7);
        const std::int64_t extension = (std::int64_t{at(10) & 1U} << 8) | at(11);
        return base * 300 + extension;
    }

    /// Empty without payload or where the adaptation field leaves no room.
    [[nodiscard]] std::span<const std::byte> payload() const {
        if (!has_payload()) return {};
        const std::size_t start = has_adaptation_field() ? 5 + std::size_t{at(4)} : 4;
        if (start >= kPacketSize) return {};
        return {packet_ + start, kPacketSize - start};
    }

    [[nodiscard]] std::span<const std::byte, kPacketSize> bytes() const {
        return std::span<const std::byte, kPacketSize>{packet_, kPacketSize};
    }

private:
    [[nodiscard]] std::uint8_t at(std::size_t index) const { return std::to_integer<std::uint8_t>(packet_[index]); }
    const std::byte* packet_;
    std::uint32_t header_;
};

/// Whether `copy` is a legal duplicate of `original`: equal in every byte but the PCR (2.4.3.3).
[[nodiscard]] inline bool equal_but_pcr(PacketView original, PacketView copy) {
    const auto a = original.bytes();
    const auto b = copy.bytes();
    if (!original.has_pcr() || !copy.has_pcr()) return std::memcmp(a.data(), b.data(), kPacketSize) == 0;
    return std::memcmp(a.data(), b.data(), 6) == 0 && std::memcmp(a.data() + 12, b.data() + 12, kPacketSize - 12) == 0;
}

}  // namespace sightline::formats::ts
