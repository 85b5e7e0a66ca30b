// SPDX-License-Identifier: Apache-2.0
#include "analyzers/video_freeze.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <utility>

namespace sightline::analyzers {

namespace {

constexpr int kRegion = 4;             // blocks
constexpr double kRegionShare = 0.35;  // of `change`: coding noise averages out over 16 blocks
constexpr double kWholeShare = 0.1;    // and over the whole picture
constexpr double kSettledShare = 0.6;  // of `change`, once the encoder has refined the held picture
constexpr double kNoisyBlocks = 0.25;  // share of blocks above `noise`
constexpr double kClean = 0.9;         // share of quiet pictures that ends all doubt at once
constexpr double kMajority = 0.5;
constexpr double kStillAfterNoise = 0.75;
constexpr std::size_t kFewestInWindow = 10;
constexpr core::Duration kLongestRhythm = std::chrono::seconds{2};
/// The held picture is renewed at these ages, while an encoder refines it.
constexpr std::array<core::Duration, 3> kRenewals{std::chrono::milliseconds{500}, std::chrono::milliseconds{1000},
                                                  VideoFreeze::kSettled};

core::Duration media_between(const core::Instant& from, const core::Instant& to) {
    return *to.media - *from.media;
}

}  // namespace

VideoFreeze::VideoFreeze(const AnalyzerContext& context)
    : change_(parameter(context, kVideoFreeze.id, kVideoFreezeParameters, "change")),
      noise_(parameter(context, kVideoFreeze.id, kVideoFreezeParameters, "noise")),
      freeze_(kVideoFreeze.id, context.track.subject, context.track.pid) {}

void VideoFreeze::process(const Picture& picture, core::Findings& out) {
    if (picture.pixels == 0) {
        return;
    }
    if (held_.empty()) {
        held_.assign(picture.block_mean.begin(), picture.block_mean.end());
        grid_ = picture.grid;
        held_at_ = picture.instant();
        return;
    }
    if (picture.grid != grid_ || picture.block_change.empty()) {
        hold_new(picture, out);
        return;
    }
    const auto age = media_between(held_at_, picture.instant());
    const auto moved = distance(picture);
    if (another(moved, age)) {
        hold_new(picture, out);
        return;
    }
    if (repeats_++ == 0) {
        repeated_at_ = picture.instant();
    }
    remember(picture);
    judge(picture, age, moved.block, out);
    renew_held(picture, age);
}

VideoFreeze::Distance VideoFreeze::distance(const Picture& picture) const {
    Distance result;
    std::int64_t whole = 0;
    for (int top = 0; top < grid_.rows; top += kRegion) {
        for (int left = 0; left < grid_.columns; left += kRegion) {
            std::int64_t region = 0;
            int blocks = 0;
            for (int row = top; row < std::min(top + kRegion, grid_.rows); ++row) {
                for (int column = left; column < std::min(left + kRegion, grid_.columns); ++column) {
                    const auto i = static_cast<std::size_t>(row * grid_.columns + column);
                    const int difference = static_cast<int>(picture.block_mean[i]) - static_cast<int>(held_[i]);
                    result.block = std::max(result.block, static_cast<double>(std::abs(difference)));
                    region += difference;
                    ++blocks;
                }
            }
            result.region = std::max(result.region, std::fabs(static_cast<double>(region)) / blocks);
            whole += region;
        }
    }
    result.block /= 256.0;
    result.region /= 256.0;
    result.whole = std::fabs(static_cast<double>(whole)) / static_cast<double>(held_.size()) / 256.0;
    return result;
}

bool VideoFreeze::another(const Distance& distance, core::Duration age) const {
    const double change = age > kSettled ? change_ * kSettledShare : change_;
    return distance.block > change || distance.region > change * kRegionShare || distance.whole > change_ * kWholeShare;
}

bool VideoFreeze::noisy(const Picture& picture) const {
    const auto limit = static_cast<std::uint16_t>(noise_ * 256.0);
    const auto above = std::count_if(picture.block_change.begin(), picture.block_change.end(),
                                     [limit](std::uint16_t change) { return change > limit; });
    return static_cast<double>(above) > kNoisyBlocks * static_cast<double>(picture.block_change.size());
}

void VideoFreeze::hold_new(const Picture& picture, core::Findings& out) {
    if (freeze_.verdict() != core::Verdict::Bad) {
        rhythm_ = std::min(kLongestRhythm, std::max(media_between(held_at_, picture.instant()), rhythm_ * 3 / 4));
    }
    if (freeze_.verdict() != core::Verdict::Good) {
        say(core::Verdict::Good, picture.instant(), 0, out);
    }
    held_.assign(picture.block_mean.begin(), picture.block_mean.end());
    grid_ = picture.grid;
    held_at_ = picture.instant();
    repeats_ = 0;
    renewals_ = 0;
    from_start_ = false;
    alive_ = false;
    window_.clear();
}

void VideoFreeze::renew_held(const Picture& picture, core::Duration age) {
    if (renewals_ < static_cast<int>(kRenewals.size()) && age >= kRenewals[static_cast<std::size_t>(renewals_)]) {
        held_.assign(picture.block_mean.begin(), picture.block_mean.end());
        ++renewals_;
    }
}

void VideoFreeze::remember(const Picture& picture) {
    window_.push_back({picture.instant(), noisy(picture)});
    while (window_.size() > kFewestInWindow && media_between(window_.front().at, window_.back().at) > kWindow) {
        window_.pop_front();
    }
}

bool VideoFreeze::quiet_for(core::Duration span, double share, core::MediaTime now) const {
    std::size_t quiet = 0;
    std::size_t all = 0;
    for (auto seen = window_.rbegin(); seen != window_.rend() && (now - *seen->at.media <= span || all < kFewest);
         ++seen) {
        quiet += seen->noisy ? 0 : 1;
        ++all;
    }
    return all >= kFewest && static_cast<double>(quiet) >= share * static_cast<double>(all);
}

/// Where the run of noisy (quiet) pictures that reaches to now began: the place from which on they outnumber the others
/// most.
core::Instant VideoFreeze::run_of(bool noisy) const {
    int sum = 0;
    int best = 0;
    core::Instant begin = window_.back().at;
    for (auto seen = window_.rbegin(); seen != window_.rend(); ++seen) {
        sum += seen->noisy == noisy ? 1 : -1;
        if (sum >= best) {
            best = sum;
            begin = seen->at;
        }
    }
    return begin;
}

void VideoFreeze::judge(const Picture& picture, core::Duration age, double value, core::Findings& out) {
    const auto now = picture.at;
    const bool full = age >= kWindow && window_.size() >= kFewestInWindow;
    if (freeze_.verdict() == core::Verdict::Bad || !alive_) {
        if (full && !quiet_for(kWindow, kMajority, now)) {
            alive_ = true;
            from_start_ = false;
            if (freeze_.verdict() != core::Verdict::Good) {
                say(core::Verdict::Good, run_of(true), value, out);
            }
            return;
        }
    }
    if (freeze_.verdict() == core::Verdict::Bad) {
        return;
    }
    if (alive_) {
        if (quiet_for(kWindow, kStillAfterNoise, now)) {
            alive_ = false;
            say(core::Verdict::Bad, run_of(false), value, out);
        }
        return;
    }
    const bool long_enough = age > kQuick && age > rhythm_ * 3 / 2 && repeats_ >= kFewest;
    const bool clean = quiet_for(std::max(kQuick, rhythm_), kClean, now);
    if (long_enough && (clean || (full && quiet_for(kWindow, kMajority, now)))) {
        const auto first_repeated = from_start_ ? held_at_ : repeated_at_;
        say(core::Verdict::Bad, first_repeated, value, out);
    }
}

void VideoFreeze::say(core::Verdict verdict, core::Instant since, double value, core::Findings& out) {
    auto edge = freeze_.edge(verdict, since);
    edge.exact = !(verdict == core::Verdict::Bad && from_start_);
    edge.value = value;
    edge.threshold = change_;
    edge.unit = "luma";
    freeze_.say(std::move(edge), out);
}

void VideoFreeze::reset(core::Instant at, core::Findings& out) {
    held_.clear();
    window_.clear();
    repeats_ = 0;
    renewals_ = 0;
    from_start_ = true;
    alive_ = false;
    freeze_.say(core::Verdict::Unknown, at, out);
}

}  // namespace sightline::analyzers
