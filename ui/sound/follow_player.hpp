// SPDX-License-Identifier: Apache-2.0
// Sound of one stream, as it comes out of its ring, made into an even stereo signal on the wall's clock.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "link/pcm_ring.hpp"
#include "ui/sound/limiter.hpp"
#include "ui/sound/lip_sync.hpp"

namespace sightline::ui {

/// The largest of the values of the last ten seconds.
class RecentMost {
public:
    void add(core::ArrivalTime now, core::Duration value);
    [[nodiscard]] std::optional<core::Duration> most() const;

private:
    struct Second {
        std::int64_t number = -1;
        core::Duration most{};
    };
    std::array<Second, 10> seconds_;
};

/// Plays each sample `delay()` after its presentation time. The delay is as short as the stream lets it be: sound that
/// comes in bursts needs a longer one, and pictures that come later than their sound make the sound wait for them, by
/// kMostWait at most. It grows at once when sound came too late, and shrinks slowly.
///
/// Any rate becomes 48 kHz by windowed sinc; the sender's clock and ours drift apart, so the ratio follows it (±0.2 %:
/// not heard). One channel goes to both sides, six or more are taken as 5.1 (L, R, C, LFE, Ls, Rs) and mixed by ITU-R
/// BS.775 without the LFE, of others the first two are heard.
///
/// Threading: one thread. Time only as given.
class FollowPlayer {
public:
    static constexpr core::Duration kGather = std::chrono::milliseconds{300};  ///< looked at before it plays
    static constexpr core::Duration kMargin = std::chrono::milliseconds{30};
    static constexpr core::Duration kMostWait = std::chrono::milliseconds{1'000};
    static constexpr core::Duration kMostKept = std::chrono::seconds{12};

    /// `horizon`: how long before it is heard sound is rendered.
    explicit FollowPlayer(core::Duration horizon) : horizon_(horizon) {}
    /// From the next block on: 1 is channels 1 and 2, and so on; 0, and a pair that is not there: all as stereo.
    void hear_pair(int pair) { pair_ = pair; }
    void take(const link::PcmBlock& block, core::ArrivalTime now);
    /// A picture came to the wall this long after its presentation time.
    void picture_came(core::ArrivalTime now, PlayDelay late) { pictures_.add(now, late); }
    /// What is to be heard from `from` on; silence where there is nothing.
    void render(core::ArrivalTime from, std::span<float> out);
    /// Nothing until it plays.
    [[nodiscard]] std::optional<PlayDelay> delay() const { return delay_; }
    /// Whether the last render() had sound for all of it.
    [[nodiscard]] bool sounding() const { return sounding_; }

private:
    void restart(const link::PcmBlock& block, core::ArrivalTime now);
    void append(const link::PcmBlock& block, std::size_t from_frame);
    void decide(core::ArrivalTime now);
    void make_table();
    [[nodiscard]] std::size_t frames() const { return fifo_.size() / kSoundChannels; }
    [[nodiscard]] core::Duration length(double frames) const { return core::from_seconds(frames / rate_); }
    void interpolate(float* out) const;
    void drop_played();

    core::Duration horizon_;
    int rate_ = 0, pair_ = 0;
    std::vector<float> fifo_;  // stereo at rate_
    core::MediaTime start_{};  // of its first frame
    double read_ = 0;          // next frame to be heard
    float gain_ = 0;
    bool sounding_ = false;
    std::optional<PlayDelay> delay_;
    std::optional<core::ArrivalTime> first_, decided_;
    RecentMost late_, pictures_;
    std::size_t taps_ = 0;
    std::vector<float> table_;  // kPhases + 1 rows of taps_
};

}  // namespace sightline::ui
