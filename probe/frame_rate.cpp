// SPDX-License-Identifier: Apache-2.0
#include "probe/frame_rate.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

namespace sightline::probe {
namespace {

constexpr std::array kRates{1.0,
                            5.0,
                            6.0,
                            7.5,
                            10.0,
                            12.0,
                            12.5,
                            15.0,
                            20.0,
                            24'000.0 / 1'001,
                            24.0,
                            25.0,
                            30'000.0 / 1'001,
                            30.0,
                            48.0,
                            50.0,
                            60'000.0 / 1'001,
                            60.0,
                            100.0,
                            120.0};
constexpr int kEnough = 12;  // pictures before a measurement replaces the declared rate
constexpr core::Duration kGap = std::chrono::seconds{2};

double snapped(double rate) {
    for (const double known : kRates) {
        if (std::abs(rate - known) < 0.0004 * known) return known;
    }
    for (const double known : kRates) {
        if (std::abs(rate - known) < 0.005 * known) return known;
    }
    return std::round(rate * 1'000) / 1'000;
}

}  // namespace

/// Mean of the steps, without those across pictures that are not there (the first of a recording cut in its GOP): by
/// the median, which pulldown's steps of 2 and 3 fields are both near to.
double FrameRate::mean() const {
    std::array<core::Duration, kPerWindow> sorted = steps_;
    const auto end = sorted.begin() + count_;
    std::nth_element(sorted.begin(), sorted.begin() + count_ / 2, end);
    const core::Duration longest = sorted[static_cast<std::size_t>(count_ / 2)] * 7 / 4;
    core::Duration sum{};
    int counted = 0;
    for (auto step = sorted.begin(); step != end; ++step) {
        if (*step > longest) continue;
        sum += *step;
        ++counted;
    }
    return counted / core::to_seconds(sum);
}

bool FrameRate::add(core::MediaTime at, double declared) {
    const double before = fps_;
    if (fps_ == 0 && declared > 0 && declared <= 300) fps_ = declared;
    if (!last_ || at - *last_ > kGap || at <= *last_) {
        count_ = 0;
    } else {
        steps_[static_cast<std::size_t>(count_++)] = at - *last_;
    }
    last_ = at;
    if (count_ == kEnough || count_ == kPerWindow) {
        const double rate = snapped(mean());
        if (std::abs(rate - fps_) > 0.002 * fps_) fps_ = rate;
        if (count_ == kPerWindow) count_ = 0;
    }
    return fps_ != before;
}

}  // namespace sightline::probe
