// SPDX-License-Identifier: Apache-2.0
// The shape of pictures: what shared memory says of samples and sizes, read back as pixels of a tile on the glass.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "tests/catch.hpp"
#include "tests/ui/picture_glass.hpp"
#include "ui/tile.hpp"

namespace sightline::ui {
namespace {

constexpr int kWindowWidth = 800;
constexpr int kWindowHeight = 600;
constexpr Rect kTile{0, 0, 800, 500};

TileLook plain_look() {
    TileLook look;
    look.umd.name = "SHAPE";
    look.border.width = 0;
    return look;
}

void draw_one_tile(const Canvas& canvas, const WallSnapshot& /*snapshot*/, ViewState& /*state*/,
                   CommandQueue& /*queue*/) {
    draw_tile(canvas, kTile, kShown, plain_look());
}

constexpr std::array kShapeViews{View{"tile", whole_window, draw_one_tile}};

struct Shape {
    const char* what;
    int width, height;  // of the tile in shared memory
    int sar_num, sar_den;
    double aspect;  // width over height as it must be seen
};

// Tiles as workers make them: scaled to a box with all lines and columns kept in proportion, or as they are.
constexpr std::array kShapes{Shape{"1080p", 480, 270, 1, 1, 16.0 / 9},
                             Shape{"PAL 16:9", 720, 576, 64, 45, 16.0 / 9},
                             Shape{"PAL 4:3", 720, 576, 16, 15, 4.0 / 3},
                             Shape{"NTSC 4:3", 720, 480, 8, 9, 4.0 / 3},
                             Shape{"HDV", 1440, 1080, 4, 3, 16.0 / 9},
                             Shape{"vertical", 152, 270, 1, 1, 152.0 / 270},
                             Shape{"vertical of wide samples", 76, 270, 2, 1, 152.0 / 270},
                             Shape{"cinema scope", 480, 200, 1, 1, 2.4},
                             Shape{"square", 270, 270, 1, 1, 1},
                             Shape{"samples of no ratio", 480, 270, 0, 0, 16.0 / 9}};

/// Green, with a corner of white at the left top: 1/8 of width and height.
void write_picture(link::TileWriter& writer, const Shape& shape) {
    link::TileInfo info;
    info.width = shape.width;
    info.height = shape.height;
    info.sar_num = shape.sar_num;
    info.sar_den = shape.sar_den;
    info.range = core::ColourRange::Full;
    info.matrix = core::ColourMatrix::Bt709;
    info.source_width = shape.width;
    info.source_height = shape.height;
    const auto memory = writer.begin(shape.width, shape.height);
    const auto luma = memory.first(info.luma_bytes());
    std::memset(luma.data(), 182, luma.size());
    const auto cb = memory.subspan(info.luma_bytes(), info.chroma_bytes());
    const auto cr = memory.subspan(info.luma_bytes() + info.chroma_bytes(), info.chroma_bytes());
    std::memset(cb.data(), 30, cb.size());
    std::memset(cr.data(), 12, cr.size());
    const auto width = static_cast<std::size_t>(shape.width);
    const auto half = (width + 1) / 2;
    for (std::size_t y = 0; y < static_cast<std::size_t>(shape.height) / 8; ++y) {
        std::memset(luma.data() + y * width, 255, width / 8);
        std::memset(cb.data() + y / 2 * half, 128, width / 16);
        std::memset(cr.data() + y / 2 * half, 128, width / 16);
    }
    writer.commit(info);
}

struct Seen {
    int left = kWindowWidth, top = kWindowHeight, right = 0, bottom = 0;
    void take(int x, int y) {
        left = std::min(left, x);
        top = std::min(top, y);
        right = std::max(right, x + 1);
        bottom = std::max(bottom, y + 1);
    }
    [[nodiscard]] int width() const { return right - left; }
    [[nodiscard]] int height() const { return bottom - top; }
};

std::array<int, 3> pixel(const RgbImage& image, int x, int y) {
    const auto at =
        (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(x)) * 3;
    return {image.pixels[at], image.pixels[at + 1], image.pixels[at + 2]};
}

/// Box of what is green, and of what is white, above the tile's UMD.
std::pair<Seen, Seen> boxes_of(const RgbImage& image, const Rect& inner) {
    Seen picture;
    Seen corner;
    for (int y = 0; y < static_cast<int>(inner.bottom); ++y)
        for (int x = 0; x < image.width; ++x) {
            const auto [red, green, blue] = pixel(image, x, y);
            if (green < 200) continue;
            picture.take(x, y);
            if (red > 200 && blue > 200) corner.take(x, y);
        }
    return {picture, corner};
}

void check_shape(PictureGlass& glass, const Shape& shape) {
    auto writer = link::TileWriter::create(shape.width, shape.height, 1);
    REQUIRE(writer);
    write_picture(*writer, shape);
    auto reader = link::TileReader::open(writer->descriptor().get());
    REQUIRE(reader);
    const RgbImage image = glass.show(*reader);
    const Rect inner = lay_out_tile(kTile, kWindowHeight / 1080.0F, plain_look(), 0).inner;
    const auto [picture, corner] = boxes_of(image, inner);
    INFO(shape.what << ": " << picture.width() << "x" << picture.height() << " at " << picture.left << ", "
                    << picture.top << " in a box of " << inner.width() << "x" << inner.height());
    const bool pillars = shape.aspect < inner.width() / inner.height();
    const double height = pillars ? inner.height() : inner.width() / shape.aspect;
    const double width = pillars ? inner.height() * shape.aspect : inner.width();
    CHECK(std::abs(picture.width() - width) <= 2);
    CHECK(std::abs(picture.height() - height) <= 2);
    // In the middle: as much surround at the left as at the right, above as below.
    const auto lopsided = [](float from, int begin, int end, float to) {
        return std::abs((static_cast<float>(begin) - from) - (to - static_cast<float>(end)));
    };
    CHECK(lopsided(inner.left, picture.left, picture.right, inner.right) <= 2);
    CHECK(lopsided(inner.top, picture.top, picture.bottom, inner.bottom) <= 2);
    // Neither cropped nor mirrored: the corner is an eighth of it and at its left top.
    CHECK(corner.left == picture.left);
    CHECK(corner.top == picture.top);
    CHECK(std::abs(corner.width() - width / 8) <= 0.02 * width + 2);
    CHECK(std::abs(corner.height() - height / 8) <= 0.02 * height + 2);
}

TEST_CASE("A picture keeps its shape on the glass: samples that are no squares, upright, wide, none at all") {
    PictureGlass glass(kWindowWidth, kWindowHeight, kShapeViews);
    if (!glass.reason().empty()) {
        WARN("skipped: " << glass.reason());
        return;
    }
    for (const Shape& shape : kShapes) check_shape(glass, shape);
}

}  // namespace
}  // namespace sightline::ui
