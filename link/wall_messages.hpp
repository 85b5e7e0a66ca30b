// SPDX-License-Identifier: Apache-2.0
// What a probe and a wall say to each other over the wall's socket, and how it looks on the wire (docs/wall-link.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/result.hpp"
#include "core/time.hpp"

namespace sightline::link {

inline constexpr int kWallVersion = 1;
/// One message is one SOCK_SEQPACKET datagram of at most this many bytes.
inline constexpr std::size_t kMaxWallFrameBytes = 4'096;
/// Edges of the box that tiles are made for: what a wall may ask for, and what it gets if it does not.
inline constexpr int kMinTileBox = 16, kMaxTileBox = 1'920;
inline constexpr int kTileBoxWidth = 480, kTileBoxHeight = 270;

/// What a segment of shared memory holds.
enum class SegmentKind : std::uint8_t {
    Tiles,   ///< link/tile_frames.hpp
    Levels,  ///< link/audio_levels.hpp
    Pcm,     ///< link/pcm_ring.hpp; only while focused
};
[[nodiscard]] const char* name(SegmentKind kind);  ///< "tiles", "levels", "pcm"
[[nodiscard]] std::optional<SegmentKind> segment_kind_from(std::string_view word);

// Both ways, first message each.

/// `who`: the probe's name, or the wall's. `software`: version, for people.
struct WallHello {
    int version = kWallVersion;
    std::string who;
    std::string software;
};

// Probe to wall.

/// The descriptor that comes along is the stream's segment of that kind from now on; it replaces the one before.
struct WallSegment {
    std::string stream;
    SegmentKind kind = SegmentKind::Tiles;
};
/// The worker is gone: what its segments show is the last there was. A new WallSegment ends this.
struct WallEnded {
    std::string stream;
};
/// The probe does not watch this stream any more.
struct WallGone {
    std::string stream;
};
/// Twice a second, so that silence means something.
struct WallAlive {
    core::UtcTime at{};  ///< the probe's clock
};
/// Why the probe does not want this wall; it closes after it.
struct WallRefused {
    std::string reason;
};

// Wall to probe.

/// The box that tiles shall fit in: of one stream, or of all that have none of their own. 0 × 0: no tiles (again).
struct WallTiles {
    std::string stream;  ///< empty: all
    int width = kTileBoxWidth, height = kTileBoxHeight;
};
/// Full depth, pictures at source resolution, and sound of one audio track (from 1, in the order of the inventory).
struct WallFocus {
    std::string stream;
    bool wanted = false;
    int audio = 1;
};

using WallMessage =
    std::variant<WallHello, WallSegment, WallEnded, WallGone, WallAlive, WallRefused, WallTiles, WallFocus>;

/// @return the datagram; texts that would make it too long are cut.
[[nodiscard]] std::string encode_wall(const WallMessage& message);

/// Reads what the other side sent: foreign input. Unknown members are ignored.
/// @return Corrupt, naming what is wrong; texts are clean UTF-8 of at most 256 bytes, numbers in range.
[[nodiscard]] core::Result<WallMessage> decode_wall(std::string_view frame);

}  // namespace sightline::link
