// SPDX-License-Identifier: Apache-2.0
#include "ui/meter.hpp"

#include <algorithm>
#include <cmath>

namespace sightline::ui {
namespace {

// The rise of a Type IIa needle is faster than one time constant allows for short bursts and slower for long ones; two,
// mixed, meet all four burst readings.
constexpr double kFastShare = 0.52;
constexpr double kFastSeconds = 0.002;
constexpr double kSlowSeconds = 0.015;

// A damped spring: 99 % at 0.300 s, 1.3 % over.
constexpr double kVuDamping = 0.81;
constexpr double kVuRadiansPerSecond = 13.42;
constexpr double kVuStepSeconds = 0.001;

constexpr double kFloor = 1e-6;  // −120 dBFS: nobody sees it move below

}  // namespace

float to_dbfs(double amplitude) {
    if (!(amplitude > 1e-7)) return ChannelLevel::kSilence;
    return std::max(ChannelLevel::kSilence, static_cast<float>(20 * std::log10(amplitude)));
}

void Meter::feed(const ChannelStretch& stretch) {
    const double seconds = core::to_seconds(stretch.length);
    if (seconds <= 0) return;
    const double peak = std::isfinite(stretch.peak) ? std::clamp(static_cast<double>(stretch.peak), 0.0, 16.0) : 0;
    const double rms = std::isfinite(stretch.rms) ? std::clamp(static_cast<double>(stretch.rms), 0.0, 16.0) : 0;
    if (ballistics_ == Ballistics::Vu) {
        feed_vu(rms, seconds);
    } else {
        feed_ppm(peak, seconds);
    }
    since_over_ = peak >= kFullScale ? core::Duration{0} : std::min(kHold, since_over_ + stretch.length);
    if (peak >= held_) {
        held_ = peak;
        since_held_ = core::Duration{0};
    } else {
        const core::Duration after = since_held_ + stretch.length;
        if (after > kHold) {
            const double falling = core::to_seconds(after - std::max(kHold, since_held_));
            held_ = std::max(peak, held_ * std::pow(10, -kPpmReturnDbPerSecond * falling / 20));
        }
        since_held_ = after;
    }
}

void Meter::feed_ppm(double peak, double seconds) {
    const double fallen = std::pow(10, -kPpmReturnDbPerSecond * seconds / 20);
    fast_ = peak > fast_ ? peak - (peak - fast_) * std::exp(-seconds / kFastSeconds) : std::max(peak, fast_ * fallen);
    slow_ = peak > slow_ ? peak - (peak - slow_) * std::exp(-seconds / kSlowSeconds) : std::max(peak, slow_ * fallen);
    needle_ = kFastShare * fast_ + (1 - kFastShare) * slow_;
}

void Meter::feed_vu(double rms, double seconds) {
    // Whole steps and what is left of the last one.
    const double time = std::min(seconds, 5.0);
    const int steps = static_cast<int>(std::ceil(time / kVuStepSeconds));
    for (int n = 0; n < steps; ++n) {
        const double step = std::min(time - n * kVuStepSeconds, kVuStepSeconds);
        velocity_ += (kVuRadiansPerSecond * kVuRadiansPerSecond * (rms - needle_) -
                      2 * kVuDamping * kVuRadiansPerSecond * velocity_) *
                     step;
        needle_ += velocity_ * step;
    }
}

ChannelLevel Meter::level() const {
    return {to_dbfs(needle_), to_dbfs(held_), since_over_ < kHold};
}

bool Meter::moving() const {
    return needle_ > kFloor || held_ > kFloor || since_over_ < kHold;
}

}  // namespace sightline::ui
