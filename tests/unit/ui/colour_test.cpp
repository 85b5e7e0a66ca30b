// SPDX-License-Identifier: Apache-2.0
#include "ui/gl/colour.hpp"

#include "tests/catch.hpp"

namespace sightline::ui {
namespace {

using core::ColourMatrix;
using core::ColourRange;
using core::Transfer;

RgbColour convert(const YuvToRgb& c, double y, double cb, double cr) {
    const auto row = [&](std::size_t r) {
        return static_cast<float>(c.matrix[r * 3] * (y - c.offset[0]) + c.matrix[r * 3 + 1] * (cb - c.offset[1]) +
                                  c.matrix[r * 3 + 2] * (cr - c.offset[2]));
    };
    return {row(0), row(1), row(2)};
}

TEST_CASE("Black and white of every range and depth come out as 0 and 1") {
    for (const ColourMatrix matrix : {ColourMatrix::Bt601, ColourMatrix::Bt709, ColourMatrix::Bt2020})
        for (const int depth : {8, 10, 12}) {
            const double codes = (1 << depth) - 1;
            const double step = 1 << (depth - 8);
            const YuvToRgb limited = yuv_to_rgb(matrix, ColourRange::Limited, depth, 1080);
            const RgbColour black = convert(limited, 16 * step / codes, 128 * step / codes, 128 * step / codes);
            const RgbColour white = convert(limited, 235 * step / codes, 128 * step / codes, 128 * step / codes);
            CHECK(black.red == Approx(0).margin(1e-5));
            CHECK(black.blue == Approx(0).margin(1e-5));
            CHECK(white.red == Approx(1).margin(1e-5));
            CHECK(white.green == Approx(1).margin(1e-5));
            const YuvToRgb full = yuv_to_rgb(matrix, ColourRange::Full, depth, 1080);
            CHECK(convert(full, 1, 128 * step / codes, 128 * step / codes).green == Approx(1).margin(1e-5));
        }
}

TEST_CASE("The 75 % bars of BT.709 in 8 bits narrow range come back as 75 %") {
    // ITU-R BT.709: yellow 75 %: Y 168, Cb 44, Cr 136.
    const YuvToRgb c = yuv_to_rgb(ColourMatrix::Bt709, ColourRange::Limited, 8, 1080);
    const RgbColour yellow = convert(c, 168 / 255.0, 44 / 255.0, 136 / 255.0);
    CHECK(yellow.red == Approx(0.75).margin(0.005));
    CHECK(yellow.green == Approx(0.75).margin(0.005));
    CHECK(yellow.blue == Approx(0).margin(0.005));
}

TEST_CASE("An unknown matrix is BT.709 for high definition and BT.601 below") {
    const auto same = [](const YuvToRgb& a, const YuvToRgb& b) { return a.matrix == b.matrix && a.offset == b.offset; };
    CHECK(same(yuv_to_rgb(ColourMatrix::Unknown, ColourRange::Limited, 8, 720),
               yuv_to_rgb(ColourMatrix::Bt709, ColourRange::Limited, 8, 720)));
    CHECK(same(yuv_to_rgb(ColourMatrix::Unknown, ColourRange::Limited, 8, 576),
               yuv_to_rgb(ColourMatrix::Bt601, ColourRange::Limited, 8, 576)));
}

TEST_CASE("HDR diffuse white becomes a little less than SDR white, and highlights keep detail above it") {
    // BT.2408: 203 cd/m² is 58 % of PQ; 1,000 cd/m² is 75 %.
    const RgbColour white = to_display({0.5806F, 0.5806F, 0.5806F}, Transfer::Pq);
    CHECK(white.green > 0.85F);
    CHECK(white.green < 0.95F);
    const RgbColour brighter = to_display({0.66F, 0.66F, 0.66F}, Transfer::Pq);
    const RgbColour brightest = to_display({0.752F, 0.752F, 0.752F}, Transfer::Pq);
    CHECK(brighter.green > white.green + 0.01F);
    CHECK(brightest.green > brighter.green + 0.01F);
    CHECK(brightest.green == Approx(1).margin(0.003));
    // HLG: 75 % is diffuse white as well.
    const RgbColour hlg = to_display({0.75F, 0.75F, 0.75F}, Transfer::Hlg);
    CHECK(hlg.green == Approx(white.green).margin(0.02));
    CHECK(to_display({0, 0, 0}, Transfer::Pq).red == Approx(0).margin(0.01));
    CHECK(to_display({0, 0, 0}, Transfer::Hlg).red == Approx(0).margin(0.01));
}

TEST_CASE("SDR passes as it is") {
    const RgbColour same = to_display({0.2F, 0.4F, 0.9F}, Transfer::Sdr);
    CHECK(same.red == 0.2F);
    CHECK(same.blue == 0.9F);
}

}  // namespace
}  // namespace sightline::ui
