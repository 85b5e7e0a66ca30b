// SPDX-License-Identifier: Apache-2.0
#include "ui/png.hpp"

#include <fmt/format.h>
#include <png.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace sightline::ui {

// libpng's simplified interface: it keeps its own errors and never jumps out of our frames.
core::Result<void> write_png(const RgbImage& image, const std::string& path) {
    png_image png{};
    png.version = PNG_IMAGE_VERSION;
    png.width = static_cast<png_uint_32>(image.width);
    png.height = static_cast<png_uint_32>(image.height);
    png.format = PNG_FORMAT_RGB;
    png.flags = PNG_IMAGE_FLAG_FAST;
    const std::string part = path + ".part";
    if (png_image_write_to_file(&png, part.c_str(), 0, image.pixels.data(), image.width * 3, nullptr) == 0) {
        std::remove(part.c_str());
        return core::fail(core::ErrorCode::Io, fmt::format("{}: cannot be written: {}", path, png.message));
    }
    if (std::rename(part.c_str(), path.c_str()) != 0) {
        const int why = errno;
        std::remove(part.c_str());
        return core::fail(core::ErrorCode::Io, fmt::format("{}: cannot be written: {}", path, std::strerror(why)));
    }
    return {};
}

core::Result<RgbImage> read_png(const std::string& path) {
    png_image png{};
    png.version = PNG_IMAGE_VERSION;
    if (png_image_begin_read_from_file(&png, path.c_str()) == 0)
        return core::fail(core::ErrorCode::Io, fmt::format("{}: {}", path, png.message));
    constexpr std::uint64_t kMostPixels = 64'000'000;
    if (std::uint64_t{png.width} * png.height > kMostPixels) {
        png_image_free(&png);
        return core::fail(core::ErrorCode::Corrupt,
                          fmt::format("{}: {} x {} is too large", path, png.width, png.height));
    }
    png.format = PNG_FORMAT_RGB;
    RgbImage image{static_cast<int>(png.width), static_cast<int>(png.height), {}};
    image.pixels.resize(PNG_IMAGE_SIZE(png));
    if (png_image_finish_read(&png, nullptr, image.pixels.data(), 0, nullptr) == 0)
        return core::fail(core::ErrorCode::Corrupt, fmt::format("{}: {}", path, png.message));
    return image;
}

}  // namespace sightline::ui
