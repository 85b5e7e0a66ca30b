// SPDX-License-Identifier: Apache-2.0
#include "analyzers/loudness_meter.hpp"

#include <ebur128.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace sightline::analyzers {
namespace {

constexpr double kLowestPeak = -120;
constexpr int kMode = EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_HISTOGRAM;

struct Destroy {
    void operator()(ebur128_state* state) const { ebur128_destroy(&state); }
};

std::optional<double> bounded(int error, double lufs) {
    if (error != EBUR128_SUCCESS || std::isnan(lufs)) return std::nullopt;
    return std::max(lufs, kLoudnessFloor);
}

}  // namespace

struct LoudnessMeter::State {
    std::unique_ptr<ebur128_state, Destroy> r128;
};

LoudnessMeter::LoudnessMeter() : state_(std::make_unique<State>()) {}
LoudnessMeter::~LoudnessMeter() = default;

std::unique_ptr<LoudnessMeter> LoudnessMeter::make(std::size_t channels, int sample_rate) {
    if (channels == 0 || sample_rate <= 0) return nullptr;
    std::unique_ptr<LoudnessMeter> meter(new LoudnessMeter);
    meter->state_->r128.reset(
        ebur128_init(static_cast<unsigned>(channels), static_cast<unsigned long>(sample_rate), kMode));
    ebur128_state* const r128 = meter->state_->r128.get();
    if (r128 == nullptr) return nullptr;
    if (channels == 8) {  // L R C LFE, behind, beside
        ebur128_set_channel(r128, 4, EBUR128_Mp135);
        ebur128_set_channel(r128, 5, EBUR128_Mm135);
        ebur128_set_channel(r128, 6, EBUR128_Mp090);
        ebur128_set_channel(r128, 7, EBUR128_Mm090);
    }
    meter->peaks_.resize(channels);
    meter->rate_ = sample_rate;
    return meter;
}

void LoudnessMeter::add(const core::AudioBlock& block, std::size_t begin, std::size_t end) {
    const std::size_t channels = peaks_.size();
    const std::size_t count = end - begin;
    interleaved_.resize(count * channels);
    for (std::size_t channel = 0; channel < channels; ++channel) {
        const std::span<const float> samples(block.channels[channel] + begin, count);
        peaks_[channel].add(samples);
        float* to = interleaved_.data() + channel;
        for (const float sample : samples) {
            *to = std::isfinite(sample) ? sample : 0.0F;
            to += channels;
        }
    }
    if (ebur128_add_frames_float(state_->r128.get(), interleaved_.data(), count) == EBUR128_SUCCESS) samples_ += count;
}

bool LoudnessMeter::lasted(int tenths) const {
    return samples_ * 10 >= static_cast<std::uint64_t>(rate_) * static_cast<std::uint64_t>(tenths);
}

std::optional<double> LoudnessMeter::momentary() const {
    double lufs = 0;
    if (!lasted(4)) return std::nullopt;
    const int error = ebur128_loudness_momentary(state_->r128.get(), &lufs);
    return bounded(error, lufs);
}

std::optional<double> LoudnessMeter::short_term() const {
    double lufs = 0;
    if (!lasted(30)) return std::nullopt;
    const int error = ebur128_loudness_shortterm(state_->r128.get(), &lufs);
    return bounded(error, lufs);
}

std::optional<double> LoudnessMeter::integrated() const {
    double lufs = 0;
    if (ebur128_loudness_global(state_->r128.get(), &lufs) != EBUR128_SUCCESS || !std::isfinite(lufs))
        return std::nullopt;
    return lufs;
}

std::optional<double> LoudnessMeter::range() const {
    double range = 0;
    if (!lasted(30) || ebur128_loudness_range(state_->r128.get(), &range) != EBUR128_SUCCESS || !std::isfinite(range))
        return std::nullopt;
    return range;
}

double LoudnessMeter::take_true_peak() {
    float highest = 0;
    for (TruePeak& peak : peaks_) highest = std::max(highest, peak.take());
    return highest > 0 ? std::max(kLowestPeak, 20 * std::log10(static_cast<double>(highest))) : kLowestPeak;
}

}  // namespace sightline::analyzers
