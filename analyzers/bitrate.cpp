// SPDX-License-Identifier: Apache-2.0
#include "analyzers/bitrate.hpp"

#include <utility>

namespace sightline::analyzers {

BitrateMeter::BitrateMeter(std::string_view measurement, core::Subject subject, Clock clock, std::optional<int> pid)
    : measurement_(measurement), subject_(std::move(subject)), clock_(clock), pid_(pid) {}

std::optional<core::Duration> BitrateMeter::time_of(core::Instant at) const {
    if (clock_ == Clock::Media) {
        return at.media;
    }
    return at.arrival ? std::optional(at.arrival->time_since_epoch()) : std::nullopt;
}

void BitrateMeter::add(core::Instant at, std::uint64_t bytes, core::Findings& out) {
    const auto now = time_of(at);
    if (!now) {
        return;
    }
    if (!begin_) {
        begin_ = *now;
        bytes_ = 0;
    }
    if (*now - *begin_ > kLongestGap) {
        begin_ = *now;
        bytes_ = 0;
    }
    while (*now - *begin_ >= kWindow) {
        *begin_ += kWindow;
        core::LevelSample sample;
        sample.measurement = std::string(measurement_);
        sample.subject = subject_;
        if (clock_ == Clock::Media) {
            sample.at.media = *begin_;
        } else {
            sample.at.arrival = core::ArrivalTime(*begin_);
        }
        sample.window = kWindow;
        sample.value = static_cast<double>(std::exchange(bytes_, 0)) * 8.0 / core::to_seconds(kWindow);
        sample.pid = pid_;
        out.add(std::move(sample));
    }
    bytes_ += bytes;
}

}  // namespace sightline::analyzers
