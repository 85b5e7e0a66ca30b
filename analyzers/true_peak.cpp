// SPDX-License-Identifier: Apache-2.0
#include "analyzers/true_peak.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace sightline::analyzers {
namespace {

constexpr std::size_t kTaps = 12, kBetween = 3;  // values between two samples

struct Interpolator {
    std::array<std::array<float, kTaps>, kBetween> taps{};  // of the newest sample first
    float gain = 1;                                         // no value is higher than the highest sample times this
};

Interpolator design() {
    Interpolator made;
    for (std::size_t phase = 0; phase < kBetween; ++phase) {
        std::array<double, kTaps> taps{};
        double sum = 0;
        for (std::size_t tap = 0; tap < kTaps; ++tap) {
            // Where the sample lies, seen from the value sought.
            const double distance =
                static_cast<double>(kTaps) / 2 - static_cast<double>(tap) - static_cast<double>(phase + 1) / 4.0;
            const double angle = std::numbers::pi * distance;
            const double window = std::cos(angle / static_cast<double>(kTaps));
            taps[tap] = std::sin(angle) / angle * window * window;
            sum += taps[tap];
        }
        double gain = 0;
        for (std::size_t tap = 0; tap < kTaps; ++tap) {
            made.taps[phase][tap] = static_cast<float>(taps[tap] / sum);
            gain += std::fabs(taps[tap] / sum);
        }
        made.gain = std::max(made.gain, static_cast<float>(gain * 1.0001));
    }
    return made;
}

const Interpolator& interpolator() {
    static const Interpolator kMade = design();
    return kMade;
}

}  // namespace

void TruePeak::add(std::span<const float> samples) {
    static_assert(kTaps == analyzers::kTaps);
    const float gain = interpolator().gain;
    while (!samples.empty()) {
        const std::size_t count = std::min(samples.size(), kPiece);
        for (std::size_t i = 0; i < count; ++i) {
            samples_[kTaps - 1 + i] = std::isfinite(samples[i]) ? samples[i] : 0.0F;
        }
        float highest = 0;
        for (std::size_t i = 0; i < kTaps - 1 + count; ++i) highest = std::max(highest, std::fabs(samples_[i]));
        if (highest * gain > peak_) interpolate(count);
        std::copy_n(samples_.begin() + static_cast<std::ptrdiff_t>(count), kTaps - 1, samples_.begin());
        samples = samples.subspan(count);
    }
}

void TruePeak::interpolate(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) peak_ = std::max(peak_, std::fabs(samples_[kTaps - 1 + i]));
    for (const auto& taps : interpolator().taps) {
        std::array<float, kPiece> values{};
        // What lies beyond `count` is of an earlier piece and not looked at below.
        for (std::size_t tap = 0; tap < kTaps; ++tap) {
            const float* const from = samples_.data() + (kTaps - 1 - tap);
            for (std::size_t i = 0; i < kPiece; ++i) values[i] += taps[tap] * from[i];
        }
        for (std::size_t i = 0; i < count; ++i) peak_ = std::max(peak_, std::fabs(values[i]));
    }
}

float TruePeak::take() {
    return std::exchange(peak_, 0.0F);
}

}  // namespace sightline::analyzers
