// SPDX-License-Identifier: Apache-2.0
#include "formats/ts/media_clock.hpp"

#include <algorithm>

#include "formats/ts/packet.hpp"

namespace sightline::formats::ts {
namespace {

constexpr core::Duration kAveraged = std::chrono::seconds{1};
constexpr core::Duration kSilence = std::chrono::milliseconds{2500};  // of a followed PID, until another takes over
constexpr double kLongestGuessNs = 3.6e12;                            // an hour: rates may be hostile

}  // namespace

core::Duration MediaClock::time_of(std::uint64_t bytes, double ns_per_byte) const {
    return core::Duration{
        static_cast<std::int64_t>(std::min(static_cast<double>(bytes) * ns_per_byte, kLongestGuessNs))};
}

bool MediaClock::silent(std::uint64_t offset) const {
    const std::uint64_t bytes = offset - last_offset_;
    if (average_ns_per_byte_ <= 0) return bytes > kBytesWithoutPcr;
    return bytes > kBytesWithoutPcr && time_of(bytes, average_ns_per_byte_) > kSilence;
}

void MediaClock::follow(Beat kind, std::uint16_t pid, std::int64_t ticks, std::uint64_t offset) {
    last_time_ = following_ ? at(offset) : newest_;
    following_ = true;
    kind_ = kind;
    pid_ = pid;
    last_ticks_ = ticks;
    last_offset_ = offset;
    newest_ = last_time_;
}

void MediaClock::learn_rate(core::Duration passed, std::uint64_t bytes) {
    if (passed <= core::Duration::zero() || bytes == 0) return;
    interval_ns_per_byte_ = static_cast<double>(passed.count()) / static_cast<double>(bytes);
    const double weight = std::min(1.0, core::to_seconds(passed) / core::to_seconds(kAveraged));
    const double before = average_ns_per_byte_ > 0 ? average_ns_per_byte_ : interval_ns_per_byte_;
    average_ns_per_byte_ = before + (interval_ns_per_byte_ - before) * weight;
}

bool MediaClock::heed(Beat kind, std::uint16_t pid, std::int64_t ticks, std::uint64_t offset) {
    if (!following_) {
        if (kind != Beat::Pcr && offset - last_offset_ < kBytesWithoutPcr) return false;
        follow(kind, pid, ticks, offset);
        return true;
    }
    if (kind != kind_ || pid != pid_) {
        const bool better = kind == Beat::Pcr && kind_ == Beat::DecodingTime;
        if (!better && !silent(offset)) return false;
        follow(kind, pid, ticks, offset);
        return true;
    }
    std::int64_t step = ticks - last_ticks_;
    if (step < -kPcrPeriod / 2) step += kPcrPeriod;
    if (step > kPcrPeriod / 2) step -= kPcrPeriod;
    const core::Duration passed = core::ticks_to_duration(step, core::PcrTicks::period::den);
    if (step >= 0 && passed < kJump) {
        last_time_ += passed;
        learn_rate(passed, offset - last_offset_);
    } else {
        last_time_ = std::max(last_time_, at(offset));
    }
    last_ticks_ = ticks;
    last_offset_ = offset;
    newest_ = std::max(newest_, last_time_);
    // Guesses that ran ahead stay: the clock waits for the beats rather than go back.
    return true;
}

void MediaClock::restart(std::uint64_t offset) {
    if (following_) at(offset);
    following_ = false;
    last_offset_ = offset;
    last_time_ = newest_;
}

core::Duration MediaClock::at(std::uint64_t offset) {
    if (!following_ || offset <= last_offset_) return newest_;
    const std::uint64_t bytes = offset - last_offset_;
    core::Duration passed = std::min(time_of(bytes, interval_ns_per_byte_), kMaxGuess);
    if (bytes > kBytesWithoutPcr && average_ns_per_byte_ > 0 && bytes > patience()) {
        passed = std::max(passed, kMaxGuess + time_of(bytes - patience(), average_ns_per_byte_));
    }
    newest_ = std::max(newest_, last_time_ + passed);
    return newest_;
}

std::uint64_t MediaClock::patience() const {
    const double bytes = static_cast<double>(kPatience.count()) / average_ns_per_byte_;
    return std::max(kBytesWithoutPcr, static_cast<std::uint64_t>(std::min(bytes, 1e15)));
}

std::optional<std::uint64_t> MediaClock::next_guess() const {
    if (!following_ || average_ns_per_byte_ <= 0) return std::nullopt;
    // The first place beyond patience, then one every 50 ms of bytes.
    const core::Duration said = newest_ - last_time_;
    const core::Duration more =
        said <= kMaxGuess ? core::Duration::zero() : said - kMaxGuess + std::chrono::milliseconds{50};
    return last_offset_ + patience() +
           static_cast<std::uint64_t>(static_cast<double>(more.count()) / average_ns_per_byte_) + 1;
}

}  // namespace sightline::formats::ts
