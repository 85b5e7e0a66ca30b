// SPDX-License-Identifier: Apache-2.0
#include "analyzers/audio_format.hpp"

#include <utility>

namespace sightline::analyzers {

AudioFormat::AudioFormat(const AnalyzerContext& context)
    : format_(kAudioFormat.id, context.track.subject, context.track.pid) {
    if (const auto* wanted = expected_audio(context.expect, context.track)) {
        expect_ = *wanted;
    }
    facts_.codec = context.track.codec;
    facts_.language = context.track.language;
}

void AudioFormat::process(const core::AudioBlock& block, core::Findings& out) {
    if (block.samples == 0) {
        return;
    }
    const int channels = static_cast<int>(block.channels.size());
    if (started_ && channels == facts_.channels && block.sample_rate == facts_.sample_rate) {
        return;
    }
    facts_.channels = channels;
    facts_.sample_rate = block.sample_rate;
    auto why = mismatch(expect_, facts_);
    const auto verdict = why.empty() ? core::Verdict::Good : core::Verdict::Bad;
    if (verdict != format_.verdict()) {
        auto edge = format_.edge(verdict, {block.at, block.arrival});
        edge.exact = started_;
        edge.detail = std::move(why);
        format_.say(std::move(edge), out);
    }
    started_ = true;
}

void AudioFormat::reset(core::Instant at, core::Findings& out) {
    started_ = false;
    format_.say(core::Verdict::Unknown, at, out);
}

}  // namespace sightline::analyzers
