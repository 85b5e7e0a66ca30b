// SPDX-License-Identifier: Apache-2.0
// Microseconds per picture that a wall costs a worker, on top of the pass over the luma that the analyzers need: a tile
// of 480x270 made and published, and a picture published at source size (focus).
#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

#include "analyzers/picture.hpp"
#include "bench/noise_pictures.hpp"
#include "core/clock.hpp"
#include "engine/wall_tap.hpp"

using namespace sightline;

namespace {

constexpr int kPictures = 8;
constexpr int kRounds = 40;

struct Format {
    const char* name;
    int width, height, bit_depth;
};

/// Median time of one picture with this wish; each timed alone, so that a busy machine's pauses fall out.
double measure(const std::vector<core::VideoFrame>& pictures, const engine::WallWish& wish) {
    const core::SystemClock clock;
    engine::WallTap wall(clock, [](link::SegmentKind, const link::Descriptor&) {});
    analyzers::PicturePass pass(10);
    analyzers::SmallImage image;
    std::vector<double> times;
    for (int round = 0; round < kRounds; ++round) {
        for (const auto& picture : pictures) {
            const auto begin = clock.now();
            const auto size = wall.tiles.shrunk_size(picture, wish);
            if (size) {
                (void)pass.process(picture, size->first, size->second, image);
            } else {
                (void)pass.process(picture);
            }
            wall.tiles.picture(picture, size ? &image : nullptr, wish, false);
            const core::Duration spent = clock.now() - begin;
            times.push_back(core::to_seconds(spent) * 1e6);
        }
    }
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle;
}

}  // namespace

int main() {
    std::printf("%-14s %12s %14s %14s\n", "picture", "no wall us", "tile us", "focus us");
    for (const auto& format : {Format{"720p 8-bit", 1280, 720, 8}, Format{"1080p 8-bit", 1920, 1080, 8},
                               Format{"1080p 10-bit", 1920, 1080, 10}, Format{"UHD 10-bit", 3840, 2160, 10}}) {
        const auto pictures = bench::make_pictures(format.width, format.height, format.bit_depth, kPictures);
        const double none = measure(pictures, {});
        std::printf("%-14s %12.0f %+14.0f %+14.0f\n", format.name, none, measure(pictures, {480, 270, false, 1}) - none,
                    measure(pictures, {480, 270, true, 1}) - none);
    }
    return 0;
}
