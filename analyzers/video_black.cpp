// SPDX-License-Identifier: Apache-2.0
#include "analyzers/video_black.hpp"

namespace sightline::analyzers {

VideoBlack::VideoBlack(const AnalyzerContext& context)
    : share_(parameter(context, kVideoBlack.id, kVideoBlackParameters, "pixels") / 100.0),
      black_(kVideoBlack.id, context.track.subject, context.track.pid) {}

void VideoBlack::process(const Picture& picture, core::Findings& out) {
    if (picture.pixels == 0) {
        return;
    }
    const auto dark = static_cast<double>(picture.dark);
    const bool black = dark >= share_ * static_cast<double>(picture.pixels);
    auto edge = black_.edge(black ? core::Verdict::Bad : core::Verdict::Good, picture.instant());
    edge.exact = started_;
    edge.value = dark / static_cast<double>(picture.pixels);
    edge.threshold = share_;
    edge.unit = "ratio";
    started_ = true;
    black_.say(std::move(edge), out);
}

void VideoBlack::reset(core::Instant at, core::Findings& out) {
    started_ = false;
    black_.say(core::Verdict::Unknown, at, out);
}

}  // namespace sightline::analyzers
