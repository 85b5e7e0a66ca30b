// SPDX-License-Identifier: Apache-2.0
#include "testdata/tone.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>

namespace sightline::testdata {

void make_tone(std::span<float> out, std::int64_t first, int sample_rate, const ToneChannel& channel) {
    const double amplitude = std::pow(10.0, channel.level_dbfs / 20);
    const double step = channel.frequency_hz / sample_rate;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double cycles = static_cast<double>(first + static_cast<std::int64_t>(i)) * step;
        out[i] = static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * (cycles - std::floor(cycles))));
    }
}

}  // namespace sightline::testdata
