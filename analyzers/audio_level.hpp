// SPDX-License-Identifier: Apache-2.0
// audio.level: sample peak of each channel, once a second of media time.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "analyzers/analyzer.hpp"
#include "analyzers/sample_clock.hpp"

namespace sightline::analyzers {

inline constexpr core::MeasurementSpec kAudioLevel{
    "audio.level", "dBFS", -120, 20, "highest sample of a channel over one second; -120 and below as -120"};

/// Says one LevelSample a channel for each window of kWindow, counted in samples from the start.
///
/// Does not see: peaks between samples (true peak).
class AudioLevel final : public AudioAnalyzer {
public:
    static constexpr core::Duration kWindow = std::chrono::seconds{1};
    static constexpr core::AnalyzerSpec kSpec{"audio.level", "sample peaks", "", {&kAudioLevel, 1}, {}};

    explicit AudioLevel(const AnalyzerContext& context);
    [[nodiscard]] const core::AnalyzerSpec& spec() const override { return kSpec; }
    void process(const core::AudioBlock& block, core::Findings& out) override;
    void reset(core::Instant at, core::Findings& out) override;

private:
    void say(core::Instant at, core::Findings& out);

    core::Subject subject_;
    std::optional<int> pid_;
    SampleClock clock_;
    int rate_ = 0;
    std::int64_t counted_ = 0;  // samples in the open window
    std::vector<float> peaks_;
};

}  // namespace sightline::analyzers
