// SPDX-License-Identifier: Apache-2.0
// audio.silence: nothing but samples below a level.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "analyzers/analyzer.hpp"
#include "analyzers/sample_clock.hpp"

namespace sightline::analyzers {

inline constexpr std::array<std::string_view, 2> kSilenceChannels{"all", "any"};
inline constexpr std::array<core::ParameterSpec, 2> kAudioSilenceParameters{{
    {"level", "dBFS", -60, -120, 0, {}, "a sample at or above this level is sound"},
    {"channels", "word", 0, 0, 1, kSilenceChannels, "all: every channel is silent; any: one of them is"},
}};
inline constexpr core::ConditionSpec kAudioSilence{
    "audio.silence",         core::ConditionKind::State, core::ClockDomain::Media, core::TrackKind::Audio, true, {}, {},
    kAudioSilenceParameters, "the sound is silent"};

/// Says `audio.silence` holds from the first sample of a run below the level of at least kShortestRun to the first
/// sample at or above it. Shorter runs lie between the half-waves of a low tone.
///
/// Does not see: a DC offset or hum above the level; a tone below 5 Hz is silent around its zero crossings.
class AudioSilence final : public AudioAnalyzer {
public:
    static constexpr core::Duration kShortestRun = std::chrono::milliseconds{100};
    static constexpr core::AnalyzerSpec kSpec{"audio.silence", "silent sound", "", {}, {&kAudioSilence, 1}};

    /// `condition`: what is said, with the parameters `level` and `channels`.
    explicit AudioSilence(const AnalyzerContext& context, const core::ConditionSpec& condition = kAudioSilence);
    [[nodiscard]] const core::AnalyzerSpec& spec() const override { return kSpec; }
    void process(const core::AudioBlock& block, core::Findings& out) override;
    void reset(core::Instant at, core::Findings& out) override;

private:
    /// A channel, or all of them as one.
    struct Run {
        std::int64_t length = 0;  // samples below the level without a break
        core::Instant since;      // the first of them
        bool silent = false;      // it has lasted kShortestRun
        bool from_start = true;   // nothing heard yet: it may have begun before we listened
        bool undecided = true;    // neither sound nor kShortestRun of silence so far
    };
    /// A run became silent, or sound: known at sample `known` of the block, dated `at`.
    struct Change {
        std::size_t known = 0;
        bool silent = false;
        bool was_silent = false;
        bool decides = false;  // it was undecided before
        bool exact = true;
        core::Instant at;
    };
    void walk(const core::AudioBlock& block, Run& run, std::span<const float* const> channels);
    void tell(const Change& change, core::Findings& out);

    float level_;
    double level_dbfs_;
    bool any_;
    SampleClock clock_;
    int rate_ = 0;
    std::vector<Run> runs_;
    std::vector<Change> changes_;  // of this block
    std::size_t silent_runs_ = 0, undecided_runs_ = 0;
    std::optional<core::Instant> last_edge_;
    Announcer silence_;
};

}  // namespace sightline::analyzers
