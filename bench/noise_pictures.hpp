// SPDX-License-Identifier: Apache-2.0
// Pictures of noise for the benches: seeded, 4:2:0, all planes filled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/media.hpp"

namespace sightline::bench {

/// `width` and `height` even; `bit_depth` 8, or up to 10 in two bytes. Each picture differs from the one before.
inline std::vector<core::VideoFrame> make_pictures(int width, int height, int bit_depth, int count) {
    std::vector<core::VideoFrame> pictures;
    const int bytes = bit_depth > 8 ? 2 : 1;
    for (int i = 0; i < count; ++i) {
        const auto size = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
        auto pixels = std::make_shared<std::vector<std::byte>>(size * static_cast<std::size_t>(bytes) * 3 / 2);
        std::uint32_t state = static_cast<std::uint32_t>(i) + 1;
        for (auto& byte : *pixels) {
            state = state * 1664525U + 1013904223U;
            byte = static_cast<std::byte>(state >> (bytes == 2 ? 30U : 24U));
        }
        core::VideoFrame frame;
        const int stride = width * bytes;
        frame.luma = {pixels->data(), stride, width, height};
        frame.chroma_u = {pixels->data() + static_cast<std::ptrdiff_t>(size) * bytes, stride / 2, width / 2,
                          height / 2};
        frame.chroma_v = {frame.chroma_u.data + static_cast<std::ptrdiff_t>(size) * bytes / 4, stride / 2, width / 2,
                          height / 2};
        frame.bit_depth = bit_depth;
        frame.sample_bytes = bytes;
        frame.keep = pixels;
        pictures.push_back(frame);
    }
    return pictures;
}

}  // namespace sightline::bench
