// SPDX-License-Identifier: Apache-2.0
// The test tone: one sine per channel, whose level a fault may change from one sample to the next.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sightline::testdata {

struct ToneChannel {
    double frequency_hz = 1000;
    double level_dbfs = -18;  ///< sample peak of the sine
};

/// Writes samples [first, first + count) of one channel, ±1 full scale. The phase is a function of the sample number
/// alone, so that blocks of any size join.
void make_tone(std::span<float> out, std::int64_t first, int sample_rate, const ToneChannel& channel);

}  // namespace sightline::testdata
