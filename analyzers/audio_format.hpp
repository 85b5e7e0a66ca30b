// SPDX-License-Identifier: Apache-2.0
// audio.format: the sound is not what `expect` says.
#pragma once

#include "analyzers/analyzer.hpp"
#include "analyzers/expectation.hpp"

namespace sightline::analyzers {

inline constexpr core::ConditionSpec kAudioFormat{"audio.format",
                                                  core::ConditionKind::State,
                                                  core::ClockDomain::Media,
                                                  core::TrackKind::Audio,
                                                  false,
                                                  {},
                                                  {},
                                                  {},
                                                  "the sound is not as expected"};

/// Channels and sample rate as decoded, codec and language as the track says.
class AudioFormat final : public AudioAnalyzer {
public:
    static constexpr core::AnalyzerSpec kSpec{"audio.format", "unexpected sound format", "", {}, {&kAudioFormat, 1}};

    explicit AudioFormat(const AnalyzerContext& context);
    [[nodiscard]] const core::AnalyzerSpec& spec() const override { return kSpec; }
    void process(const core::AudioBlock& block, core::Findings& out) override;
    void reset(core::Instant at, core::Findings& out) override;

private:
    core::ExpectAudio expect_;
    AudioFacts facts_;
    bool started_ = false;
    Announcer format_;
};

}  // namespace sightline::analyzers
