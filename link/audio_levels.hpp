// SPDX-License-Identifier: Apache-2.0
// Audio levels from a worker to the wall's meters through shared memory: every block of the last second and more.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "link/descriptor.hpp"
#include "link/shared_segment.hpp"

namespace sightline::link {

inline constexpr int kMaxLevelTracks = 8;
inline constexpr int kMaxLevelChannels = 16;
/// Blocks of a track that are kept; with blocks of 10 ms, 2.5 s.
inline constexpr std::uint64_t kLevelBlocks = 256;

/// What one block of sound measures. Amplitudes are linear: 1.0 is full scale (0 dBFS), 0 is silence.
struct LevelBlock {
    std::uint64_t sequence = 0;  ///< of this track, from 1
    core::MediaTime at{};        ///< of the first sample
    core::Duration duration{};
    std::optional<core::ArrivalTime> arrival;     ///< CLOCK_MONOTONIC of this machine
    int channels = 0;                             ///< 0 to kMaxLevelChannels
    std::array<float, kMaxLevelChannels> peak{};  ///< largest absolute sample
    std::array<float, kMaxLevelChannels> rms{};
    float momentary_lufs = std::numeric_limits<float>::quiet_NaN();   ///< EBU R 128 M; NaN: not measured
    float short_term_lufs = std::numeric_limits<float>::quiet_NaN();  ///< EBU R 128 S; NaN: not measured
};

struct LevelTrack {
    std::string name;      ///< "audio:1"; of foreign segments clean text of at most 31 bytes. Empty: no such track
    std::string language;  ///< ISO 639-2, or empty
};

/// The worker's end.
///
/// Threading: one thread. Never waits.
class LevelsWriter {
public:
    /// @return Io.
    [[nodiscard]] static core::Result<LevelsWriter> create();
    /// Names track `index` (0 to kMaxLevelTracks − 1, else nothing happens); longer texts are cut.
    void set_track(std::size_t index, std::string_view name, std::string_view language);
    /// `block`: all but its sequence.
    void append(std::size_t index, const LevelBlock& block);
    [[nodiscard]] const Descriptor& descriptor() const { return segment_.descriptor; }

private:
    WritableSegment segment_;
    std::array<std::uint64_t, kMaxLevelTracks> sequence_{};
};

/// The wall's end. The writer is not trusted.
///
/// Threading: one thread.
class LevelsReader {
public:
    /// `fd` is borrowed for the call. @return Corrupt with the reason in words, or Io.
    [[nodiscard]] static core::Result<LevelsReader> open(int fd);
    /// Tracks by index; unnamed ones have an empty name.
    [[nodiscard]] std::array<LevelTrack, kMaxLevelTracks> tracks() const;
    /// Puts the blocks of track `index` that this reader has not given yet into `out` (cleared first), oldest first, at
    /// most kLevelBlocks. Those that were overwritten in the meantime are left out.
    void read(std::size_t index, std::vector<LevelBlock>& out);

private:
    Mapping memory_;
    std::array<std::uint64_t, kMaxLevelTracks> taken_{};
};

}  // namespace sightline::link
