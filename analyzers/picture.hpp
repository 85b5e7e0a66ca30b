// SPDX-License-Identifier: Apache-2.0
// One pass over the luma of a picture: all statistics that analyzers need, and the small image for stills and tiles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/media.hpp"

namespace sightline::analyzers {

/// How a picture is cut into square blocks, row by row from the top left; those at the right and lower edge may be
/// smaller. The edge grows with the picture, so that a grid never has many more than 9,000 blocks up to UHD.
struct BlockGrid {
    int edge = 8;  ///< luma samples: 8, 16 or 32
    int columns = 0;
    int rows = 0;
    friend bool operator==(const BlockGrid&, const BlockGrid&) = default;
};
[[nodiscard]] BlockGrid block_grid(int width, int height);

/// What analyzers see of one picture. Luma numbers count in 8-bit code values whatever the depth is: deeper samples are
/// rounded (only `dark` looks at full depth). Spans are borrowed until the pass sees its next picture.
struct Picture {
    core::MediaTime at{};       ///< presentation time
    core::Duration duration{};  ///< until the next picture is due; 0 where unknown
    std::optional<core::ArrivalTime> arrival;
    int width = 0, height = 0;
    int bit_depth = 8;
    core::ColourRange range = core::ColourRange::Limited;
    bool interlaced = false;
    bool key = false;
    std::uint64_t pixels = 0;
    std::uint64_t dark = 0;  ///< luma samples at or below the pass's dark level
    double mean = 0;         ///< of the luma
    BlockGrid grid;
    std::span<const std::uint16_t> block_mean;    ///< mean luma of each block, in 1/256 code value
    std::span<const std::uint16_t> block_change;  ///< mean |luma − that of the picture before|, in 1/256 code value;
                                                  ///< empty where there is no picture before, or of another size

    [[nodiscard]] core::Instant instant() const { return {at, arrival}; }
};

/// A picture shrunk by area average: 8-bit planar YUV 4:2:0, chroma planes (width + 1) / 2 × (height + 1) / 2. Range
/// and matrix are the source's; grey sources have chroma 128.
struct SmallImage {
    int width = 0, height = 0;  ///< what was made: never larger than the picture itself
    core::ColourRange range = core::ColourRange::Limited;
    core::ColourMatrix matrix = core::ColourMatrix::Unknown;
    core::Transfer transfer = core::Transfer::Sdr;
    int sar_num = 1, sar_den = 1;
    core::MediaTime at{};
    std::vector<std::uint8_t> y, u, v;
};

/// `image` made smaller by area average to at most this size (never larger); everything else as it is.
[[nodiscard]] SmallImage shrink(const SmallImage& image, int width, int height);

/// Largest code value (of `bit_depth` bits) that is dark at `percent` of the luma range (ITU-R BT.601/709/2020:
/// 16 … 235 × 2^(depth − 8), full: 0 … 2^depth − 1).
[[nodiscard]] int dark_level(double percent, int bit_depth, core::ColourRange range);

enum class Kernel : std::uint8_t { Simd, Scalar };  ///< both give the same numbers, bit for bit

/// Reads the luma once. Keeps the picture before (by its `keep`, by copy where that is empty) to compare with.
///
/// Threading: one thread.
/// Cost:      ≤ 0.25 ms for 1080p of 8 bits with AVX2 (bench/picture_pass.cpp). Allocates when the size changes.
/// Does not see: colour. A picture that changes in chroma only does not change here.
class PicturePass {
public:
    /// `dark_percent`: parameter `luma` of video.black, 0 to 100.
    explicit PicturePass(double dark_percent, Kernel kernel = Kernel::Simd);
    ~PicturePass();
    PicturePass(PicturePass&&) noexcept;
    PicturePass& operator=(PicturePass&&) noexcept;

    /// Statistics of `frame`, valid until the next call. A frame without luma gives a Picture of no pixels.
    /// Where `still` is given, fills it within the size asked for (aspect is the caller's choice) in the same pass.
    const Picture& process(const core::VideoFrame& frame);
    const Picture& process(const core::VideoFrame& frame, int still_width, int still_height, SmallImage& still);

    /// Forgets the picture before.
    void reset();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sightline::analyzers
