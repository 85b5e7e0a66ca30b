// SPDX-License-Identifier: Apache-2.0
#include "analyzers/video_format.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace sightline::analyzers {

namespace {

constexpr std::size_t kMostInWindow = 1'000;  // pictures; more than 500 fps is no rate
constexpr std::size_t kFewestInWindow = 3;

/// Frames a second of the pictures at `times` (three at least). A lost picture leaves a step of two frames, which
/// counts as two.
double rate_of(const std::deque<core::Instant>& times) {
    std::vector<double> steps;
    for (std::size_t i = 1; i < times.size(); ++i) {
        steps.push_back(core::to_seconds(*times[i].media - *times[i - 1].media));
    }
    auto sorted = steps;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    double frames = 0;
    for (const double step : steps) {
        frames += std::max(1.0, std::round(step / *middle));
    }
    return frames / core::to_seconds(*times.back().media - *times.front().media);
}

}  // namespace

VideoFormat::VideoFormat(const AnalyzerContext& context)
    : expect_(context.expect.video.value_or(core::ExpectVideo{})),
      fps_tolerance_(parameter(context, kVideoFormat.id, kVideoFormatParameters, "fps_tolerance") / 100.0),
      measure_rate_(context.every_picture && expect_.fps.has_value()),
      format_(kVideoFormat.id, context.track.subject, context.track.pid) {
    facts_.codec = context.track.codec;
    if (!context.every_picture && context.track.fps > 0) {
        facts_.fps = context.track.fps;
    }
}

void VideoFormat::process(const Picture& picture, core::Findings& out) {
    if (picture.pixels == 0) {
        return;
    }
    facts_.width = picture.width;
    facts_.height = picture.height;
    facts_.interlaced = picture.interlaced;
    core::Instant since = picture.instant();
    if (measure_rate_) {
        const core::Instant window_begin = window_.empty() ? since : window_.front();
        if (const auto rate = measure(since)) {
            facts_.fps = rate;
            since = window_begin;
        }
    }
    const auto why = mismatch(expect_, facts_, fps_tolerance_);
    const auto verdict = why.empty() ? core::Verdict::Good : core::Verdict::Bad;
    if (verdict != format_.verdict()) {
        const bool of_rate = why.rfind("frame rate", 0) == 0;
        auto edge = format_.edge(verdict, of_rate ? since : picture.instant());
        edge.exact = started_ && !of_rate;
        edge.detail = why;
        if (of_rate) {
            edge.uncertainty = kRateWindow;
        }
        format_.say(std::move(edge), out);
    }
    started_ = true;
}

std::optional<double> VideoFormat::measure(core::Instant at) {
    if (!window_.empty() && *at.media <= *window_.back().media) {
        return std::nullopt;
    }
    window_.push_back(at);
    const bool full = *at.media - *window_.front().media >= kRateWindow || window_.size() >= kMostInWindow;
    if (!full || window_.size() < kFewestInWindow) {
        return std::nullopt;
    }
    const auto rate = rate_of(window_);
    window_.clear();
    window_.push_back(at);
    return rate;
}

void VideoFormat::reset(core::Instant at, core::Findings& out) {
    window_.clear();
    started_ = false;
    if (measure_rate_) {
        facts_.fps.reset();
    }
    format_.say(core::Verdict::Unknown, at, out);
}

}  // namespace sightline::analyzers
