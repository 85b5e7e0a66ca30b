// SPDX-License-Identifier: Apache-2.0
#include "engine/still_jpeg.hpp"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include <jpeglib.h>

namespace sightline::engine {
namespace {

constexpr int kQuality = 75;

struct Coefficients {
    double red_v, green_u, green_v, blue_u;
};

Coefficients coefficients(const analyzers::SmallImage& image) {
    switch (image.matrix) {
        case core::ColourMatrix::Bt601:
            return {1.402, 0.344136, 0.714136, 1.772};
        case core::ColourMatrix::Bt2020:
            return {1.4746, 0.164553, 0.571353, 1.8814};
        case core::ColourMatrix::Bt709:
        case core::ColourMatrix::Unknown:
            break;
    }
    return {1.5748, 0.187324, 0.468124, 1.8556};
}

std::uint8_t clamp(double value) {
    return static_cast<std::uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value + 0.5);
}

/// One row as RGB; JPEG's own conversion then makes it what JFIF wants.
void to_rgb(const analyzers::SmallImage& image, int row, const Coefficients& k, std::vector<std::uint8_t>& out) {
    const bool full = image.range == core::ColourRange::Full;
    const double luma_scale = full ? 1.0 : 255.0 / 219.0;
    const double chroma_scale = full ? 1.0 : 255.0 / 224.0;
    const double black = full ? 0.0 : 16.0;
    const int chroma_width = (image.width + 1) / 2;
    for (int x = 0; x < image.width; ++x) {
        const auto chroma = static_cast<std::size_t>(row / 2 * chroma_width + x / 2);
        const double y = (image.y[static_cast<std::size_t>(row * image.width + x)] - black) * luma_scale;
        const double u = (image.u[chroma] - 128.0) * chroma_scale;
        const double v = (image.v[chroma] - 128.0) * chroma_scale;
        out[static_cast<std::size_t>(x) * 3] = clamp(y + k.red_v * v);
        out[static_cast<std::size_t>(x) * 3 + 1] = clamp(y - k.green_u * u - k.green_v * v);
        out[static_cast<std::size_t>(x) * 3 + 2] = clamp(y + k.blue_u * u);
    }
}

}  // namespace

std::string to_jpeg(const analyzers::SmallImage& image) {
    if (image.width <= 0 || image.height <= 0) return {};
    jpeg_compress_struct jpeg{};
    jpeg_error_mgr errors{};
    jpeg.err = jpeg_std_error(&errors);  // its error exit cannot be reached: memory output, valid parameters
    jpeg_create_compress(&jpeg);
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&jpeg, &bytes, &size);
    jpeg.image_width = static_cast<JDIMENSION>(image.width);
    jpeg.image_height = static_cast<JDIMENSION>(image.height);
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, kQuality, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    const Coefficients k = coefficients(image);
    std::vector<std::uint8_t> row(static_cast<std::size_t>(image.width) * 3);
    while (jpeg.next_scanline < jpeg.image_height) {
        to_rgb(image, static_cast<int>(jpeg.next_scanline), k, row);
        JSAMPROW rows[] = {row.data()};
        jpeg_write_scanlines(&jpeg, rows, 1);
    }
    jpeg_finish_compress(&jpeg);
    std::string out(reinterpret_cast<char*>(bytes), size);
    jpeg_destroy_compress(&jpeg);
    std::free(bytes);
    return out;
}

}  // namespace sightline::engine
