// SPDX-License-Identifier: Apache-2.0
// video.format: the picture is not what `expect` says.
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <optional>

#include "analyzers/analyzer.hpp"
#include "analyzers/expectation.hpp"

namespace sightline::analyzers {

inline constexpr std::array<core::ParameterSpec, 1> kVideoFormatParameters{{
    {"fps_tolerance", "%", 1, 0.01, 50, {}, "how far the frame rate may be from the expected one"},
}};
inline constexpr core::ConditionSpec kVideoFormat{"video.format",
                                                  core::ConditionKind::State,
                                                  core::ClockDomain::Media,
                                                  core::TrackKind::Video,
                                                  false,
                                                  {},
                                                  {},
                                                  kVideoFormatParameters,
                                                  "the picture is not as expected"};

/// Size and scan from every picture, frame rate from their times, codec as the track says.
///
/// The frame rate is that of kRateWindow, counting each step as whole frames of the usual step, so that lost frames and
/// times rounded to milliseconds do not matter; it is known kRateWindow after the start, and dated to the window's
/// first picture.
class VideoFormat final : public VideoAnalyzer {
public:
    static constexpr core::Duration kRateWindow = std::chrono::seconds{2};
    static constexpr core::AnalyzerSpec kSpec{"video.format", "unexpected picture format", "", {}, {&kVideoFormat, 1}};

    explicit VideoFormat(const AnalyzerContext& context);
    [[nodiscard]] const core::AnalyzerSpec& spec() const override { return kSpec; }
    void process(const Picture& picture, core::Findings& out) override;
    void reset(core::Instant at, core::Findings& out) override;

private:
    /// The rate, once a window is full.
    std::optional<double> measure(core::Instant at);

    core::ExpectVideo expect_;
    VideoFacts facts_;
    double fps_tolerance_;
    bool measure_rate_;
    bool started_ = false;
    std::deque<core::Instant> window_;
    Announcer format_;
};

}  // namespace sightline::analyzers
