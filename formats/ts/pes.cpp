// SPDX-License-Identifier: Apache-2.0
#include "formats/ts/pes.hpp"

#include <bit>
#include <cstring>

namespace sightline::formats::ts {
namespace {

// Table 2-22: these stream_ids have bytes right after PES_packet_length.
bool without_optional_header(std::uint8_t stream_id) {
    switch (stream_id) {
        case 0xBC:  // program_stream_map
        case 0xBE:  // padding_stream
        case 0xBF:  // private_stream_2
        case 0xF0:  // ECM
        case 0xF1:  // EMM
        case 0xF2:  // DSM-CC
        case 0xF8:  // H.222.1 type E
        case 0xFF:  // program_stream_directory
            return true;
        default:
            return false;
    }
}

std::uint64_t load_big_endian(const std::byte* bytes) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap64(value);
    return value;
}

/// The time in the five bytes that end at `end`; at least eight lie before it.
std::optional<std::int64_t> read_time(const std::byte* end) {
    const std::uint64_t bytes = load_big_endian(end - 8) & 0xFF'FFFF'FFFFULL;
    if ((bytes & 0x01'0001'0001ULL) != 0x01'0001'0001ULL) return std::nullopt;  // marker bits
    return static_cast<std::int64_t>(((bytes >> 3) & (7ULL << 30)) | ((bytes >> 2) & (0x7FFFULL << 15)) |
                                     ((bytes >> 1) & 0x7FFFULL));
}

}  // namespace

std::optional<PesHeader> parse_pes_header(std::span<const std::byte> payload) {
    const auto at = [&](std::size_t index) { return std::to_integer<unsigned>(payload[index]); };
    // One variable for all ways out, so that it is made where the caller has it: every other packet of a small track
    // has a header, and a copy waits for each of its parts to be stored.
    std::optional<PesHeader> found;
    if (payload.size() < 6 || at(0) != 0 || at(1) != 0 || at(2) != 1 || at(3) < 0xBC) return found;
    PesHeader& header = found.emplace();
    header.stream_id = static_cast<std::uint8_t>(at(3));
    header.packet_length = static_cast<std::uint16_t>((at(4) << 8) | at(5));
    header.header_size = 6;
    if (without_optional_header(header.stream_id)) return found;
    if (payload.size() < 9 || (at(6) & 0xC0U) != 0x80U) {
        found.reset();
        return found;
    }
    header.scrambling = (at(6) >> 4) & 3U;
    const unsigned flags = at(7) >> 6;
    const std::size_t length = at(8);
    header.header_size = 9 + length;
    if ((flags & 2U) != 0 && length >= 5 && payload.size() >= 14) header.pts = read_time(payload.data() + 14);
    if (flags == 3 && length >= 10 && payload.size() >= 19) header.dts = read_time(payload.data() + 19);
    return found;
}

}  // namespace sightline::formats::ts
