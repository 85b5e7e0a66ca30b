// SPDX-License-Identifier: Apache-2.0
#include "analyzers/registry.hpp"

#include <array>

#include "analyzers/audio_format.hpp"
#include "analyzers/audio_level.hpp"
#include "analyzers/audio_level_low.hpp"
#include "analyzers/audio_loudness.hpp"
#include "analyzers/audio_silence.hpp"
#include "analyzers/bitrate.hpp"
#include "analyzers/expectation.hpp"
#include "analyzers/presence.hpp"
#include "analyzers/video_black.hpp"
#include "analyzers/video_format.hpp"
#include "analyzers/video_freeze.hpp"

namespace sightline::analyzers {

namespace {

constexpr std::array kConditions{kVideoBlack,    kVideoFreeze,   kVideoMissing, kVideoFormat,
                                 kAudioSilence,  kAudioMissing,  kAudioFormat,  kAudioLevelLow,
                                 kAudioLoudness, kAudioTruePeak, kBitrateLow,   kBitrateHigh};
constexpr std::array kMeasurements{kAudioLevel, kLoudnessShort, kLoudnessIntegrated, kLoudnessRange,
                                   kTruePeak,   kBitrateMux,    kBitrateMuxNet,      kBitratePid};
constexpr std::array kSpecs{&VideoBlack::kSpec,    &VideoFreeze::kSpec,  &PresenceMonitor::kVideoSpec,
                            &VideoFormat::kSpec,   &AudioSilence::kSpec, &PresenceMonitor::kAudioSpec,
                            &AudioFormat::kSpec,   &AudioLevel::kSpec,   &AudioLevelLow::kSpec,
                            &AudioLoudness::kSpec, &BitrateMeter::kSpec};

/// How an analyzer of kind `Base` is made, and for which tracks it has something to say.
template <class Base>
struct Maker {
    bool (*wanted)(const AnalyzerContext&);
    std::unique_ptr<Base> (*make)(const AnalyzerContext&);
};
template <class Base, class Analyzer>
std::unique_ptr<Base> make(const AnalyzerContext& context) {
    return std::make_unique<Analyzer>(context);
}
bool always(const AnalyzerContext& /*context*/) {
    return true;
}
bool picture_expected(const AnalyzerContext& context) {
    return context.expect.video && !context.expect.video->none;
}
bool sound_expected(const AnalyzerContext& context) {
    return expected_audio(context.expect, context.track) != nullptr;
}

constexpr std::array<Maker<VideoAnalyzer>, 3> kVideo{{
    {always, make<VideoAnalyzer, VideoBlack>},
    {always, make<VideoAnalyzer, VideoFreeze>},
    {picture_expected, make<VideoAnalyzer, VideoFormat>},
}};
constexpr std::array<Maker<AudioAnalyzer>, 5> kAudio{{
    {always, make<AudioAnalyzer, AudioSilence>},
    {always, make<AudioAnalyzer, AudioLevelLow>},
    {sound_expected, make<AudioAnalyzer, AudioFormat>},
    {always, make<AudioAnalyzer, AudioLevel>},
    {always, make<AudioAnalyzer, AudioLoudness>},
}};

template <class Base, std::size_t count>
std::vector<std::unique_ptr<Base>> make_all(const std::array<Maker<Base>, count>& makers,
                                            const AnalyzerContext& context) {
    std::vector<std::unique_ptr<Base>> made;
    for (const auto& maker : makers) {
        if (maker.wanted(context)) {
            made.push_back(maker.make(context));
        }
    }
    return made;
}

}  // namespace

std::span<const core::ConditionSpec> content_conditions() {
    return kConditions;
}
std::span<const core::MeasurementSpec> content_measurements() {
    return kMeasurements;
}
std::span<const core::AnalyzerSpec* const> analyzer_specs() {
    return kSpecs;
}

std::vector<std::unique_ptr<VideoAnalyzer>> make_video_analyzers(const AnalyzerContext& context) {
    return make_all(kVideo, context);
}
std::vector<std::unique_ptr<AudioAnalyzer>> make_audio_analyzers(const AnalyzerContext& context) {
    return make_all(kAudio, context);
}

PicturePass make_picture_pass(const AnalyzerContext& context) {
    return PicturePass(parameter(context, kVideoBlack.id, kVideoBlackParameters, "luma"));
}

}  // namespace sightline::analyzers
