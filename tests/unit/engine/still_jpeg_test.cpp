// SPDX-License-Identifier: Apache-2.0
#include "engine/still_jpeg.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <jpeglib.h>

#include "tests/catch.hpp"

using namespace sightline;
using analyzers::SmallImage;

namespace {

SmallImage flat(int width, int height, int y, int u, int v) {
    SmallImage image;
    image.width = width;
    image.height = height;
    image.matrix = core::ColourMatrix::Bt709;
    const auto chroma = static_cast<std::size_t>((width + 1) / 2 * ((height + 1) / 2));
    image.y.assign(static_cast<std::size_t>(width * height), static_cast<std::uint8_t>(y));
    image.u.assign(chroma, static_cast<std::uint8_t>(u));
    image.v.assign(chroma, static_cast<std::uint8_t>(v));
    return image;
}

struct Rgb {
    int width = 0, height = 0;
    std::vector<unsigned char> pixels;
    [[nodiscard]] std::vector<int> at(int x, int y) const {
        const auto place = static_cast<std::size_t>((y * width + x) * 3);
        return {pixels[place], pixels[place + 1], pixels[place + 2]};
    }
};

Rgb decoded(const std::string& bytes) {
    jpeg_decompress_struct jpeg{};
    jpeg_error_mgr errors{};
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    REQUIRE(jpeg_read_header(&jpeg, TRUE) == JPEG_HEADER_OK);
    jpeg.out_color_space = JCS_RGB;
    jpeg_start_decompress(&jpeg);
    Rgb out{static_cast<int>(jpeg.output_width), static_cast<int>(jpeg.output_height), {}};
    out.pixels.resize(static_cast<std::size_t>(out.width * out.height * 3));
    while (jpeg.output_scanline < jpeg.output_height) {
        JSAMPROW row = out.pixels.data() +
                       static_cast<std::size_t>(jpeg.output_scanline) * static_cast<std::size_t>(out.width) * 3;
        jpeg_read_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_decompress(&jpeg);
    CHECK(errors.num_warnings == 0);
    jpeg_destroy_decompress(&jpeg);
    return out;
}

/// Flat colour after the way through a JPEG, within what its quantisation may do.
void check_colour(const SmallImage& image, int red, int green, int blue) {
    const Rgb rgb = decoded(engine::to_jpeg(image));
    REQUIRE(rgb.width == image.width);
    REQUIRE(rgb.height == image.height);
    const auto pixel = rgb.at(image.width / 2, image.height / 2);
    CAPTURE(pixel);
    CHECK(std::abs(pixel[0] - red) <= 4);
    CHECK(std::abs(pixel[1] - green) <= 4);
    CHECK(std::abs(pixel[2] - blue) <= 4);
}

}  // namespace

TEST_CASE("No picture gives no bytes", "[still_jpeg]") {
    CHECK(engine::to_jpeg({}).empty());
    CHECK(engine::to_jpeg(flat(16, 0, 0, 0, 0)).empty());
}

TEST_CASE("Black and white of limited range are black and white", "[still_jpeg]") {
    check_colour(flat(64, 36, 16, 128, 128), 0, 0, 0);
    check_colour(flat(64, 36, 235, 128, 128), 255, 255, 255);
    check_colour(flat(64, 36, 0, 128, 128), 0, 0, 0);  // below black
    check_colour(flat(64, 36, 255, 128, 128), 255, 255, 255);
}

TEST_CASE("Full range is not stretched", "[still_jpeg]") {
    auto image = flat(64, 36, 16, 128, 128);
    image.range = core::ColourRange::Full;
    check_colour(image, 16, 16, 16);
}

TEST_CASE("Red stays red under each matrix, by the code values of its standard", "[still_jpeg]") {
    auto image = flat(64, 36, 63, 102, 240);  // BT.709: 16 + 219 × 0.2126, 128 − 224 × 0.2126 / 1.8556
    check_colour(image, 255, 0, 0);
    image = flat(64, 36, 81, 90, 240);  // BT.601
    image.matrix = core::ColourMatrix::Bt601;
    check_colour(image, 255, 0, 0);
    image = flat(64, 36, 74, 97, 240);  // BT.2020: 16 + 219 × 0.2627, 128 − 224 × 0.2627 / 1.8814
    image.matrix = core::ColourMatrix::Bt2020;
    check_colour(image, 255, 0, 0);
}

TEST_CASE("Odd sizes are read within their planes", "[still_jpeg]") {
    for (const auto& [width, height] : {std::pair{1, 1}, std::pair{17, 9}, std::pair{3, 2}})
        check_colour(flat(width, height, 126, 128, 128), 128, 128, 128);
}

TEST_CASE("A still of the usual size is small, whatever is in the picture", "[still_jpeg]") {
    auto image = flat(320, 180, 0, 128, 128);
    std::uint32_t noise = 1;
    for (auto& luma : image.y) {
        noise = noise * 1'664'525U + 1'013'904'223U;
        luma = static_cast<std::uint8_t>(16 + (noise >> 24) * 219 / 255);
    }
    const std::string jpeg = engine::to_jpeg(image);
    CHECK(jpeg.starts_with("\xFF\xD8"));
    CHECK(jpeg.ends_with("\xFF\xD9"));
    CHECK(jpeg.size() < 64'000);  // noise; a real picture has a third of it. The frame to the supervisor takes 128 KiB
    CHECK(engine::to_jpeg(flat(320, 180, 100, 90, 200)).size() < 4'000);
}
