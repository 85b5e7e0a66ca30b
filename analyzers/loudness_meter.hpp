// SPDX-License-Identifier: Apache-2.0
// Loudness of one track by EBU R 128, through libebur128.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "analyzers/true_peak.hpp"
#include "core/media.hpp"

namespace sightline::analyzers {

/// LUFS below this count as silence and are given as this: the absolute gate of BS.1770.
inline constexpr double kLoudnessFloor = -70;

/// Momentary, short-term and integrated loudness, loudness range and true peak.
///
/// Channels are taken in FFmpeg's order of its usual layouts: mono, stereo, 3.0, 4.0, 5.0, 5.1 (the LFE does not
/// count), 7.1; what comes after the eighth does not count.
/// Threading: one thread.
/// Cost: memory does not grow with time (loudness is kept as a histogram of 0.1 LU).
class LoudnessMeter {
public:
    /// `channels` from 1, `sample_rate` in Hz. @return null where libebur128 cannot have such sound.
    [[nodiscard]] static std::unique_ptr<LoudnessMeter> make(std::size_t channels, int sample_rate);
    ~LoudnessMeter();
    LoudnessMeter(const LoudnessMeter&) = delete;
    LoudnessMeter& operator=(const LoudnessMeter&) = delete;

    /// Samples [begin, end) of `block`, which has the channels and the rate of make().
    void add(const core::AudioBlock& block, std::size_t begin, std::size_t end);

    /// Samples so far, per channel.
    [[nodiscard]] std::uint64_t samples() const { return samples_; }
    /// Of the last 400 ms; empty before there were so many.
    [[nodiscard]] std::optional<double> momentary() const;
    /// Of the last 3 s; empty before there were so many.
    [[nodiscard]] std::optional<double> short_term() const;
    /// Of everything so far, gated; empty where all was below the gate.
    [[nodiscard]] std::optional<double> integrated() const;
    /// LU between the quiet and the loud of everything so far (EBU Tech 3342); empty before the first 3 s.
    [[nodiscard]] std::optional<double> range() const;
    /// Highest true peak of all channels since the last call, in dBTP, −120 at least.
    [[nodiscard]] double take_true_peak();

private:
    struct State;
    LoudnessMeter();
    [[nodiscard]] bool lasted(int tenths) const;

    std::unique_ptr<State> state_;
    std::vector<TruePeak> peaks_;
    std::vector<float> interleaved_;
    std::uint64_t samples_ = 0;
    int rate_ = 1;
};

}  // namespace sightline::analyzers
