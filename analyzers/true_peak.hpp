// SPDX-License-Identifier: Apache-2.0
// How high a waveform goes between its samples.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace sightline::analyzers {

/// True peak of one channel by fourfold oversampling (ITU-R BS.1770-4, annex 2): a windowed sinc of 12 samples, flat to
/// a third of the sample rate. Pieces that cannot hold a new highest value are not interpolated.
///
/// Threading: one thread. The same samples give the same peak however they are cut.
/// Does not see: more than 0.4 dB of a tone between a third and half of the sample rate; samples that are no numbers
///               (taken as 0).
class TruePeak {
public:
    void add(std::span<const float> samples);
    /// The highest amplitude since the last take(); full scale is 1.
    [[nodiscard]] float take();

private:
    static constexpr std::size_t kTaps = 12;
    static constexpr std::size_t kPiece = 64;
    void interpolate(std::size_t count);

    /// The last kTaps − 1 samples, then the piece at hand.
    std::array<float, kTaps - 1 + kPiece> samples_{};
    float peak_ = 0;
};

}  // namespace sightline::analyzers
