// SPDX-License-Identifier: Apache-2.0
#include "ui/sound/follow_player.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sightline::ui {
namespace {

using core::Duration;
using std::chrono::milliseconds;

constexpr std::size_t kPhases = 128;
constexpr std::size_t kTapsAt48k = 32;
/// Blocks that follow each other this closely are one.
constexpr Duration kJoin = milliseconds{2};
/// Smaller differences are followed by this part a block: presentation times and samples drift apart.
constexpr std::int64_t kFollowTimes = 50;
/// A hole up to this is silence; a larger one is a new beginning.
constexpr Duration kLargestHole = milliseconds{1'000};
/// Further from where it should be than this, it jumps there.
constexpr Duration kJumpBeyond = milliseconds{25};
constexpr double kMostCorrection = 0.002;
constexpr float kFadeStep = 1.0F / 240;  // 5 ms
/// The delay shrinks when it could be this much shorter, by 2 ms a second.
constexpr Duration kSlack = milliseconds{60};
constexpr double kShrink = 0.002;

/// Both sides of one frame of any number of channels. The last of an odd number is a pair of itself.
void mix_down(const float* frame, int channels, int pair, float* out) {
    if (const int first = 2 * (pair - 1); pair > 0 && first < channels) {
        out[0] = frame[first];
        out[1] = frame[std::min(first + 1, channels - 1)];
    } else if (channels == 1) {
        out[0] = out[1] = frame[0];
    } else if (channels < 6) {
        out[0] = frame[0];
        out[1] = frame[1];
    } else {
        constexpr float kSide = 0.70711F;
        constexpr float kWhole = 1 / (1 + 2 * kSide);
        out[0] = kWhole * (frame[0] + kSide * (frame[2] + frame[4]));
        out[1] = kWhole * (frame[1] + kSide * (frame[2] + frame[5]));
    }
}

}  // namespace

void RecentMost::add(core::ArrivalTime now, Duration value) {
    const std::int64_t second = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    Second& slot = seconds_[static_cast<std::size_t>(second) % seconds_.size()];
    slot = {second, slot.number == second ? std::max(slot.most, value) : value};
    for (Second& one : seconds_)
        if (one.number + static_cast<std::int64_t>(seconds_.size()) <= second) one.number = -1;
}

std::optional<Duration> RecentMost::most() const {
    std::optional<Duration> most;
    for (const Second& one : seconds_)
        if (one.number >= 0) most = std::max(most.value_or(one.most), one.most);
    return most;
}

/// Windowed sinc at kPhases places between two frames; cut off below 24 kHz where the stream's rate is higher.
void FollowPlayer::make_table() {
    const double cut = std::min(1.0, static_cast<double>(kSoundRate) / rate_);
    taps_ = kTapsAt48k * static_cast<std::size_t>(std::max(1, (rate_ + kSoundRate - 1) / kSoundRate));
    table_.assign((kPhases + 1) * taps_, 0.0F);
    const double half = static_cast<double>(taps_) / 2;
    for (std::size_t phase = 0; phase <= kPhases; ++phase) {
        float* const row = &table_[phase * taps_];
        double sum = 0;
        for (std::size_t tap = 0; tap < taps_; ++tap) {
            const double x =
                static_cast<double>(tap) - half + 1 - static_cast<double>(phase) / static_cast<double>(kPhases);
            const double angle = std::numbers::pi * x * cut;
            const double sinc = std::abs(angle) < 1e-9 ? 1.0 : std::sin(angle) / angle;
            const double window = 0.5 + 0.5 * std::cos(std::numbers::pi * std::clamp(x / half, -1.0, 1.0));
            row[tap] = static_cast<float>(sinc * window);
            sum += sinc * window;
        }
        for (std::size_t tap = 0; tap < taps_; ++tap) row[tap] = static_cast<float>(row[tap] / sum);
    }
}

void FollowPlayer::restart(const link::PcmBlock& block, core::ArrivalTime now) {
    fifo_.clear();
    start_ = block.at;
    read_ = 0;
    gain_ = 0;
    if (rate_ != block.sample_rate) {
        rate_ = block.sample_rate;
        make_table();
    }
    // Where presentation times jumped, what was known of the delay says nothing.
    delay_.reset();
    late_ = {};
    pictures_ = {};
    first_ = now;
    decided_.reset();
}

void FollowPlayer::append(const link::PcmBlock& block, std::size_t from_frame) {
    const auto channels = static_cast<std::size_t>(block.channels);
    const std::size_t count = block.samples.size() / channels;
    for (std::size_t i = from_frame; i < count; ++i) {
        float frame[kSoundChannels];
        mix_down(&block.samples[i * channels], block.channels, pair_, frame);
        fifo_.insert(fifo_.end(), frame, frame + kSoundChannels);
    }
}

void FollowPlayer::take(const link::PcmBlock& block, core::ArrivalTime now) {
    if (block.channels < 1 || block.sample_rate < 1) return;
    const core::MediaTime end = rate_ > 0 ? start_ + length(static_cast<double>(frames())) : core::MediaTime{};
    const Duration hole = block.at - end;
    if (rate_ != block.sample_rate || hole > kLargestHole || hole < -kLargestHole) {
        restart(block, now);
        append(block, 0);
    } else if (hole > kJoin) {
        const auto missing = static_cast<std::size_t>(core::to_seconds(hole) * rate_);
        fifo_.resize(fifo_.size() + missing * kSoundChannels, 0.0F);
        append(block, 0);
    } else {
        append(block, hole < -kJoin ? static_cast<std::size_t>(core::to_seconds(-hole) * rate_) : 0);
        if (hole >= -kJoin) start_ += hole / kFollowTimes;
    }
    late_.add(now, play_delay(now, block.at));
    decide(now);
    if (length(static_cast<double>(frames())) > kMostKept) {  // nobody renders: the oldest goes
        read_ = std::max(read_, static_cast<double>(frames()) / 2);
        drop_played();
    }
}

void FollowPlayer::decide(core::ArrivalTime now) {
    const Duration needed = *late_.most() + horizon_ + kMargin;
    Duration wanted = needed;
    if (const auto pictures = pictures_.most(); pictures && *pictures > needed && *pictures < needed + kMostWait)
        wanted = *pictures;
    if (!delay_) {
        if (now - *first_ < kGather) return;
        delay_ = wanted;
    } else if (needed > *delay_ || wanted > *delay_ + kJumpBeyond) {
        delay_ = wanted + milliseconds{10};
    } else if (wanted + kSlack < *delay_) {
        *delay_ -= core::from_seconds(core::to_seconds(now - *decided_) * kShrink);
    }
    decided_ = now;
}

/// The frame at read_, between the ones that are there.
void FollowPlayer::interpolate(float* out) const {
    const double whole = std::floor(read_);
    const double place = (read_ - whole) * static_cast<double>(kPhases);
    const auto phase = std::min(static_cast<std::size_t>(place), kPhases - 1);
    const auto between = static_cast<float>(place - static_cast<double>(phase));
    const float* const low = &table_[phase * taps_];
    const float* const high = low + taps_;
    const float* const from = &fifo_[(static_cast<std::size_t>(whole) - (taps_ / 2 - 1)) * kSoundChannels];
    out[0] = out[1] = 0;
    for (std::size_t tap = 0; tap < taps_; ++tap) {
        const float weight = low[tap] + (high[tap] - low[tap]) * between;
        out[0] += weight * from[tap * kSoundChannels];
        out[1] += weight * from[tap * kSoundChannels + 1];
    }
}

void FollowPlayer::drop_played() {
    const double keep = static_cast<double>(taps_);
    if (read_ < 4 * keep + rate_ / 10.0) return;
    const auto gone = std::min(frames(), static_cast<std::size_t>(read_ - keep));
    fifo_.erase(fifo_.begin(), fifo_.begin() + static_cast<std::ptrdiff_t>(gone * kSoundChannels));
    start_ += length(static_cast<double>(gone));
    read_ -= static_cast<double>(gone);
}

void FollowPlayer::render(core::ArrivalTime from, std::span<float> out) {
    std::fill(out.begin(), out.end(), 0.0F);
    sounding_ = delay_.has_value();
    if (!delay_) return;
    const core::MediaTime wanted = from.time_since_epoch() - *delay_;
    double off = core::to_seconds(wanted - start_) - read_ / rate_;
    if (off > core::to_seconds(kJumpBeyond) || off < -core::to_seconds(kJumpBeyond)) {
        read_ += off * rate_;
        gain_ = 0;
        off = 0;
    }
    const double step =
        static_cast<double>(rate_) / kSoundRate * (1 + std::clamp(off, -kMostCorrection, kMostCorrection));
    const std::size_t half = taps_ / 2;
    const auto before = static_cast<double>(half - 1);
    const auto after = static_cast<double>(half + 1);
    for (std::size_t i = 0; i + 1 < out.size(); i += kSoundChannels, read_ += step) {
        const double left = static_cast<double>(frames()) - read_ - after;
        if (read_ < before || left < 0) {
            gain_ = 0;
            sounding_ = false;
            continue;
        }
        // Fades in where it begins, and out before what is there ends.
        const float target = left < rate_ / 200.0 ? 0.0F : 1.0F;
        gain_ = std::clamp(target, gain_ - kFadeStep, gain_ + kFadeStep);
        interpolate(&out[i]);
        out[i] *= gain_;
        out[i + 1] *= gain_;
    }
    if (read_ > 0) drop_played();
}

}  // namespace sightline::ui
