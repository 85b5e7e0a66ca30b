// SPDX-License-Identifier: Apache-2.0
// Colour bars through the whole chain: shared memory as a worker writes it, pixel buffers, shader, screenshot.
#include <array>
#include <cmath>
#include <cstring>
#include <string>

#include "tests/catch.hpp"
#include "tests/ui/picture_glass.hpp"
#include "ui/gl/colour.hpp"

namespace sightline::ui {
namespace {

using core::ColourMatrix;
using core::ColourRange;
using core::Transfer;

constexpr int kPatches = 9;
constexpr int kWidth = 36 * kPatches;
constexpr int kHeight = 120;

/// R'G'B' of the patches: 100 % and 75 % bars and a grey between.
constexpr std::array<std::array<double, 3>, kPatches> kBars{{{1, 1, 1},
                                                             {0.75, 0.75, 0},
                                                             {0, 0.75, 0.75},
                                                             {0, 0.75, 0},
                                                             {0.75, 0, 0.75},
                                                             {0.75, 0, 0},
                                                             {0, 0, 0.75},
                                                             {0.5, 0.5, 0.5},
                                                             {0, 0, 0}}};

struct Kind {
    ColourMatrix matrix;
    ColourRange range;
    int bits;
    Transfer transfer;
};

struct Codes {
    int y = 0, cb = 0, cr = 0;
};

struct Weights {
    double red, blue;
};

// Written here a second time, from the recommendations' forward equations, so that the code under test is not its own
// judge.
Weights weights_of(ColourMatrix matrix) {
    if (matrix == ColourMatrix::Bt601) return {0.299, 0.114};
    if (matrix == ColourMatrix::Bt2020) return {0.2627, 0.0593};
    return {0.2126, 0.0722};
}

Codes encode(const std::array<double, 3>& rgb, const Kind& kind) {
    const Weights w = weights_of(kind.matrix);
    const double y = w.red * rgb[0] + (1 - w.red - w.blue) * rgb[1] + w.blue * rgb[2];
    const double cb = (rgb[2] - y) / (2 * (1 - w.blue));
    const double cr = (rgb[0] - y) / (2 * (1 - w.red));
    const double step = std::pow(2, kind.bits - 8);
    const double most = std::pow(2, kind.bits) - 1;
    const auto code = [most](double v) { return static_cast<int>(std::lround(std::clamp(v, 0.0, most))); };
    if (kind.range == ColourRange::Limited)
        return {code((219 * y + 16) * step), code((224 * cb + 128) * step), code((224 * cr + 128) * step)};
    return {code(y * most), code(cb * most + 128 * step), code(cr * most + 128 * step)};
}

/// What the codes stand for, which rounding moved a little.
std::array<double, 3> decode(const Codes& codes, const Kind& kind) {
    const Weights w = weights_of(kind.matrix);
    const double step = std::pow(2, kind.bits - 8);
    const double most = std::pow(2, kind.bits) - 1;
    const bool limited = kind.range == ColourRange::Limited;
    const double y = limited ? (codes.y / step - 16) / 219 : codes.y / most;
    const double cb = limited ? (codes.cb / step - 128) / 224 : (codes.cb - 128 * step) / most;
    const double cr = limited ? (codes.cr / step - 128) / 224 : (codes.cr - 128 * step) / most;
    const double red = y + 2 * (1 - w.red) * cr;
    const double blue = y + 2 * (1 - w.blue) * cb;
    const double green = (y - w.red * red - w.blue * blue) / (1 - w.red - w.blue);
    return {std::clamp(red, 0.0, 1.0), std::clamp(green, 0.0, 1.0), std::clamp(blue, 0.0, 1.0)};
}

void put(std::span<std::byte> plane, std::size_t at, int code, int bytes) {
    if (bytes == 1) {
        plane[at] = static_cast<std::byte>(code);
    } else {
        plane[2 * at] = static_cast<std::byte>(code & 0xFF);
        plane[2 * at + 1] = static_cast<std::byte>(code >> 8);
    }
}

void write_bars(link::TileWriter& writer, const Kind& kind) {
    const int bytes = kind.bits > 8 ? 2 : 1;
    link::TileInfo info;
    info.width = kWidth;
    info.height = kHeight;
    info.sample_bytes = bytes;
    info.bit_depth = kind.bits;
    info.range = kind.range;
    info.matrix = kind.matrix;
    info.transfer = kind.transfer;
    info.source_width = 1920;
    info.source_height = 1080;
    const auto memory = writer.begin(kWidth, kHeight);
    const auto y = memory.first(info.luma_bytes());
    const auto cb = memory.subspan(info.luma_bytes(), info.chroma_bytes());
    const auto cr = memory.subspan(info.luma_bytes() + info.chroma_bytes(), info.chroma_bytes());
    for (int row = 0; row < kHeight; ++row)
        for (int x = 0; x < kWidth; ++x)
            put(y, static_cast<std::size_t>(row * kWidth + x), encode(kBars[static_cast<std::size_t>(x / 36)], kind).y,
                bytes);
    const int half = kWidth / 2;
    for (int row = 0; row < kHeight / 2; ++row)
        for (int x = 0; x < half; ++x) {
            const Codes codes = encode(kBars[static_cast<std::size_t>(x / 18)], kind);
            put(cb, static_cast<std::size_t>(row * half + x), codes.cb, bytes);
            put(cr, static_cast<std::size_t>(row * half + x), codes.cr, bytes);
        }
    writer.commit(info);
}

/// The picture alone, twice as large, in the window's left top.
void draw_picture(const Canvas& canvas, const WallSnapshot& /*snapshot*/, ViewState& /*state*/,
                  CommandQueue& /*queue*/) {
    canvas.media.place(kShown, {{0, 0, kWidth * 2, kHeight * 2}});
}

constexpr std::array kBarViews{View{"picture", whole_window, draw_picture}};

double worst_error(const RgbImage& image, std::size_t patch, const std::array<double, 3>& wanted) {
    double worst = 0;
    const int centre = static_cast<int>(patch) * 72 + 36;
    for (int y = 40; y < kHeight * 2 - 40; y += 20)
        for (int x = centre - 20; x <= centre + 20; x += 5)
            for (std::size_t c = 0; c < 3; ++c) {
                const auto at = (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
                                 static_cast<std::size_t>(x)) *
                                    3 +
                                c;
                worst = std::max(worst, std::abs(image.pixels[at] - wanted[c] * 255));
            }
    return worst;
}

void check_bars(PictureGlass& glass, const Kind& kind) {
    auto writer = link::TileWriter::create(kWidth, kHeight, kind.bits > 8 ? 2 : 1);
    REQUIRE(writer);
    write_bars(*writer, kind);
    auto reader = link::TileReader::open(writer->descriptor().get());
    REQUIRE(reader);
    const RgbImage image = glass.show(*reader);
    for (std::size_t patch = 0; patch < kPatches; ++patch) {
        std::array<double, 3> wanted = decode(encode(kBars[patch], kind), kind);
        if (kind.transfer != Transfer::Sdr) {
            const RgbColour shown = to_display(
                {static_cast<float>(wanted[0]), static_cast<float>(wanted[1]), static_cast<float>(wanted[2])},
                kind.transfer);
            wanted = {shown.red, shown.green, shown.blue};
        }
        INFO("matrix " << static_cast<int>(kind.matrix) << " range " << static_cast<int>(kind.range) << " bits "
                       << kind.bits << " transfer " << static_cast<int>(kind.transfer) << " patch " << patch);
        CHECK(worst_error(image, patch, wanted) <= 2);
    }
}

TEST_CASE("Colour bars reach the screenshot within 2/255 in every matrix, range and depth") {
    PictureGlass glass(kWidth * 2, kHeight * 2, kBarViews);
    if (!glass.reason().empty()) {
        WARN("skipped: " << glass.reason());
        return;
    }
    for (const ColourMatrix matrix : {ColourMatrix::Bt601, ColourMatrix::Bt709, ColourMatrix::Bt2020})
        for (const ColourRange range : {ColourRange::Limited, ColourRange::Full})
            for (const int bits : {8, 10}) check_bars(glass, {matrix, range, bits, Transfer::Sdr});
}

TEST_CASE("PQ and HLG bars reach the screenshot as the tone mapping computes them") {
    PictureGlass glass(kWidth * 2, kHeight * 2, kBarViews);
    if (!glass.reason().empty()) {
        WARN("skipped: " << glass.reason());
        return;
    }
    for (const Transfer transfer : {Transfer::Pq, Transfer::Hlg})
        check_bars(glass, {ColourMatrix::Bt2020, ColourRange::Limited, 10, transfer});
}

}  // namespace
}  // namespace sightline::ui
