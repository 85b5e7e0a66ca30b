// SPDX-License-Identifier: Apache-2.0
// What the fuzz target of remote probes' pictures does with its input; the unit test replays kept inputs through it.
#pragma once

#include <cstdlib>
#include <string_view>

#include "ui/still_picture.hpp"

namespace sightline::fuzz {

/// A picture is whole and of a bearable size, or refused in words.
inline void read_still(std::string_view bytes) {
    const auto held = [](bool so) {
        if (!so) std::abort();
    };
    const auto still = ui::decode_still(bytes);
    if (!still) return held(!still.error().message.empty());
    const auto width = static_cast<std::size_t>(still->width);
    const auto height = static_cast<std::size_t>(still->height);
    held(still->width > 0 && still->width <= ui::kMostStillEdge && still->height > 0 &&
         still->height <= ui::kMostStillEdge);
    held(still->pixels.size() == width * height + 2 * ((width + 1) / 2) * ((height + 1) / 2));
}

}  // namespace sightline::fuzz
