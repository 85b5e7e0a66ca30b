// SPDX-License-Identifier: Apache-2.0
// Where in time each byte of a transport stream is: PCRs, unwrapped and joined over discontinuities, and the bytes
// between them.
#pragma once

#include <cstdint>
#include <optional>

#include "core/time.hpp"

namespace sightline::formats::ts {

/// A clock that never goes back, made from one PID's PCRs; where a stream has none, from its decoding times.
///
/// Time is counted from the first beat. A step outside [0, kJump) does not show: time goes on at the stream's own byte
/// rate. Between beats time follows the bytes, by no more than kMaxGuess; only where beats stay away for kPatience and
/// kBytesWithoutPcr it goes on by the average rate alone: a variable-rate multiplex may put a key frame of seconds of
/// the rate before it between two PCRs.
///
/// Threading: one thread. Depends on byte offsets only, never on how they were cut.
class MediaClock {
public:
    static constexpr core::Duration kJump = std::chrono::seconds{10};  // as core::Timeline
    static constexpr core::Duration kMaxGuess = std::chrono::milliseconds{100};
    static constexpr core::Duration kPatience = std::chrono::milliseconds{500};
    /// Bytes without any PCR after which decoding times are taken instead.
    static constexpr std::uint64_t kBytesWithoutPcr = 1'000'000;

    enum class Beat : std::uint8_t { Pcr, DecodingTime };

    /// `ticks` (27 MHz, modulo kPcrPeriod) stood in the packet of `pid` at stream offset `offset`.
    /// @return whether it moved the clock: it came from the PID that the clock follows.
    bool beat(Beat kind, std::uint16_t pid, std::int64_t ticks, std::uint64_t offset) {
        const bool unheard =
            kind == Beat::DecodingTime && kind_ == Beat::Pcr && following_ && offset - last_offset_ <= kBytesWithoutPcr;
        return !unheard && heed(kind, pid, ticks, offset);
    }
    /// What comes next does not continue what came before; time goes on.
    void restart(std::uint64_t offset);

    /// Time of the byte at `offset`, not before the last beat. Never less than any earlier answer.
    core::Duration at(std::uint64_t offset);
    [[nodiscard]] core::Duration now() const { return newest_; }
    /// The offset at which bytes without a beat make the clock go on by their average rate; empty: no rate is known.
    [[nodiscard]] std::optional<std::uint64_t> next_guess() const;
    [[nodiscard]] bool running() const { return following_; }

private:
    bool heed(Beat kind, std::uint16_t pid, std::int64_t ticks, std::uint64_t offset);
    void follow(Beat kind, std::uint16_t pid, std::int64_t ticks, std::uint64_t offset);
    void learn_rate(core::Duration passed, std::uint64_t bytes);
    [[nodiscard]] core::Duration time_of(std::uint64_t bytes, double ns_per_byte) const;
    /// Bytes without a beat before the average rate is believed.
    [[nodiscard]] std::uint64_t patience() const;
    [[nodiscard]] bool silent(std::uint64_t offset) const;

    bool following_ = false;
    Beat kind_ = Beat::Pcr;
    std::uint16_t pid_ = 0;
    std::int64_t last_ticks_ = 0;
    std::uint64_t last_offset_ = 0;
    core::Duration last_time_{};
    core::Duration newest_{};
    double interval_ns_per_byte_ = 0;  // of the last interval
    double average_ns_per_byte_ = 0;   // of about the last second
};

}  // namespace sightline::formats::ts
