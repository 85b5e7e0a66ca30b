// SPDX-License-Identifier: Apache-2.0
#include "testdata/picture.hpp"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "testdata/bitmap_font.hpp"
#include "testdata/tone.hpp"
#include "tests/catch.hpp"

namespace sightline::testdata {
namespace {

const PictureStyle kStyle{{25, 1}, "TEST", false, false, 7};

double mean_difference(const Picture& a, const Picture& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.y.size(); ++i) sum += std::abs(a.y[i] - b.y[i]);
    return sum / static_cast<double>(a.y.size());
}

TEST_CASE("The moving picture moves, repeats by index and has no dark pixels") {
    Picture first(640, 360);
    Picture again(640, 360);
    Picture next(640, 360);
    draw_moving(first, kStyle, 100);
    draw_moving(next, kStyle, 101);
    draw_moving(again, kStyle, 100);
    CHECK(first.y == again.y);
    CHECK(first.u == again.u);
    CHECK(mean_difference(first, next) > 2);
    CHECK(first.dark_share(38) == 0);
}

TEST_CASE("Both fields of an interlaced picture move") {
    PictureStyle interlaced = kStyle;
    interlaced.interlaced = true;
    Picture progressive(64, 36);
    Picture fields(64, 36);
    draw_moving(progressive, kStyle, 10);
    draw_moving(fields, interlaced, 10);
    CHECK(progressive.y[0] == fields.y[0]);
    CHECK(progressive.y[64] != fields.y[64]);
}

TEST_CASE("A black picture has the wanted share of dark pixels, and its bright rest flickers") {
    for (const double share : {1.0, 0.98, 0.97, 0.5}) {
        Picture picture(640, 360);
        draw_black(picture, kStyle, 3, share, -1);
        INFO(share);
        CHECK(picture.dark_share(16) == Approx(share).margin(1e-5));
        CHECK(picture.dark_share(15) == 0);
    }
    Picture a(640, 360);
    Picture b(640, 360);
    draw_black(a, kStyle, 3, 0.97, -1);
    draw_black(b, kStyle, 4, 0.97, -1);
    CHECK(mean_difference(a, b) > 0.5);
}

TEST_CASE("Noise has the wanted deviation and differs from picture to picture") {
    const Picture grey = [] {
        Picture picture(640, 360);
        picture.y.assign(picture.y.size(), 128);
        return picture;
    }();
    Picture a = grey;
    Picture b = grey;
    add_noise(a, 1, 10, 2.0);
    add_noise(b, 1, 11, 2.0);
    double square = 0;
    for (const std::uint8_t luma : a.y) square += (luma - 128.0) * (luma - 128.0);
    CHECK(std::sqrt(square / static_cast<double>(a.y.size())) == Approx(2.0).epsilon(0.1));
    CHECK(a.y != b.y);
}

TEST_CASE("The font knows digits and letters and leaves the rest blank") {
    CHECK(glyph('a') == glyph('A'));
    CHECK(glyph('1')[6] == 0b11111);
    for (int row = 0; row < kGlyphHeight; ++row) CHECK(glyph('?')[row] == 0);
}

TEST_CASE("A tone peaks at its level and joins across blocks") {
    std::vector<float> whole(4800);
    std::vector<float> part(1000);
    make_tone(whole, 0, 48'000, {1000, -20});
    make_tone(part, 2000, 48'000, {1000, -20});
    float peak = 0;
    for (const float sample : whole) peak = std::max(peak, std::abs(sample));
    CHECK(20 * std::log10(peak) == Approx(-20).margin(0.01));
    for (std::size_t i = 0; i < part.size(); ++i) REQUIRE(part[i] == whole[2000 + i]);
}

}  // namespace
}  // namespace sightline::testdata
