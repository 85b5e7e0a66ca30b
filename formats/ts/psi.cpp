// SPDX-License-Identifier: Apache-2.0
#include "formats/ts/psi.hpp"

#include <array>

#include "core/text.hpp"
#include "formats/ts/dvb_text.hpp"

namespace sightline::formats::ts {
namespace {

// kCrcTables[n][b]: what byte b does to the remainder when n more bytes follow it in the same step.
constexpr std::size_t kCrcStep = 8;
constexpr std::array<std::array<std::uint32_t, 256>, kCrcStep> make_crc_tables() {
    std::array<std::array<std::uint32_t, 256>, kCrcStep> tables{};
    for (std::uint32_t index = 0; index < 256; ++index) {
        std::uint32_t value = index << 24;
        for (int bit = 0; bit < 8; ++bit) value = (value << 1) ^ ((value & 0x8000'0000U) != 0 ? 0x04C1'1DB7U : 0U);
        tables[0][index] = value;
    }
    for (std::size_t after = 1; after < kCrcStep; ++after) {
        for (std::size_t index = 0; index < 256; ++index) {
            const std::uint32_t value = tables[after - 1][index];
            tables[after][index] = (value << 8) ^ tables[0][value >> 24];
        }
    }
    return tables;
}
constexpr auto kCrcTables = make_crc_tables();

constexpr std::size_t kLongHeader = 8;  // table_id to last_section_number
constexpr std::size_t kCrcSize = 4;

unsigned u8(std::span<const std::byte> bytes, std::size_t index) {
    return std::to_integer<unsigned>(bytes[index]);
}
std::uint16_t u16(std::span<const std::byte> bytes, std::size_t index) {
    return static_cast<std::uint16_t>((u8(bytes, index) << 8) | u8(bytes, index + 1));
}
std::uint16_t u13(std::span<const std::byte> bytes, std::size_t index) {
    return u16(bytes, index) & 0x1FFFU;
}
std::size_t u12(std::span<const std::byte> bytes, std::size_t index) {
    return u16(bytes, index) & 0x0FFFU;
}

std::span<const std::byte> body(SectionView section) {
    return section.bytes.subspan(kLongHeader, section.bytes.size() - kLongHeader - kCrcSize);
}
bool is_long(SectionView section, std::uint8_t table_id) {
    return section.bytes.size() >= kLongHeader + kCrcSize && section.table_id() == table_id && section.long_form();
}
std::uint8_t version_of(SectionView section) {
    return static_cast<std::uint8_t>((u8(section.bytes, 5) >> 1) & 0x1FU);
}
bool current_of(SectionView section) {
    return (u8(section.bytes, 5) & 1U) != 0;
}

/// Calls `visit(tag, content)` for each whole descriptor.
template <class Visit>
void for_each_descriptor(std::span<const std::byte> bytes, Visit&& visit) {
    while (bytes.size() >= 2) {
        const std::size_t length = u8(bytes, 1);
        if (length > bytes.size() - 2) return;
        visit(static_cast<std::uint8_t>(u8(bytes, 0)), bytes.subspan(2, length));
        bytes = bytes.subspan(2 + length);
    }
}

}  // namespace

std::uint32_t crc32(std::span<const std::byte> bytes) {
    std::uint32_t crc = 0xFFFF'FFFFU;
    for (; bytes.size() >= kCrcStep; bytes = bytes.subspan(kCrcStep)) {
        crc ^= (u8(bytes, 0) << 24) | (u8(bytes, 1) << 16) | (u8(bytes, 2) << 8) | u8(bytes, 3);
        crc = kCrcTables[7][crc >> 24] ^ kCrcTables[6][(crc >> 16) & 0xFFU] ^ kCrcTables[5][(crc >> 8) & 0xFFU] ^
              kCrcTables[4][crc & 0xFFU] ^ kCrcTables[3][u8(bytes, 4)] ^ kCrcTables[2][u8(bytes, 5)] ^
              kCrcTables[1][u8(bytes, 6)] ^ kCrcTables[0][u8(bytes, 7)];
    }
    for (const std::byte b : bytes) crc = (crc << 8) ^ kCrcTables[0][(crc >> 24) ^ std::to_integer<std::uint32_t>(b)];
    return crc;
}

std::optional<PatSection> parse_pat(SectionView section) {
    if (!is_long(section, kPatTable)) return std::nullopt;
    PatSection pat;
    pat.transport_stream_id = u16(section.bytes, 3);
    pat.version = version_of(section);
    pat.current = current_of(section);
    pat.section_number = static_cast<std::uint8_t>(u8(section.bytes, 6));
    pat.last_section_number = static_cast<std::uint8_t>(u8(section.bytes, 7));
    auto rest = body(section);
    if (rest.size() % 4 != 0) return std::nullopt;
    pat.entries.reserve(rest.size() / 4);
    for (; !rest.empty(); rest = rest.subspan(4)) pat.entries.push_back(PatEntry{u16(rest, 0), u13(rest, 2)});
    return pat;
}

std::optional<PmtSection> parse_pmt(SectionView section) {
    if (!is_long(section, kPmtTable)) return std::nullopt;
    auto rest = body(section);
    if (rest.size() < 4) return std::nullopt;
    PmtSection pmt;
    pmt.programme = u16(section.bytes, 3);
    pmt.version = version_of(section);
    pmt.current = current_of(section);
    pmt.pcr_pid = u13(rest, 0);
    const std::size_t info = u12(rest, 2);
    if (info > rest.size() - 4) return std::nullopt;
    std::string registration;
    for_each_descriptor(rest.subspan(4, info), [&](std::uint8_t tag, std::span<const std::byte> content) {
        if (tag == 0x09) pmt.scrambling_declared = true;  // CA_descriptor
        if (tag == 0x05 && content.size() >= 4) {         // registration_descriptor
            registration.assign(reinterpret_cast<const char*>(content.data()), 4);
        }
    });
    for (rest = rest.subspan(4 + info); !rest.empty();) {
        if (rest.size() < 5) return std::nullopt;
        const std::size_t length = u12(rest, 3);
        if (length > rest.size() - 5) return std::nullopt;
        const auto descriptors = rest.subspan(5, length);
        pmt.streams.push_back(
            describe_stream(u13(rest, 1), static_cast<std::uint8_t>(u8(rest, 0)), descriptors, registration));
        for_each_descriptor(descriptors, [&](std::uint8_t tag, std::span<const std::byte>) {
            if (tag == 0x09) pmt.scrambling_declared = true;
        });
        rest = rest.subspan(5 + length);
    }
    return pmt;
}

std::optional<SdtSection> parse_sdt(SectionView section) {
    if (!is_long(section, kSdtActualTable)) return std::nullopt;
    auto rest = body(section);
    if (rest.size() < 3) return std::nullopt;
    SdtSection sdt;
    sdt.version = version_of(section);
    sdt.current = current_of(section);
    for (rest = rest.subspan(3); !rest.empty();) {  // original_network_id and a reserved byte
        if (rest.size() < 5) return std::nullopt;
        const std::size_t length = u12(rest, 3);
        if (length > rest.size() - 5) return std::nullopt;
        SdtService service;
        service.programme = u16(rest, 0);
        for_each_descriptor(rest.subspan(5, length), [&](std::uint8_t tag, std::span<const std::byte> content) {
            if (tag != 0x48 || content.size() < 3) return;  // service_descriptor, EN 300 468 6.2.33
            const std::size_t provider = u8(content, 1);
            if (provider > content.size() - 3) return;
            const std::size_t name = u8(content, 2 + provider);
            if (name > content.size() - 3 - provider) return;
            service.provider = decode_dvb_text(content.subspan(2, provider));
            service.name = decode_dvb_text(content.subspan(3 + provider, name));
        });
        sdt.services.push_back(std::move(service));
        rest = rest.subspan(5 + length);
    }
    return sdt;
}

}  // namespace sightline::formats::ts
