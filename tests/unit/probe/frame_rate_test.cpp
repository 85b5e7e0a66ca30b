// SPDX-License-Identifier: Apache-2.0
#include "probe/frame_rate.hpp"

#include <vector>

#include "tests/catch.hpp"

namespace sightline::probe {
namespace {

/// Pictures at these numbers of a grid of `rate` a second.
double rate_of(const std::vector<int>& shown, double rate, double declared) {
    FrameRate frames;
    for (const int picture : shown) frames.add(core::from_seconds(picture / rate), declared);
    return frames.fps();
}
std::vector<int> every(int step, int count, int from = 0) {
    std::vector<int> out;
    for (int i = 0; i < count; ++i) out.push_back(from + i * step);
    return out;
}

}  // namespace

TEST_CASE("The declared rate stands until enough pictures say otherwise") {
    CHECK(rate_of(every(1, 5), 25, 50) == 50);
    CHECK(rate_of(every(1, 13), 25, 50) == 25);
    CHECK(rate_of(every(1, 13), 30'000.0 / 1'001, 0) == Approx(29.97).margin(0.001));
    CHECK(rate_of(every(1, 13), 24'000.0 / 1'001, 0) == Approx(23.976).margin(0.001));
}

TEST_CASE("Pictures that are missing do not lower the rate") {
    std::vector<int> cut_gop{0, 3};  // a recording that begins within a GOP: its first pictures cannot be decoded
    for (const int picture : every(1, 20, 4)) cut_gop.push_back(picture);
    CHECK(rate_of(cut_gop, 24, 24) == 24);
    CHECK(rate_of(cut_gop, 24, 0) == 24);
}

TEST_CASE("Film in pulldown has the mean of its steps of two and three fields") {
    std::vector<int> fields;
    for (int i = 0, at = 0; i < 40; at += i % 2 == 0 ? 2 : 3, ++i) fields.push_back(at);
    CHECK(rate_of(fields, 60'000.0 / 1'001, 0) == Approx(23.976).margin(0.001));
}

TEST_CASE("A stream that comes at another rate is measured anew") {
    FrameRate frames;
    core::MediaTime at{};
    const auto show = [&](int pictures, int rate) {
        bool changed = false;
        for (int i = 0; i < pictures; ++i) changed = frames.add(at += core::from_seconds(1.0 / rate), 50) || changed;
        return changed;
    };
    CHECK(show(200, 50));
    CHECK_FALSE(show(100, 50));
    CHECK(show(220, 25));
    CHECK(frames.fps() == 25);
}

}  // namespace sightline::probe
