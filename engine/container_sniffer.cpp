// SPDX-License-Identifier: Apache-2.0
#include "engine/container_sniffer.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace sightline::engine {
namespace {

constexpr std::byte kSync{0x47};
constexpr std::size_t kSyncsWanted = 5;
constexpr std::array<std::size_t, 3> kPacketSizes{188, 192, 204};

bool in_step(std::span<const std::byte> bytes, std::size_t at, std::size_t step, std::size_t wanted) {
    if (at + (wanted - 1) * step >= bytes.size()) return false;
    for (std::size_t i = 0; i < wanted; ++i) {
        if (bytes[at + i * step] != kSync) return false;
    }
    return true;
}

bool has_packets(std::span<const std::byte> bytes, std::size_t wanted) {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        if (bytes[at] != kSync) continue;
        if (std::any_of(kPacketSizes.begin(), kPacketSizes.end(),
                        [&](std::size_t step) { return in_step(bytes, at, step, wanted); }))
            return true;
    }
    return false;
}

/// Formats whose first bytes leave no doubt, so that no transport stream is looked for inside.
bool is_other(std::span<const std::byte> bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 16));
    return text.starts_with("FLV") || text.starts_with("\x1A\x45\xDF\xA3") || text.starts_with("RIFF") ||
           text.starts_with("ID3") ||
           (text.size() >= 8 &&
            (text.substr(4, 4) == "ftyp" || text.substr(4, 4) == "styp" || text.substr(4, 4) == "moov"));
}

}  // namespace

std::optional<probe::Container> sniff_container(std::span<const std::byte> bytes, bool last) {
    if (bytes.size() < 16 && !last) return std::nullopt;
    if (is_other(bytes)) return probe::Container::Unknown;
    if (has_packets(bytes, kSyncsWanted)) return probe::Container::MpegTs;
    if (!last && bytes.size() < kSniffBytes) return std::nullopt;
    // A very short recording: as many packets as there are, from its first byte on.
    const std::size_t packets = bytes.size() / kPacketSizes[0];
    if (last && packets > 0 && packets < kSyncsWanted && in_step(bytes, 0, kPacketSizes[0], packets))
        return probe::Container::MpegTs;
    return probe::Container::Unknown;
}

}  // namespace sightline::engine
