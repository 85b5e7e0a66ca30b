// SPDX-License-Identifier: Apache-2.0
#include "analyzers/audio_loudness.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace sightline::analyzers {
namespace {

/// Meters are brought up to date so often; a short-term value costs a pass over its 3 s.
constexpr std::int64_t kMomentarySteps = 10, kShortSteps = 3;  // a second

}  // namespace

AudioLoudness::AudioLoudness(const AnalyzerContext& context)
    : subject_(context.track.subject), pid_(context.track.pid) {}

void AudioLoudness::process(const core::AudioBlock& block, core::Findings& out) {
    if (block.channels.empty() || block.samples == 0 || block.sample_rate <= 0) return;
    if (block.channels.size() != channels_ || block.sample_rate != rate_) {
        finish(out);
        channels_ = block.channels.size();
        rate_ = block.sample_rate;
        counted_ = 0;
        now_at_ = short_at_ = 0;
        now_ = {};
        meter_ = LoudnessMeter::make(channels_, rate_);
    }
    if (!meter_) return;
    clock_.begin(block);
    const std::int64_t whole = rate_ * kWindow / std::chrono::seconds{1};
    for (std::size_t begin = 0; begin < block.samples;) {
        const std::size_t end = std::min(block.samples, begin + static_cast<std::size_t>(whole - counted_));
        meter_->add(block, begin, end);
        counted_ += static_cast<std::int64_t>(end - begin);
        reached_ = clock_.at(end);
        if (counted_ == whole) say(out, true);
        begin = end;
    }
}

void AudioLoudness::say(core::Findings& out, bool whole_window) {
    const core::Duration window = core::ticks_to_duration(std::exchange(counted_, 0), rate_);
    const auto tell = [&](const core::MeasurementSpec& what, std::optional<double> value) {
        if (!value) return;
        core::LevelSample sample;
        sample.measurement = std::string(what.id);
        sample.subject = subject_;
        sample.at = reached_;
        sample.window = window;
        sample.value = std::clamp(*value, what.min, what.max);
        sample.pid = pid_;
        out.add(std::move(sample));
    };
    if (whole_window) tell(kLoudnessShort, meter_->short_term());
    const auto integrated = meter_->integrated();
    tell(kLoudnessIntegrated, integrated);
    if (integrated) tell(kLoudnessRange, meter_->range());
    tell(kTruePeak, meter_->take_true_peak());
}

void AudioLoudness::finish(core::Findings& out) {
    if (meter_ && counted_ > 0) say(out, false);
}

void AudioLoudness::reset(core::Instant /*at*/, core::Findings& out) {
    finish(out);
    channels_ = 0;
    rate_ = 0;
    meter_.reset();
    now_ = {};
    clock_.reset();
}

std::optional<LoudnessNow> AudioLoudness::loudness() {
    if (!meter_) return std::nullopt;
    const auto due = [&](std::uint64_t& last, std::int64_t steps) {
        if (last != 0 && meter_->samples() - last < static_cast<std::uint64_t>(rate_ / steps)) return false;
        last = meter_->samples();
        return true;
    };
    if (due(now_at_, kMomentarySteps)) now_.momentary = meter_->momentary();
    if (due(short_at_, kShortSteps)) now_.short_term = meter_->short_term();
    return now_;
}

}  // namespace sightline::analyzers
