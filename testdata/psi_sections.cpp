// SPDX-License-Identifier: Apache-2.0
#include "testdata/psi_sections.hpp"

#include <fmt/format.h>

namespace sightline::testdata {
namespace {

using Bytes = std::vector<std::uint8_t>;

void put16(Bytes& out, int value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8));
    out.push_back(static_cast<std::uint8_t>(value));
}

Bytes begin_section(int table, int id, int version) {
    Bytes section{static_cast<std::uint8_t>(table), 0, 0};
    put16(section, id);
    section.push_back(static_cast<std::uint8_t>(0xc1 | (version << 1)));
    section.push_back(0);
    section.push_back(0);
    return section;
}

/// Fills in the length and adds the CRC.
Bytes end_section(Bytes section) {
    const std::size_t length = section.size() - 3 + 4;
    section[1] = static_cast<std::uint8_t>(0xb0 | (length >> 8));
    section[2] = static_cast<std::uint8_t>(length);
    const std::uint32_t crc = crc32_mpeg(section);
    for (int shift = 24; shift >= 0; shift -= 8) section.push_back(static_cast<std::uint8_t>(crc >> shift));
    return section;
}

void put_text(Bytes& out, const std::string& text) {
    out.push_back(static_cast<std::uint8_t>(text.size()));
    out.insert(out.end(), text.begin(), text.end());
}

}  // namespace

int stream_type(Codec codec) {
    switch (codec) {
        case Codec::H264:
            return 0x1b;
        case Codec::Hevc:
            return 0x24;
        case Codec::Mpeg2Video:
            return 0x02;
        case Codec::Aac:
            return 0x0f;
        case Codec::Mp2:
            return 0x03;
        case Codec::Pcm:
        case Codec::None:
            break;
    }
    return 0;
}

std::uint32_t crc32_mpeg(std::span<const std::uint8_t> bytes) {
    std::uint32_t crc = 0xffffffffU;
    for (const std::uint8_t byte : bytes) {
        crc ^= static_cast<std::uint32_t>(byte) << 24;
        for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ ((crc >> 31) != 0 ? 0x04c11db7U : 0U);
    }
    return crc;
}

Bytes make_pat(const std::vector<int>& pmt_pids, int version) {
    Bytes section = begin_section(0, 1, version);
    for (std::size_t i = 0; i < pmt_pids.size(); ++i) {
        put16(section, static_cast<int>(i) + 1);
        put16(section, 0xe000 | pmt_pids[i]);
    }
    return end_section(std::move(section));
}

Bytes make_pmt(int programme, const std::vector<Track>& tracks, const std::vector<int>& pids, int version) {
    Bytes section = begin_section(2, programme, version);
    put16(section, 0xe000 | (pids.empty() ? 0x1fff : pids[0]));
    put16(section, 0xf000);
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        Bytes descriptors;
        if (tracks[i].language.size() == 3) {
            descriptors = {0x0a, 4};
            descriptors.insert(descriptors.end(), tracks[i].language.begin(), tracks[i].language.end());
            descriptors.push_back(0);
        }
        section.push_back(static_cast<std::uint8_t>(stream_type(tracks[i].codec)));
        put16(section, 0xe000 | pids[i]);
        put16(section, 0xf000 | static_cast<int>(descriptors.size()));
        section.insert(section.end(), descriptors.begin(), descriptors.end());
    }
    return end_section(std::move(section));
}

Bytes make_sdt(const std::string& service_name, int services) {
    Bytes section = begin_section(0x42, 1, 0);
    put16(section, 1);
    section.push_back(0xff);
    for (int service = 1; service <= services; ++service) {
        Bytes descriptor{0x01};  // digital television service
        put_text(descriptor, "Sightline");
        put_text(descriptor,
                 (services == 1 ? service_name : fmt::format("{} {}", service_name, service)).substr(0, 100));
        put16(section, service);
        section.push_back(0xfc);
        put16(section, 0x8000 | static_cast<int>(descriptor.size() + 2));
        section.push_back(0x48);
        section.push_back(static_cast<std::uint8_t>(descriptor.size()));
        section.insert(section.end(), descriptor.begin(), descriptor.end());
    }
    return end_section(std::move(section));
}

}  // namespace sightline::testdata
