// SPDX-License-Identifier: Apache-2.0
// Screenshots as PNG.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace sightline::ui {

/// 8 bits a component, rows from the top, red green blue, no padding.
struct RgbImage {
    int width = 0, height = 0;
    std::vector<std::uint8_t> pixels;
};

/// Written beside `path` and renamed over it. Io with the path and the system's reason.
[[nodiscard]] core::Result<void> write_png(const RgbImage& image, const std::string& path);
/// Io, Corrupt; at most 64 million pixels.
[[nodiscard]] core::Result<RgbImage> read_png(const std::string& path);

}  // namespace sightline::ui
