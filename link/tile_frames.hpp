// SPDX-License-Identifier: Apache-2.0
// Pictures from a worker to the wall through shared memory: the newest one, whole, or none (docs/wall-link.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/media.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "link/descriptor.hpp"
#include "link/shared_segment.hpp"

namespace sightline::link {

/// What a tile picture is. A reader gives only values within the ranges named here, whatever the writer wrote.
struct TileInfo {
    std::uint64_t sequence = 0;  ///< of this segment, from 1; missing numbers are pictures that were not taken in time
    int width = 0, height = 0;   ///< luma samples, 1 to kMaxTileEdge
    int sample_bytes = 1;        ///< 1, or 2: little-endian words
    int bit_depth = 8;           ///< 8 where sample_bytes is 1, else 9 to 16: the low bits of a word
    core::ColourRange range = core::ColourRange::Limited;
    core::ColourMatrix matrix = core::ColourMatrix::Unknown;
    core::Transfer transfer = core::Transfer::Sdr;
    int sar_num = 1, sar_den = 1;  ///< sample aspect ratio of *this* picture, 1 to 65,535 each
    int source_width = 0, source_height = 0;
    bool interlaced = false;
    bool focused = false;                      ///< at the source's own resolution
    bool key_frames_only = false;              ///< not every picture is decoded: standing still is not freezing
    core::Duration key_interval{};             ///< between the last two pictures; 0 where unknown
    core::MediaTime at{};                      ///< presentation time on the stream's timeline
    std::optional<core::ArrivalTime> arrival;  ///< at the probe; CLOCK_MONOTONIC of this machine
    std::optional<core::UtcTime> utc;          ///< of the arrival
    core::ArrivalTime published{};             ///< when the worker put it here

    [[nodiscard]] int chroma_width() const { return (width + 1) / 2; }
    [[nodiscard]] int chroma_height() const { return (height + 1) / 2; }
    [[nodiscard]] std::size_t luma_bytes() const;
    [[nodiscard]] std::size_t chroma_bytes() const;  ///< of one chroma plane
    [[nodiscard]] std::size_t bytes() const { return luma_bytes() + 2 * chroma_bytes(); }
};

inline constexpr int kMaxTileEdge = 8'192;

/// A picture of one's own: planar YUV 4:2:0, planes one after the other without padding: Y, U (Cb), V (Cr).
struct TileFrame {
    TileInfo info;
    std::vector<std::byte> pixels;

    [[nodiscard]] std::span<const std::byte> y() const { return std::span(pixels).first(info.luma_bytes()); }
    [[nodiscard]] std::span<const std::byte> u() const {
        return std::span(pixels).subspan(info.luma_bytes(), info.chroma_bytes());
    }
    [[nodiscard]] std::span<const std::byte> v() const {
        return std::span(pixels).subspan(info.luma_bytes() + info.chroma_bytes(), info.chroma_bytes());
    }
};

/// The worker's end.
///
/// Threading: one thread. Never waits for a reader.
class TileWriter {
public:
    static constexpr int kSlots = 4;

    /// Room for pictures up to this size; a larger one, or one of another sample size, takes a new segment.
    /// @return Unsupported outside [1, kMaxTileEdge], or of sample_bytes other than 1 and 2; Io.
    [[nodiscard]] static core::Result<TileWriter> create(int max_width, int max_height, int sample_bytes);

    [[nodiscard]] bool fits(int width, int height, int sample_bytes) const;
    /// Where to put the planes of a picture of this size, as in TileFrame. It must fit. A picture begun and never
    /// committed is never seen. The newest committed one stays readable.
    [[nodiscard]] std::span<std::byte> begin(int width, int height);
    /// Shows what begin() gave. `info`: all but sequence, width, height, which are the writer's.
    void commit(const TileInfo& info);

    [[nodiscard]] const Descriptor& descriptor() const { return segment_.descriptor; }

private:
    TileWriter() = default;
    WritableSegment segment_;
    int max_width_ = 0, max_height_ = 0, sample_bytes_ = 1;
    std::size_t slot_bytes_ = 0;
    std::uint64_t sequence_ = 0;  // of the newest committed
    int width_ = 0, height_ = 0;  // begun
};

/// The wall's end. The writer is not trusted: it may lie, write at any moment, or be dead.
///
/// Threading: one thread. Never waits for the writer.
class TileReader {
public:
    /// Maps the segment; `fd` is borrowed for the call. @return Corrupt with the reason in words, or Io.
    [[nodiscard]] static core::Result<TileReader> open(int fd);

    /// Copies the newest picture if it is one that this reader has not given yet; otherwise `out` stays as it was.
    /// Reuses the memory of `out`. @return whether `out` is new.
    bool newest(TileFrame& out);

    /// Where a picture of `info.bytes()` bytes shall go (a mapped pixel buffer); a shorter span refuses it.
    using Place = std::function<std::span<std::byte>(const TileInfo& info)>;
    /// As newest(TileFrame&), into memory of the caller's. It may be written to even where the answer is nothing.
    [[nodiscard]] std::optional<TileInfo> newest_into(const Place& place);

    /// Cheap: newest() would most likely give a picture now.
    [[nodiscard]] bool has_news() const;
    /// The largest picture that can come.
    [[nodiscard]] std::size_t max_bytes() const;

private:
    TileReader() = default;
    bool copy_slot(std::uint64_t sequence, TileInfo& info, const Place& place);
    Mapping memory_;
    int max_width_ = 0, max_height_ = 0, sample_bytes_ = 1;
    std::size_t slot_count_ = 0, slot_bytes_ = 0;
    std::uint64_t taken_ = 0;
    std::vector<std::byte> spare_;
};

}  // namespace sightline::link
