// SPDX-License-Identifier: Apache-2.0
// What a worker and its supervisor say to each other, and how it looks on the wire.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/findings.hpp"
#include "core/result.hpp"
#include "core/stream_spec.hpp"
#include "link/descriptor.hpp"
#include "link/wall_messages.hpp"

namespace sightline::link {

/// Both sides must speak the same; a worker is the same binary, so another version means a wrong binary.
inline constexpr int kVersion = 1;
/// One message is one SOCK_SEQPACKET datagram of at most this many bytes; larger ones are refused.
inline constexpr std::size_t kMaxFrameBytes = 128U << 10;

// Supervisor to worker.

/// First message but for Ring: what to watch. Holds the input's secrets; rules' parameters go along, their patience
/// stays behind.
struct Job {
    int version = kVersion;
    std::vector<core::StreamSpec> streams;
    std::int64_t memory_bytes = 0;  ///< RLIMIT_DATA; 0: none
    bool sandbox = true;
    std::uint32_t seed = 0;  ///< of the back-off's jitter
};
/// Where the bytes of a stream are kept; the file's descriptor goes along (SCM_RIGHTS), open for reading and writing.
/// Before the job (`stream` is the index in it), or later. Empty where none came.
struct Ring {
    std::uint32_t stream = 0;
    std::uint64_t capacity = 0;  ///< bytes
    Descriptor descriptor;
};
/// What walls want to see of a stream; the last one counts.
struct Focus {
    std::uint32_t stream = 0;
    bool wanted = false;  ///< every picture is decoded; with a tile size: shown at source resolution, with sound
    int tile_width = 0;   ///< box that tiles fit in, 0 to kMaxTileBox; 0: no tiles
    int tile_height = 0;
    int audio = 1;  ///< track whose sound is wanted, from 1
};
/// Finish and exit 0.
struct Stop {};

// Worker to supervisor. `stream` is the index in the job.

struct Hello {
    int version = kVersion;
    std::string sandbox;  ///< in words, what is in force: "seccomp, landlock, 1024 MiB"
};
struct Link {
    std::uint32_t stream = 0;
    std::string state;  ///< "connecting", "connected", "unreachable", "ended", "failed"
    std::string reason;
    core::ArrivalTime at{};
};
struct Observed {
    std::uint32_t stream = 0;
    std::vector<core::Observation> observations;
};
struct Totals {
    std::uint32_t stream = 0;
    std::uint64_t bytes = 0, packets = 0, continuity_errors = 0, pictures = 0, sounds = 0, decode_errors = 0;
    std::uint64_t dropped_measurements = 0;
    std::map<std::string, double> link;
};
/// A small picture as JPEG.
struct Still {
    std::uint32_t stream = 0;
    std::string jpeg;
};
/// Shared memory of a stream for walls; its descriptor goes along (SCM_RIGHTS). Empty where none came.
struct Segment {
    std::uint32_t stream = 0;
    SegmentKind kind = SegmentKind::Tiles;
    Descriptor descriptor;
};

using Message = std::variant<Job, Focus, Stop, Hello, Link, Observed, Totals, Still, Segment, Ring>;

/// @return the datagram (without the descriptor of a Segment or Ring), or Unsupported where it would be larger than
/// kMaxFrameBytes.
[[nodiscard]] core::Result<std::string> encode(const Message& message);

/// Reads what the other side sent: foreign input, whatever it says of itself. Unknown members are ignored.
/// @return Corrupt, naming what is wrong; strings are clean UTF-8 and bounded, numbers in range.
[[nodiscard]] core::Result<Message> decode(std::string_view frame);

}  // namespace sightline::link
