// SPDX-License-Identifier: Apache-2.0
// The clocks and durations of the field as types that do not mix.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sightline::core {

using Duration = std::chrono::nanoseconds;

/// 90 kHz ticks of PTS and DTS, and 27 MHz ticks of PCR (ISO/IEC 13818-1, 2.4.2.2).
using PtsTicks = std::chrono::duration<std::int64_t, std::ratio<1, 90'000>>;
using PcrTicks = std::chrono::duration<std::int64_t, std::ratio<1, 27'000'000>>;

/// Place on a stream's own unwrapped, gap-free timeline, counted from its first video (else first audio) presentation
/// time. Never goes back, never jumps: core/timeline.hpp makes it.
using MediaTime = std::chrono::nanoseconds;

/// Monotonic time of this machine, common to all its processes (CLOCK_MONOTONIC). It has no now(): time comes with
/// the data, or from an injected Clock.
struct ArrivalClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<ArrivalClock>;
    static constexpr bool is_steady = true;  // NOLINT(readability-identifier-naming): the standard asks for it
};
using ArrivalTime = ArrivalClock::time_point;

/// Civil time, as the host believes it.
using UtcTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

/// Which of a stream's clocks a condition lives on (docs/alerting.md, "Whose clock").
enum class ClockDomain : std::uint8_t {
    Media,      ///< accumulated duration of decoded picture and sound
    Transport,  ///< PCR-interpolated where delivery is bursty (SRT, HLS, files); arrival for UDP and RTP
    Arrival,    ///< monotonic time; for a file, which does not arrive, the transport clock
};

/// When something happened, on every clock that knows. A file has no arrival; a dead link has no media time.
struct Instant {
    std::optional<MediaTime> media;
    std::optional<ArrivalTime> arrival;
    friend bool operator==(const Instant&, const Instant&) = default;
};

[[nodiscard]] constexpr double to_seconds(Duration d) {
    return static_cast<double>(d.count()) * 1e-9;
}
/// Nearest nanosecond; the caller keeps `seconds` within ±292 years.
[[nodiscard]] constexpr Duration from_seconds(double seconds) {
    return Duration{static_cast<std::int64_t>(seconds * 1e9 + (seconds < 0 ? -0.5 : 0.5))};
}
/// count / rate seconds, exact to the nanosecond below and without overflow for the life of the universe.
/// `rate` > 0.
[[nodiscard]] constexpr Duration ticks_to_duration(std::int64_t count, std::int64_t rate) {
    const std::int64_t whole = count / rate;
    const std::int64_t rest = count % rate;
    return Duration{whole * 1'000'000'000 + rest * 1'000'000'000 / rate};
}

[[nodiscard]] constexpr Duration to_duration(PtsTicks ticks) {
    return ticks_to_duration(ticks.count(), 90'000);
}

/// Nanoseconds since 1970, as the store and the link keep a UTC time.
[[nodiscard]] constexpr std::int64_t to_ns(UtcTime time) {
    return time.time_since_epoch().count();
}
[[nodiscard]] constexpr UtcTime from_ns(std::int64_t ns) {
    return UtcTime{Duration{ns}};
}

/// The years that are taken from outside: nanoseconds of 64 bits hold them, sums with any duration included.
inline constexpr int kFirstYear = 1970;
inline constexpr int kLastYear = 2199;

/// RFC 3339 UTC with milliseconds: "2026-11-21T03:00:00.250Z". Truncates, never rounds up into the future.
[[nodiscard]] std::string to_rfc3339(UtcTime time);
/// Reads what to_rfc3339 writes (any number of decimals). Corrupt otherwise, and where the year is not one of the
/// above.
[[nodiscard]] Result<UtcTime> parse_rfc3339(std::string_view text);

/// Reads "250ms", "3s", "1.5s", "15m", "2h", "1d"; a bare number is refused, so that nobody guesses the unit.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);
/// Shortest exact form that parse_duration reads back: "3s", "250ms", "15m".
[[nodiscard]] std::string to_text(Duration duration);

}  // namespace sightline::core
