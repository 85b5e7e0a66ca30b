// SPDX-License-Identifier: Apache-2.0
// From Y'CbCr as it comes to R'G'B' as a display wants it: the arithmetic, once, for the shader's constants and for the
// tests that check what the shader made of them.
#pragma once

#include <array>

#include "core/media.hpp"

namespace sightline::ui {

/// R'G'B' = matrix × (sample − offset), samples as fractions of the largest code (255, 1023, …). Rows: R, G, B;
/// columns: Y, Cb, Cr.
struct YuvToRgb {
    std::array<float, 9> matrix{};
    std::array<float, 3> offset{};
};

/// Constants of ITU-R BT.601, BT.709 and BT.2020 (non-constant luminance), narrow and full range, 8 to 16 bits. An
/// unknown matrix is taken for BT.709 from 720 lines on and BT.601 below, as players do.
[[nodiscard]] YuvToRgb yuv_to_rgb(core::ColourMatrix matrix, core::ColourRange range, int bit_depth, int source_height);

struct RgbColour {
    float red = 0, green = 0, blue = 0;
};

/// HDR to the display's SDR: R'G'B' of PQ (BT.2100, ST 2084) or HLG to R'G'B' of BT.709 with gamma 2.4. Diffuse white
/// (203 cd/m², BT.2408) becomes SDR white times 0.8; above it a shoulder keeps detail up to 1,000 cd/m². BT.2020
/// primaries go to BT.709, what lies outside is clipped. `Sdr` comes back as it was.
[[nodiscard]] RgbColour to_display(RgbColour value, core::Transfer transfer);

}  // namespace sightline::ui
