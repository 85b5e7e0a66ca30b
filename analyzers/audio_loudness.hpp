// SPDX-License-Identifier: Apache-2.0
// audio.loudness, audio.true_peak: EBU R 128, once a second of media time.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>

#include "analyzers/analyzer.hpp"
#include "analyzers/loudness_meter.hpp"
#include "analyzers/sample_clock.hpp"

namespace sightline::analyzers {

inline constexpr core::MeasurementSpec kLoudnessShort{"audio.loudness_short", "LUFS", kLoudnessFloor, 10,
                                                      "short-term loudness: of the last 3 s (EBU R 128)"};
inline constexpr core::MeasurementSpec kLoudnessIntegrated{
    "audio.loudness_integrated", "LUFS", kLoudnessFloor, 10,
    "gated loudness of everything since the track was first heard, or its sound began anew (EBU R 128)"};
inline constexpr core::MeasurementSpec kLoudnessRange{
    "audio.range", "LU", 0, 80,
    "loudness range of everything that audio.loudness_integrated speaks of (EBU Tech 3342)"};
inline constexpr core::MeasurementSpec kTruePeak{"audio.true_peak", "dBTP", -120, 20,
                                                 "highest true peak of all channels over one second (ITU-R BS.1770)"};
inline constexpr std::array kLoudnessMeasurements{kLoudnessShort, kLoudnessIntegrated, kLoudnessRange, kTruePeak};

inline constexpr core::ConditionSpec kAudioLoudness{"audio.loudness",
                                                    core::ConditionKind::Level,
                                                    core::ClockDomain::Media,
                                                    core::TrackKind::Audio,
                                                    true,
                                                    kLoudnessShort.id,
                                                    {},
                                                    {},
                                                    "the short-term loudness is outside the rule's limits"};
inline constexpr core::ConditionSpec kAudioTruePeak{"audio.true_peak",
                                                    core::ConditionKind::Level,
                                                    core::ClockDomain::Media,
                                                    core::TrackKind::Audio,
                                                    true,
                                                    kTruePeak.id,
                                                    {},
                                                    {},
                                                    "the true peak of a second is outside the rule's limits"};
inline constexpr std::array kLoudnessConditions{kAudioLoudness, kAudioTruePeak};

/// Says its measurements for each window of kWindow, counted in samples from the start: the short-term loudness from
/// the third second on, integrated loudness and range once anything was above the gate.
///
/// Does not see: what libebur128 cannot have (more than 64 channels).
class AudioLoudness final : public AudioAnalyzer {
public:
    static constexpr core::Duration kWindow = std::chrono::seconds{1};
    static constexpr core::AnalyzerSpec kSpec{"audio.loudness", "loudness and true peak", "EBU R 128",
                                              kLoudnessMeasurements, kLoudnessConditions};

    explicit AudioLoudness(const AnalyzerContext& context);
    [[nodiscard]] const core::AnalyzerSpec& spec() const override { return kSpec; }
    void process(const core::AudioBlock& block, core::Findings& out) override;
    void reset(core::Instant at, core::Findings& out) override;
    void finish(core::Findings& out) override;
    [[nodiscard]] std::optional<LoudnessNow> loudness() override;

private:
    void say(core::Findings& out, bool whole_window);

    core::Subject subject_;
    std::optional<int> pid_;
    SampleClock clock_;
    core::Instant reached_;  // the end of what was counted
    std::size_t channels_ = 0;
    int rate_ = 0;
    std::int64_t counted_ = 0;  // samples in the open window
    std::unique_ptr<LoudnessMeter> meter_;
    LoudnessNow now_;
    std::uint64_t now_at_ = 0, short_at_ = 0;  // samples when now_ was measured
};

}  // namespace sightline::analyzers
