// SPDX-License-Identifier: Apache-2.0
// Every analyzer of this folder in one explicit table: what it can find, and how it is made.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "analyzers/analyzer.hpp"
#include "analyzers/picture.hpp"
#include "core/findings.hpp"

namespace sightline::analyzers {

/// Conditions and measurements of all analyzers and monitors here, in a fixed order, each id once.
[[nodiscard]] std::span<const core::ConditionSpec> content_conditions();
[[nodiscard]] std::span<const core::MeasurementSpec> content_measurements();
[[nodiscard]] std::span<const core::AnalyzerSpec* const> analyzer_specs();

/// One of each for a track, as the context says. What cannot be judged (no `expect`) is not made.
[[nodiscard]] std::vector<std::unique_ptr<VideoAnalyzer>> make_video_analyzers(const AnalyzerContext& context);
[[nodiscard]] std::vector<std::unique_ptr<AudioAnalyzer>> make_audio_analyzers(const AnalyzerContext& context);

/// The pass whose pictures the video analyzers of `context` want.
[[nodiscard]] PicturePass make_picture_pass(const AnalyzerContext& context);

}  // namespace sightline::analyzers
