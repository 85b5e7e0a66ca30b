// SPDX-License-Identifier: Apache-2.0
// Where the packets are in a run of bytes (ISO/IEC 13818-1, annex G.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>

#include "formats/ts/packet.hpp"

namespace sightline::formats::ts {

/// Packet distances: plain, with a 4-byte time stamp before (M2TS), with 16 bytes of Reed-Solomon code behind.
inline constexpr std::array<std::size_t, 3> kStrides{188, 192, 204};
inline constexpr std::size_t kGoodSyncBytes = 5;

struct SyncSearch {
    std::size_t offset = 0;  ///< of the first packet; where none: of the first byte that may still be one
    std::size_t stride = 0;  ///< 0: not found
    std::size_t need = 0;    ///< not found: bytes that must be there from `offset` on to go on
};

/// Finds the first byte from which kGoodSyncBytes sync bytes follow at one of kStrides. What it answers about a byte
/// does not depend on how many bytes are there: it asks for more instead.
[[nodiscard]] inline SyncSearch find_sync(std::span<const std::byte> bytes) {
    std::size_t offset = 0;
    while (offset < bytes.size()) {
        const void* found = std::memchr(bytes.data() + offset, 0x47, bytes.size() - offset);
        if (found == nullptr) break;
        offset = static_cast<std::size_t>(static_cast<const std::byte*>(found) - bytes.data());
        for (const std::size_t stride : kStrides) {
            std::size_t good = 1;
            while (good < kGoodSyncBytes && offset + good * stride < bytes.size() &&
                   bytes[offset + good * stride] == kSyncByte) {
                ++good;
            }
            if (good == kGoodSyncBytes) return {offset, stride, 0};
            if (offset + good * stride >= bytes.size()) return {offset, 0, good * stride + 1};
        }
        ++offset;
    }
    return {bytes.size(), 0, 1};
}

}  // namespace sightline::formats::ts
