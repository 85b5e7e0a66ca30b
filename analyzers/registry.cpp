// SPDX-License-Identifier: Apache-2.0
#include "analyzers/registry.hpp"

#include <array>

#include "analyzers/audio_silence.hpp"
#include "analyzers/video_black.hpp"

namespace sightline::analyzers {

namespace {

constexpr std::array kConditions{kVideoBlack, kAudioSilence};
constexpr std::array kSpecs{&VideoBlack::kSpec, &AudioSilence::kSpec};

template <class Base, class Analyzer>
std::unique_ptr<Base> make(const AnalyzerContext& context) {
    return std::make_unique<Analyzer>(context);
}

using MakeVideo = std::unique_ptr<VideoAnalyzer> (*)(const AnalyzerContext&);
using MakeAudio = std::unique_ptr<AudioAnalyzer> (*)(const AnalyzerContext&);
constexpr std::array<MakeVideo, 1> kVideo{make<VideoAnalyzer, VideoBlack>};
constexpr std::array<MakeAudio, 1> kAudio{make<AudioAnalyzer, AudioSilence>};

}  // namespace

std::span<const core::ConditionSpec> content_conditions() {
    return kConditions;
}
std::span<const core::MeasurementSpec> content_measurements() {
    return {};
}
std::span<const core::AnalyzerSpec* const> analyzer_specs() {
    return kSpecs;
}

std::vector<std::unique_ptr<VideoAnalyzer>> make_video_analyzers(const AnalyzerContext& context) {
    std::vector<std::unique_ptr<VideoAnalyzer>> made;
    for (const auto maker : kVideo) {
        made.push_back(maker(context));
    }
    return made;
}

std::vector<std::unique_ptr<AudioAnalyzer>> make_audio_analyzers(const AnalyzerContext& context) {
    std::vector<std::unique_ptr<AudioAnalyzer>> made;
    for (const auto maker : kAudio) {
        made.push_back(maker(context));
    }
    return made;
}

PicturePass make_picture_pass(const AnalyzerContext& context) {
    return PicturePass(parameter(context, kVideoBlack.id, kVideoBlackParameters, "luma"));
}

}  // namespace sightline::analyzers
