// SPDX-License-Identifier: Apache-2.0
#include "ui/sound/limiter.hpp"

#include <algorithm>
#include <cmath>

namespace sightline::ui {
namespace {

double release_step() {
    return 1 - std::exp(-1.0 / (core::to_seconds(Limiter::kRelease) * kSoundRate));
}

}  // namespace

float limiter_ceiling() {
    static const float kCeiling = std::pow(10.0F, Limiter::kCeilingDbfs / 20);
    return kCeiling;
}

Limiter::Limiter() : delayed_(kLookAhead * kSoundChannels, 0.0F), gains_(kLookAhead + 1, 1.0F), sum_(kLookAhead + 1) {}

/// The mean, over the look-ahead, of the lowest gain that any frame within it needs: so the gain has come all the way
/// down when the frame that needs it comes out, on a straight line and never by a step.
float Limiter::next_gain(float left, float right) {
    const float peak = std::max(std::abs(left), std::abs(right));
    const float ceiling = limiter_ceiling();
    const float needed = peak > ceiling ? ceiling / peak : 1.0F;
    while (!lowest_.empty() && lowest_.back().second >= needed) lowest_.pop_back();
    lowest_.emplace_back(frame_, needed);
    if (lowest_.front().first + kLookAhead < frame_) lowest_.pop_front();
    static const double kStep = release_step();
    held_ = std::min(static_cast<double>(lowest_.front().second), held_ + (1 - held_) * kStep);
    if (held_ > 0.999999 && lowest_.front().second >= 1) held_ = 1;
    float& oldest = gains_[frame_ % gains_.size()];
    const auto now = static_cast<float>(held_);
    sum_ += static_cast<double>(now) - static_cast<double>(oldest);
    oldest = now;
    return static_cast<float>(sum_ / static_cast<double>(gains_.size()));
}

void Limiter::process(std::span<float> samples) {
    const float ceiling = limiter_ceiling();
    for (std::size_t i = 0; i + 1 < samples.size(); i += kSoundChannels) {
        for (std::size_t c = 0; c < kSoundChannels; ++c)
            if (!std::isfinite(samples[i + c])) samples[i + c] = 0;
        const float gain = next_gain(samples[i], samples[i + 1]);
        float* const late = &delayed_[frame_ % kLookAhead * kSoundChannels];
        for (std::size_t c = 0; c < kSoundChannels; ++c) std::swap(samples[i + c], late[c]);
        // The clamp is against rounding only.
        for (std::size_t c = 0; c < kSoundChannels; ++c)
            samples[i + c] = std::clamp(samples[i + c] * std::min(gain, 1.0F), -ceiling, ceiling);
        ++frame_;
    }
}

}  // namespace sightline::ui
