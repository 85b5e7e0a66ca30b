// SPDX-License-Identifier: Apache-2.0
// Microseconds per picture of the one pass over the luma, SIMD beside plain C++, with and without a tile.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <vector>

#include "analyzers/picture.hpp"
#include "bench/noise_pictures.hpp"
#include "core/clock.hpp"

using namespace sightline;

namespace {

constexpr int kPictures = 8;
constexpr int kRounds = 25;

struct Format {
    const char* name;
    int width, height, bit_depth;
    double budget_us;  // 0: none
};

/// Median time of one picture; each timed alone, so that a busy machine's pauses fall out.
double measure(const std::vector<core::VideoFrame>& pictures, analyzers::Kernel kernel, bool still) {
    analyzers::PicturePass pass(10, kernel);
    analyzers::SmallImage image;
    core::SystemClock clock;
    std::vector<double> times;
    for (int round = 0; round < kRounds; ++round) {
        for (const auto& picture : pictures) {
            const auto begin = clock.now();
            if (still) {
                (void)pass.process(picture, 480, 270, image);
            } else {
                (void)pass.process(picture);
            }
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
    std::printf("%-14s %12s %12s %14s %12s\n", "picture", "SIMD us", "plain us", "with tile us", "budget us");
    for (const auto& format : {Format{"360p 8-bit", 640, 360, 8, 0}, Format{"1080p 8-bit", 1920, 1080, 8, 250},
                               Format{"1080p 10-bit", 1920, 1080, 10, 0}, Format{"UHD 10-bit", 3840, 2160, 10, 0}}) {
        const auto pictures = bench::make_pictures(format.width, format.height, format.bit_depth, kPictures);
        std::printf("%-14s %12.0f %12.0f %14.0f ", format.name, measure(pictures, analyzers::Kernel::Simd, false),
                    measure(pictures, analyzers::Kernel::Scalar, false),
                    measure(pictures, analyzers::Kernel::Simd, true));
        if (format.budget_us > 0) {
            std::printf("%12.0f\n", format.budget_us);
        } else {
            std::printf("%12s\n", "-");
        }
    }
    return 0;
}
