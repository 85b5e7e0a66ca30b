// SPDX-License-Identifier: Apache-2.0
#include "ui/gl/colour.hpp"

#include <algorithm>
#include <cmath>

namespace sightline::ui {
namespace {

struct LumaWeights {
    double red, blue;
};

LumaWeights weights(core::ColourMatrix matrix, int source_height) {
    switch (matrix) {
        case core::ColourMatrix::Bt601:
            return {0.299, 0.114};
        case core::ColourMatrix::Bt709:
            return {0.2126, 0.0722};
        case core::ColourMatrix::Bt2020:
            return {0.2627, 0.0593};
        case core::ColourMatrix::Unknown:
            break;
    }
    return source_height >= 720 ? LumaWeights{0.2126, 0.0722} : LumaWeights{0.299, 0.114};
}

// ST 2084 constants as in ITU-R BT.2100, table 4.
constexpr double kPqM1 = 2610.0 / 16384;
constexpr double kPqM2 = 2523.0 / 4096 * 128;
constexpr double kPqC1 = 3424.0 / 4096;
constexpr double kPqC2 = 2413.0 / 4096 * 32;
constexpr double kPqC3 = 2392.0 / 4096 * 32;

/// cd/m² of one component.
double pq_to_nits(double value) {
    const double power = std::pow(std::clamp(value, 0.0, 1.0), 1 / kPqM2);
    return 10'000 * std::pow(std::max(power - kPqC1, 0.0) / (kPqC2 - kPqC3 * power), 1 / kPqM1);
}

// HLG, BT.2100 table 5.
double hlg_to_scene(double value) {
    constexpr double kA = 0.17883277;
    constexpr double kB = 0.28466892;
    constexpr double kC = 0.55991073;
    const double v = std::clamp(value, 0.0, 1.0);
    return v <= 0.5 ? v * v / 3 : (std::exp((v - kC) / kA) + kB) / 12;
}

/// Light relative to diffuse white (203 cd/m² = 1) to display light 0…1: straight up to a knee, then a shoulder that
/// reaches 1 at 1,000 cd/m².
double tone_map(double light) {
    constexpr double kWhite = 0.8;
    constexpr double kKnee = 0.6;
    constexpr double kPeak = 1'000.0 / 203;
    const double x = light * kWhite;
    if (x <= kKnee) return x;
    const double most = kPeak * kWhite;
    const double t = std::min((x - kKnee) / (most - kKnee), 1.0);
    const double slope = (most - kKnee) / (1 - kKnee);
    // t → slope·t / (1 + (slope − 1)·t): slope 1 at the knee in x, 1 at the peak.
    return kKnee + (1 - kKnee) * slope * t / (1 + (slope - 1) * t);
}

}  // namespace

YuvToRgb yuv_to_rgb(core::ColourMatrix matrix, core::ColourRange range, int bit_depth, int source_height) {
    const LumaWeights k = weights(matrix, source_height);
    const double green = 1 - k.red - k.blue;
    const double codes = std::pow(2.0, bit_depth) - 1;
    const double step = std::pow(2.0, bit_depth - 8);
    const bool limited = range == core::ColourRange::Limited;
    const double luma_scale = limited ? codes / (219 * step) : 1;
    const double chroma_scale = limited ? codes / (224 * step) : 1;
    const double middle = 128 * step / codes;
    YuvToRgb out;
    const std::array<double, 9> rows{luma_scale,
                                     0,
                                     2 * (1 - k.red) * chroma_scale,
                                     luma_scale,
                                     -2 * k.blue * (1 - k.blue) / green * chroma_scale,
                                     -2 * k.red * (1 - k.red) / green * chroma_scale,
                                     luma_scale,
                                     2 * (1 - k.blue) * chroma_scale,
                                     0};
    std::transform(rows.begin(), rows.end(), out.matrix.begin(), [](double v) { return static_cast<float>(v); });
    out.offset = {limited ? static_cast<float>(16 * step / codes) : 0.0F, static_cast<float>(middle),
                  static_cast<float>(middle)};
    return out;
}

RgbColour to_display(RgbColour value, core::Transfer transfer) {
    if (transfer == core::Transfer::Sdr) return value;
    double r = 0;
    double g = 0;
    double b = 0;  // light relative to diffuse white, BT.2020 primaries
    if (transfer == core::Transfer::Pq) {
        r = pq_to_nits(value.red) / 203;
        g = pq_to_nits(value.green) / 203;
        b = pq_to_nits(value.blue) / 203;
    } else {
        r = hlg_to_scene(value.red);
        g = hlg_to_scene(value.green);
        b = hlg_to_scene(value.blue);
        // OOTF for a 1,000 cd/m² display: light = 1000 · Ys^0.2 · scene (BT.2100, system gamma 1.2).
        const double luma = 0.2627 * r + 0.6780 * g + 0.0593 * b;
        const double gain = luma > 0 ? 1'000.0 / 203 * std::pow(luma, 0.2) : 0;
        r *= gain;
        g *= gain;
        b *= gain;
    }
    // BT.2087: BT.2020 to BT.709 primaries.
    const double r709 = 1.6605 * r - 0.5876 * g - 0.0728 * b;
    const double g709 = -0.1246 * r + 1.1329 * g - 0.0083 * b;
    const double b709 = -0.0182 * r - 0.1006 * g + 1.1187 * b;
    const auto display = [](double light) {
        return static_cast<float>(std::pow(std::clamp(tone_map(std::max(light, 0.0)), 0.0, 1.0), 1 / 2.4));
    };
    return {display(r709), display(g709), display(b709)};
}

}  // namespace sightline::ui
