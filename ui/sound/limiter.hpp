// SPDX-License-Identifier: Apache-2.0
// No sound of the wall is louder than a ceiling, whatever a feed sends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace sightline::ui {

/// The wall's own sound, everywhere: interleaved stereo float, full scale ±1.
inline constexpr int kSoundRate = 48'000;
inline constexpr std::size_t kSoundChannels = 2;

/// A look-ahead peak limiter: turns down, both channels alike, before a peak comes, and up again in kRelease. Below the
/// ceiling samples pass unchanged. Sample peaks: peaks between samples may be some tenths of a dB higher.
///
/// Threading: one thread.
class Limiter {
public:
    /// EBU R 68's permitted maximum level.
    static constexpr float kCeilingDbfs = -9;
    static constexpr std::size_t kLookAhead = kSoundRate / 200;                 ///< frames; sound comes out so late
    static constexpr core::Duration kDelay = std::chrono::milliseconds{5};      ///< the same as a time
    static constexpr core::Duration kRelease = std::chrono::milliseconds{200};  ///< to 63 % of the way back

    Limiter();
    /// Interleaved stereo, in place. What is not a number becomes silence.
    void process(std::span<float> samples);

private:
    float next_gain(float left, float right);
    std::vector<float> delayed_, gains_;                  // rings of kLookAhead frames and of kLookAhead + 1 gains
    std::deque<std::pair<std::uint64_t, float>> lowest_;  // of the window, gains rising
    std::uint64_t frame_ = 0;
    double sum_ = 0;   // of gains_
    double held_ = 1;  // its last step back to 1 is too small for a float
};

/// Amplitude that the limiter never goes beyond.
[[nodiscard]] float limiter_ceiling();

}  // namespace sightline::ui
