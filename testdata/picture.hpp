// SPDX-License-Identifier: Apache-2.0
// The computed moving picture: cheap to make, moving everywhere, with its own time written in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "testdata/access_unit.hpp"
#include "testdata/random.hpp"

namespace sightline::testdata {

/// 8-bit 4:2:0 planes without padding. Ten-bit encoders get each sample × 4.
struct Picture {
    int width = 0, height = 0;  ///< even
    std::vector<std::uint8_t> y, u, v;
    Picture() = default;
    Picture(int w, int h);
    [[nodiscard]] double dark_share(int at_or_below) const;  ///< share of luma samples ≤ `at_or_below`
};

struct PictureStyle {
    FrameRate fps;
    std::string label;        ///< written above the clock; A–Z 0–9 and : . - # /
    bool interlaced = false;  ///< the second field (bottom) shows half a frame later
    bool full_range = false;  ///< luma 0–255 instead of 16–235
    std::uint64_t seed = 1;
};

/// Draws frame `index` of the moving picture: a sliding gradient, a band of fresh grain (so that an encoder can spend
/// its bitrate), and label, clock and frame number in a dark box.
/// The same style and index give the same bytes.
void draw_moving(Picture& picture, const PictureStyle& style, std::int64_t index);

/// Draws a picture whose share `pixels` of luma samples is `luma` exactly; the rest is a block in the bottom right
/// corner whose brightness changes with every frame, so that only `pixels` = 1 is also a freeze.
void draw_black(Picture& picture, const PictureStyle& style, std::int64_t index, double pixels, int luma);

/// Adds Gaussian noise of `sigma` steps to luma, other noise for each `index`.
void add_noise(Picture& picture, std::uint64_t seed, std::int64_t index, double sigma);

}  // namespace sightline::testdata
