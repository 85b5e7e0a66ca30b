// SPDX-License-Identifier: Apache-2.0
// video.black: almost every luma sample of the picture is dark.
#pragma once

#include <array>

#include "analyzers/analyzer.hpp"

namespace sightline::analyzers {

inline constexpr std::array<core::ParameterSpec, 2> kVideoBlackParameters{{
    {"luma", "%", 10, 0, 50, {}, "a sample is dark at or below this share of the luma range"},
    {"pixels", "%", 98, 50, 100, {}, "the picture is black where at least this share of its samples is dark"},
}};
inline constexpr core::ConditionSpec kVideoBlack{
    "video.black",         core::ConditionKind::State, core::ClockDomain::Media, core::TrackKind::Video, true, {}, {},
    kVideoBlackParameters, "the picture is black"};

/// Says `video.black` holds from the first black picture to the first that is not.
///
/// Does not see: black bars, logos or clocks: a picture with more than 2 % of bright samples is not black.
class VideoBlack final : public VideoAnalyzer {
public:
    static constexpr core::AnalyzerSpec kSpec{"video.black", "black picture", "", {}, {&kVideoBlack, 1}};

    explicit VideoBlack(const AnalyzerContext& context);
    [[nodiscard]] const core::AnalyzerSpec& spec() const override { return kSpec; }
    void process(const Picture& picture, core::Findings& out) override;
    void reset(core::Instant at, core::Findings& out) override;

private:
    double share_;  // of dark samples that makes a picture black, 0 to 1
    bool started_ = false;
    Announcer black_;
};

}  // namespace sightline::analyzers
