// SPDX-License-Identifier: Apache-2.0
// audio.level_low: sound, but too quiet.
#pragma once

#include <array>

#include "analyzers/audio_silence.hpp"

namespace sightline::analyzers {

inline constexpr std::array<core::ParameterSpec, 2> kAudioLevelLowParameters{{
    {"level", "dBFS", -40, -120, 0, {}, "a sample at or above this level is loud enough"},
    {"channels", "word", 0, 0, 1, kSilenceChannels, "all: every channel is low; any: one of them is"},
}};
inline constexpr core::ConditionSpec kAudioLevelLow{"audio.level_low",
                                                    core::ConditionKind::State,
                                                    core::ClockDomain::Media,
                                                    core::TrackKind::Audio,
                                                    true,
                                                    {},
                                                    {},
                                                    kAudioLevelLowParameters,
                                                    "the sound stays below a level"};

/// As audio.silence, at a level of its own; for rules such as `{percent: 5, within: 15m}`. Silence is low, too.
class AudioLevelLow final : public AudioAnalyzer {
public:
    static constexpr core::AnalyzerSpec kSpec{"audio.level_low", "low sound", "", {}, {&kAudioLevelLow, 1}};

    explicit AudioLevelLow(const AnalyzerContext& context) : low_(context, kAudioLevelLow) {}
    [[nodiscard]] const core::AnalyzerSpec& spec() const override { return kSpec; }
    void process(const core::AudioBlock& block, core::Findings& out) override { low_.process(block, out); }
    void reset(core::Instant at, core::Findings& out) override { low_.reset(at, out); }

private:
    AudioSilence low_;
};

}  // namespace sightline::analyzers
