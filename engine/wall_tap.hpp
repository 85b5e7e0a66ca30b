// SPDX-License-Identifier: Apache-2.0
// What a stream's decode thread gives to walls: tiles, audio levels, the sound of the focused stream. Nothing while no
// wall asks.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "analyzers/analyzer.hpp"
#include "analyzers/picture.hpp"
#include "core/clock.hpp"
#include "core/media.hpp"
#include "link/audio_levels.hpp"
#include "link/descriptor.hpp"
#include "link/pcm_ring.hpp"
#include "link/tile_frames.hpp"
#include "link/wall_messages.hpp"

namespace sightline::engine {

/// What walls want of one stream.
struct WallWish {
    int width = 0, height = 0;  ///< box that tiles fit in, 0 to link::kMaxTileBox; 0: no tiles, no levels
    bool focus = false;         ///< source resolution, and sound
    int audio = 1;              ///< track whose sound is wanted, 1 to 64
    unsigned opening = 0;       ///< another number with each new focus: its ring is a new one; set by WallTap
};

/// A new piece of shared memory for walls. Called on the decode thread.
using SegmentSink = std::function<void(link::SegmentKind, link::Descriptor)>;

/// Largest size of the picture's shape (square samples) within a box, never larger than the source.
[[nodiscard]] std::pair<int, int> tile_size(const core::VideoFrame& frame, int box_width, int box_height);

/// Pictures of one stream into a tile segment; a new one when the size wanted or the source's size changes, at most
/// every kRenewal of arrival time.
///
/// Threading: the decode thread.
class TileTap {
public:
    static constexpr core::Duration kRenewal = std::chrono::milliseconds{250};

    TileTap(const core::Clock& clock, SegmentSink sink) : clock_(clock), sink_(std::move(sink)) {}
    /// The size that the picture pass shall shrink this frame to; empty: none wanted, or at source resolution.
    [[nodiscard]] std::optional<std::pair<int, int>> shrunk_size(const core::VideoFrame& frame, const WallWish& wish);
    /// `shrunk`: what the pass made, where shrunk_size() asked for it.
    void picture(const core::VideoFrame& frame, const analyzers::SmallImage* shrunk, const WallWish& wish,
                 bool key_frames_only);
    /// Nobody wants pictures: lets go of the memory.
    void rest();

private:
    bool prepare(int width, int height, int sample_bytes);
    void describe(const core::VideoFrame& frame, link::TileInfo& info, bool key_frames_only);
    const core::Clock& clock_;
    SegmentSink sink_;
    std::optional<link::TileWriter> writer_;
    int made_width_ = 0, made_height_ = 0;
    std::optional<core::ArrivalTime> renewed_;
    std::optional<core::MediaTime> last_;
};

/// Peak, RMS and loudness of 10 ms blocks of each audio track, and the samples of one of them while focused.
///
/// Threading: the decode thread.
class SoundTap {
public:
    explicit SoundTap(SegmentSink sink) : sink_(std::move(sink)) {}
    void sound(const core::Track& track, const core::AudioBlock& block, const WallWish& wish,
               const analyzers::LoudnessNow& loudness = {});
    void rest();

private:
    /// A block on its way.
    struct Meter {
        link::LevelBlock block;
        int rate = 0;
        std::int64_t samples = 0;
        std::array<double, link::kMaxLevelChannels> squares{};
    };
    [[nodiscard]] std::optional<std::size_t> place_of(const core::Track& track);
    void measure(Meter& meter, std::size_t place, const core::AudioBlock& block);
    void close_block(Meter& meter, std::size_t place);
    void listen(std::size_t place, const core::AudioBlock& block, const WallWish& wish);
    SegmentSink sink_;
    analyzers::LoudnessNow loudness_;  // of the block at hand
    std::optional<link::LevelsWriter> levels_;
    std::optional<link::PcmWriter> pcm_;
    unsigned opening_ = 0;  // that pcm_ was made in
    std::map<core::Subject, std::size_t> places_;
    std::array<Meter, link::kMaxLevelTracks> meters_;
};

/// Threading: want() from one thread, any; the rest on the decode thread.
class WallTap {
public:
    WallTap(const core::Clock& clock, const SegmentSink& sink) : tiles(clock, sink), sound(sink) {}
    void want(const WallWish& wish);
    [[nodiscard]] WallWish wish() const;
    TileTap tiles;
    SoundTap sound;

private:
    std::atomic<std::uint64_t> wish_{0};  // packed
};

}  // namespace sightline::engine
