// SPDX-License-Identifier: Apache-2.0
#include "analyzers/audio_level.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace sightline::analyzers {

AudioLevel::AudioLevel(const AnalyzerContext& context) : subject_(context.track.subject), pid_(context.track.pid) {}

void AudioLevel::process(const core::AudioBlock& block, core::Findings& out) {
    if (block.channels.empty() || block.samples == 0 || block.sample_rate <= 0) {
        return;
    }
    if (block.channels.size() != peaks_.size() || block.sample_rate != rate_) {
        peaks_.assign(block.channels.size(), 0.0F);
        rate_ = block.sample_rate;
        counted_ = 0;
    }
    clock_.begin(block);
    const std::int64_t whole = rate_ * kWindow / std::chrono::seconds{1};
    for (std::size_t begin = 0; begin < block.samples;) {
        const auto room = static_cast<std::size_t>(whole - counted_);
        const std::size_t end = std::min(block.samples, begin + room);
        for (std::size_t channel = 0; channel < peaks_.size(); ++channel) {
            for (std::size_t i = begin; i < end; ++i) {
                peaks_[channel] = std::max(peaks_[channel], std::fabs(block.channels[channel][i]));
            }
        }
        counted_ += static_cast<std::int64_t>(end - begin);
        if (counted_ == whole) {
            say(clock_.at(end), out);
        }
        begin = end;
    }
}

void AudioLevel::say(core::Instant at, core::Findings& out) {
    for (std::size_t channel = 0; channel < peaks_.size(); ++channel) {
        core::LevelSample sample;
        sample.measurement = std::string(kAudioLevel.id);
        sample.subject = subject_;
        sample.at = at;
        sample.window = kWindow;
        const double peak = static_cast<double>(std::exchange(peaks_[channel], 0.0F));
        sample.value =
            peak > 1e-6 ? std::clamp(20.0 * std::log10(peak), kAudioLevel.min, kAudioLevel.max) : kAudioLevel.min;
        sample.pid = pid_;
        sample.channel = static_cast<int>(channel) + 1;
        out.add(std::move(sample));
    }
    counted_ = 0;
}

void AudioLevel::reset(core::Instant /*at*/, core::Findings& /*out*/) {
    peaks_.clear();
    clock_.reset();
}

}  // namespace sightline::analyzers
