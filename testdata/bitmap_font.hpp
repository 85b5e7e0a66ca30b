// SPDX-License-Identifier: Apache-2.0
// A 5 × 7 dot font, just enough to burn a label, a clock and a frame number into a picture.
#pragma once

#include <cstdint>

namespace sightline::testdata {

constexpr int kGlyphWidth = 5, kGlyphHeight = 7;

/// Seven rows from the top, bit 4 the leftmost dot. A character the font lacks is blank; lower case reads as upper.
[[nodiscard]] const std::uint8_t* glyph(char character);

}  // namespace sightline::testdata
