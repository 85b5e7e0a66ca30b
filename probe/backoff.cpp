// SPDX-License-Identifier: Apache-2.0
#include "probe/backoff.hpp"

#include <algorithm>

namespace sightline::probe {
namespace {

/// Bits that pass for random, the same on every machine (the distributions of <random> are not).
std::uint64_t scramble(std::uint64_t& state) {
    state += 0x9E3779B97F4A7C15U;  // 2^64 / golden ratio: visits every value
    std::uint64_t bits = state;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9U;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBU;
    return bits ^ (bits >> 31);
}

}  // namespace

core::Duration Backoff::next() {
    const auto thousandths = static_cast<std::int64_t>(scramble(state_) % 301U);  // 0 … 300
    const core::Duration shortened = delay_ - delay_ / 1000 * thousandths;
    delay_ = std::min(delay_ * 2, kLongest);
    return shortened;
}

}  // namespace sightline::probe
