// SPDX-License-Identifier: Apache-2.0
#include "analyzers/video_freeze.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <utility>

namespace sightline::analyzers {

namespace {

constexpr std::size_t kBlocks = 3;       // that move by `change` are another picture: an encoder may spoil one or two,
constexpr double kSingleShare = 2.2;     // but hardly one by this much of `change`
constexpr int kRegion = 4;               // blocks
constexpr double kRegionShare = 0.35;    // of `change`: coding noise averages out over 16 blocks
constexpr double kWholeShare = 0.1;      // and over the whole picture
constexpr double kRoughnessKept = 0.99;  // per picture
constexpr double kNoisyBlocks = 0.25;    // share of blocks above `noise`
constexpr double kClean = 0.9;           // share of quiet pictures that ends all doubt at once
constexpr double kMajority = 0.5;
constexpr double kStillAfterNoise = 0.75;
constexpr double kAliveShare = 0.35;    // of the live noise there was: below it, it has stopped
constexpr int kBurst = 2;               // pictures around a key frame that may be as noisy as live ones
constexpr double kAliveFollows = 0.02;  // per noisy picture
constexpr std::size_t kFewestInWindow = 10;
constexpr core::Duration kLongestRhythm = std::chrono::seconds{2};
/// A picture is as new as the last new one at this share of its change; only where that was slow, below kSlow steps.
constexpr double kAsNew = 0.5;
constexpr double kSlow = 0.8;
/// The held picture is renewed at these ages, while an encoder refines it; after each, less of `change` is needed.
constexpr std::array<core::Duration, 3> kRenewals{std::chrono::milliseconds{500}, std::chrono::milliseconds{1000},
                                                  VideoFreeze::kSettled};
constexpr std::array<double, 4> kChangeShare{1.0, 0.8, 0.65, 0.45};

/// Mean luma difference to the picture before, in 8-bit steps.
double novelty_of(const Picture& picture) {
    std::uint64_t sum = 0;
    for (const std::uint16_t change : picture.block_change) {
        sum += change;
    }
    return static_cast<double>(sum) / static_cast<double>(picture.block_change.size()) / 256.0;
}

core::Duration media_between(const core::Instant& from, const core::Instant& to) {
    return *to.media - *from.media;
}

/// Puts `value` into `largest`, which is sorted downwards.
void keep_largest(std::array<int, kBlocks>& largest, int value) {
    for (auto& kept : largest) {
        if (value > kept) {
            std::swap(value, kept);
        }
    }
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
    const double roughness = std::max(roughness_, novelty_of(picture));
    if (another(moved, roughness)) {
        hold_new(picture, out);
        return;
    }
    count_repeat(picture);
    remember(picture);
    judge(picture, age, moved.blocks, out);
    renew_held(picture, age);
}

VideoFreeze::Distance VideoFreeze::distance(const Picture& picture) const {
    Distance result;
    std::array<int, kBlocks> largest{};
    std::int64_t whole = 0;
    for (int top = 0; top < grid_.rows; top += kRegion) {
        for (int left = 0; left < grid_.columns; left += kRegion) {
            std::int64_t region = 0;
            int blocks = 0;
            for (int row = top; row < std::min(top + kRegion, grid_.rows); ++row) {
                for (int column = left; column < std::min(left + kRegion, grid_.columns); ++column) {
                    const auto i = static_cast<std::size_t>(row) * static_cast<std::size_t>(grid_.columns) +
                                   static_cast<std::size_t>(column);
                    const int difference = static_cast<int>(picture.block_mean[i]) - static_cast<int>(held_[i]);
                    keep_largest(largest, std::abs(difference));
                    region += difference;
                    ++blocks;
                }
            }
            result.region = std::max(result.region, std::fabs(static_cast<double>(region)) / blocks);
            whole += region;
        }
    }
    const auto blocks = std::min(kBlocks, held_.size());
    result.block = largest[0] / 256.0;
    result.blocks = largest[blocks - 1] / 256.0;
    result.region /= 256.0;
    result.whole = std::fabs(static_cast<double>(whole)) / static_cast<double>(held_.size()) / 256.0;
    return result;
}

bool VideoFreeze::another(const Distance& distance, double roughness) const {
    const double change =
        change_ * kChangeShare[static_cast<std::size_t>(renewals_)] * (1.0 + std::min(roughness, 1.0));
    return distance.blocks > change || distance.block > change * kSingleShare ||
           distance.region > change * kRegionShare ||
           distance.whole > change_ * kWholeShare * (1.0 + std::min(roughness, 1.0));
}

/// Slow motion takes some pictures to add up to a change: as long as they are as new as the last one that did, they are
/// no repeats.
void VideoFreeze::count_repeat(const Picture& picture) {
    const bool slow = held_novelty_ > 0 && held_novelty_ < kSlow;
    if (repeats_ == 0 && slow && novelty_of(picture) >= kAsNew * held_novelty_) {
        return;
    }
    if (repeats_++ == 0) {
        repeated_at_ = picture.instant();
    }
}

/// The first picture of slow motion that now, at `picture`, has added up to a change.
core::Instant VideoFreeze::first_new(const Picture& picture) const {
    core::Instant first = picture.instant();
    const double novelty = picture.block_change.empty() ? kSlow : novelty_of(picture);
    for (auto seen = window_.rbegin(); novelty < kSlow && seen != window_.rend(); ++seen) {
        if (seen->novelty < kAsNew * novelty) {
            break;
        }
        first = seen->at;
    }
    return first;
}

bool VideoFreeze::noisy(const Picture& picture) const {
    const bool refining = renewals_ == 0;  // right after the last new picture even a good encoder is not at rest
    const auto limit = static_cast<std::uint16_t>(noise_ * (refining ? 2.0 : 1.0) * 256.0);
    const auto above = std::count_if(picture.block_change.begin(), picture.block_change.end(),
                                     [limit](std::uint16_t change) { return change > limit; });
    return static_cast<double>(above) > kNoisyBlocks * static_cast<double>(picture.block_change.size());
}

void VideoFreeze::hold_new(const Picture& picture, core::Findings& out) {
    const auto run = media_between(held_at_, picture.instant());
    rhythm_ = std::max(run <= kLongestRhythm ? run : core::Duration::zero(), rhythm_ * 3 / 4);
    if (freeze_.verdict() != core::Verdict::Good) {
        say(core::Verdict::Good, first_new(picture), 0, out);
    }
    held_novelty_ = picture.block_change.empty() ? 0 : novelty_of(picture);
    held_.assign(picture.block_mean.begin(), picture.block_mean.end());
    grid_ = picture.grid;
    held_at_ = picture.instant();
    repeats_ = 0;
    renewals_ = 0;
    roughness_ = 0;
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
    const double novelty = novelty_of(picture);
    roughness_ = std::max(novelty, roughness_ * kRoughnessKept);
    window_.push_back({picture.instant(), novelty, noisy(picture)});
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

/// Where live noise stopped: the run of quiet pictures, and what goes before it that is far below the noise there was
/// (an encoder refining what stands still now).
core::Instant VideoFreeze::end_of_noise() const {
    core::Instant begin = run_of(false);
    int alive = 0;
    for (auto seen = window_.rbegin(); seen != window_.rend(); ++seen) {
        if (*seen->at.media >= *begin.media) {
            continue;
        }
        if (seen->novelty <= kAliveShare * alive_level_) {
            begin = seen->at;
            alive = 0;
        } else if (++alive > kBurst) {
            break;
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
            alive_level_ = window_.back().novelty;
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
        if (window_.back().noisy) {
            alive_level_ += (window_.back().novelty - alive_level_) * kAliveFollows;
        }
        if (quiet_for(kWindow, kStillAfterNoise, now)) {
            alive_ = false;
            say(core::Verdict::Bad, end_of_noise(), value, out);
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
    // What is dated back never goes before what was said.
    const bool late = said_at_ && *said_at_->media > *since.media;
    auto edge = freeze_.edge(verdict, late ? *said_at_ : since);
    said_at_ = edge.at;
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
    roughness_ = 0;
    held_novelty_ = 0;
    from_start_ = true;
    alive_ = false;
    said_at_.reset();
    freeze_.say(core::Verdict::Unknown, at, out);
}

}  // namespace sightline::analyzers
