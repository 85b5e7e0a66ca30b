// SPDX-License-Identifier: Apache-2.0
// stream_type and descriptors -> codec (ISO/IEC 13818-1 table 2-34; EN 300 468 6.2, annex D; ATSC A/53; SMPTE-RA).
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "formats/ts/psi.hpp"

namespace sightline::formats::ts {
namespace {

using core::TrackKind;

struct ByType {
    std::uint8_t stream_type;
    TrackKind kind;
    std::string_view codec;
};
constexpr std::array kByType{
    ByType{0x01, TrackKind::Video, "mpeg1video"}, ByType{0x02, TrackKind::Video, "mpeg2video"},
    ByType{0x03, TrackKind::Audio, "mp2"},        ByType{0x04, TrackKind::Audio, "mp2"},
    ByType{0x0F, TrackKind::Audio, "aac"},        ByType{0x10, TrackKind::Video, "mpeg4"},
    ByType{0x11, TrackKind::Audio, "aac_latm"},   ByType{0x15, TrackKind::Data, "timed_id3"},
    ByType{0x1B, TrackKind::Video, "h264"},       ByType{0x1C, TrackKind::Audio, "aac"},
    ByType{0x20, TrackKind::Video, "h264"},       ByType{0x21, TrackKind::Video, "jpeg2000"},
    ByType{0x24, TrackKind::Video, "hevc"},       ByType{0x33, TrackKind::Video, "vvc"},
    ByType{0x42, TrackKind::Video, "cavs"},       ByType{0x81, TrackKind::Audio, "ac3"},
    ByType{0x86, TrackKind::Data, "scte_35"},     ByType{0x87, TrackKind::Audio, "eac3"},
    ByType{0x8A, TrackKind::Audio, "dts"},        ByType{0xC1, TrackKind::Audio, "ac3"},
    ByType{0xC2, TrackKind::Audio, "eac3"},       ByType{0xCF, TrackKind::Audio, "aac"},
    ByType{0xD1, TrackKind::Video, "dirac"},      ByType{0xD2, TrackKind::Video, "avs2"},
    ByType{0xD4, TrackKind::Video, "avs3"},       ByType{0xDB, TrackKind::Video, "h264"},
    ByType{0xEA, TrackKind::Video, "vc1"},
};

// stream_types that Blu-ray ("HDMV") gives another meaning.
constexpr std::array kByHdmvType{
    ByType{0x80, TrackKind::Audio, "pcm_bluray"}, ByType{0x81, TrackKind::Audio, "ac3"},
    ByType{0x82, TrackKind::Audio, "dts"},        ByType{0x83, TrackKind::Audio, "truehd"},
    ByType{0x84, TrackKind::Audio, "eac3"},       ByType{0x85, TrackKind::Audio, "dts"},
    ByType{0x86, TrackKind::Audio, "dts"},        ByType{0x90, TrackKind::Subtitle, "hdmv_pgs_subtitle"},
};

struct ByRegistration {
    std::string_view registration;
    TrackKind kind;
    std::string_view codec;
};
constexpr std::array kByRegistration{
    ByRegistration{"AC-3", TrackKind::Audio, "ac3"},      ByRegistration{"EAC3", TrackKind::Audio, "eac3"},
    ByRegistration{"AC-4", TrackKind::Audio, "ac4"},      ByRegistration{"DTS1", TrackKind::Audio, "dts"},
    ByRegistration{"DTS2", TrackKind::Audio, "dts"},      ByRegistration{"DTS3", TrackKind::Audio, "dts"},
    ByRegistration{"Opus", TrackKind::Audio, "opus"},     ByRegistration{"BSSD", TrackKind::Audio, "s302m"},
    ByRegistration{"HEVC", TrackKind::Video, "hevc"},     ByRegistration{"AV01", TrackKind::Video, "av1"},
    ByRegistration{"VVC ", TrackKind::Video, "vvc"},      ByRegistration{"VC-1", TrackKind::Video, "vc1"},
    ByRegistration{"drac", TrackKind::Video, "dirac"},    ByRegistration{"KLVA", TrackKind::Data, "klv"},
    ByRegistration{"ID3 ", TrackKind::Data, "timed_id3"}, ByRegistration{"CUEI", TrackKind::Data, "scte_35"},
};

struct ByTag {
    std::uint8_t tag;
    TrackKind kind;
    std::string_view codec;
};
// Descriptors that say what private data (stream_type 0x06) is.
constexpr std::array kByTag{
    ByTag{0x56, TrackKind::Subtitle, "dvb_teletext"},
    ByTag{0x59, TrackKind::Subtitle, "dvb_subtitle"},
    ByTag{0x6A, TrackKind::Audio, "ac3"},
    ByTag{0x7A, TrackKind::Audio, "eac3"},
    ByTag{0x7B, TrackKind::Audio, "dts"},
    ByTag{0x7C, TrackKind::Audio, "aac"},
};
constexpr std::uint8_t kExtensionDescriptor = 0x7F;
constexpr std::uint8_t kAc4Extension = 0x15;  // EN 300 468, table 109
constexpr std::uint8_t kDtsHdExtension = 0x0E;
constexpr std::uint8_t kOpusExtension = 0x80;  // Opus in TS: provisional, used by FFmpeg and GStreamer

std::string language_of(std::span<const std::byte> content) {
    std::string language;
    for (const std::byte b : content.first(3)) {
        const auto letter = static_cast<char>(std::to_integer<unsigned>(b) | 0x20U);
        if (letter < 'a' || letter > 'z') return {};
        language += letter;
    }
    return language;
}

struct Described {
    std::string registration, language;
    const ByTag* tag = nullptr;
    std::uint8_t extension = 0;
};

Described read_descriptors(std::span<const std::byte> bytes) {
    Described found;
    while (bytes.size() >= 2) {
        const auto tag = std::to_integer<std::uint8_t>(bytes[0]);
        const auto length = std::to_integer<std::size_t>(bytes[1]);
        if (length > bytes.size() - 2) break;
        const auto content = bytes.subspan(2, length);
        bytes = bytes.subspan(2 + length);
        if (tag == 0x05 && length >= 4) found.registration.assign(reinterpret_cast<const char*>(content.data()), 4);
        if ((tag == 0x0A || tag == 0x56 || tag == 0x59) && length >= 4 && found.language.empty()) {
            found.language = language_of(content);  // ISO_639_language, teletext, subtitling: each begins with it
        }
        if (tag == kExtensionDescriptor && length >= 1 && found.extension == 0) {
            found.extension = std::to_integer<std::uint8_t>(content[0]);
        }
        const auto* const known =
            std::find_if(kByTag.begin(), kByTag.end(), [&](const ByTag& t) { return t.tag == tag; });
        if (known != kByTag.end() && found.tag == nullptr) found.tag = known;
    }
    return found;
}

template <class Table>
const ByType* find_type(const Table& table, std::uint8_t stream_type) {
    const auto* const entry =
        std::find_if(table.begin(), table.end(), [&](const ByType& t) { return t.stream_type == stream_type; });
    return entry == table.end() ? nullptr : entry;
}

}  // namespace

ElementaryStream describe_stream(std::uint16_t pid, std::uint8_t stream_type, std::span<const std::byte> descriptors,
                                 std::string_view programme_registration) {
    ElementaryStream stream;
    stream.pid = pid;
    stream.stream_type = stream_type;
    const Described found = read_descriptors(descriptors);
    stream.language = found.language;
    const auto set = [&](TrackKind kind, std::string_view codec) {
        stream.kind = kind;
        stream.codec = codec;
    };
    if (programme_registration == "HDMV") {
        if (const ByType* type = find_type(kByHdmvType, stream_type)) return set(type->kind, type->codec), stream;
    }
    if (const ByType* type = find_type(kByType, stream_type)) return set(type->kind, type->codec), stream;
    for (const ByRegistration& entry : kByRegistration) {
        if (found.registration == entry.registration) return set(entry.kind, entry.codec), stream;
    }
    if (found.tag != nullptr && stream_type == 0x06) return set(found.tag->kind, found.tag->codec), stream;
    if (stream_type == 0x06 && found.extension == kAc4Extension) return set(TrackKind::Audio, "ac4"), stream;
    if (stream_type == 0x06 && found.extension == kDtsHdExtension) return set(TrackKind::Audio, "dts"), stream;
    if (stream_type == 0x06 && found.extension == kOpusExtension) return set(TrackKind::Audio, "opus"), stream;
    return stream;
}

}  // namespace sightline::formats::ts
