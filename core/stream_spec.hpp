// SPDX-License-Identifier: Apache-2.0
// What a user says about one monitored input, as far as several folders must agree on it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/rules.hpp"
#include "core/time.hpp"

namespace sightline::core {

enum class DepthMode : std::uint8_t { Full, Adaptive, Transport };
[[nodiscard]] const char* name(DepthMode mode);
[[nodiscard]] std::optional<DepthMode> depth_from(std::string_view word);

enum class AirState : std::uint8_t { OnAir, Standby, OffAir };
[[nodiscard]] const char* name(AirState state);  ///< "on_air", "standby", "off_air"

/// What is expected of a track; what is unset is not judged.
struct ExpectVideo {
    bool none = false;  ///< `video: none`: a service without picture, whose absence is right
    std::optional<std::string> codec;
    std::optional<int> width, height;
    std::optional<double> fps;
    std::optional<bool> interlaced;
    friend bool operator==(const ExpectVideo&, const ExpectVideo&) = default;
};
struct ExpectAudio {
    std::optional<std::string> codec;
    std::optional<std::string> language;
    std::optional<int> channels, sample_rate;
    friend bool operator==(const ExpectAudio&, const ExpectAudio&) = default;
};
struct Expect {
    std::optional<ExpectVideo> video;
    std::optional<std::vector<ExpectAudio>> audio;  ///< empty vector: `audio: none`
    std::optional<double> bitrate_min_bps, bitrate_max_bps;
    friend bool operator==(const Expect&, const Expect&) = default;
};

/// A weekly span in the stream's zone, in minutes since Monday 00:00 local time; begin < end ≤ 7 × 1440, and a span
/// over the end of the week is two.
struct WeeklySpan {
    int begin_minute = 0;
    int end_minute = 0;
    friend bool operator==(const WeeklySpan&, const WeeklySpan&) = default;
};
/// When a stream is on air. No span at all: always `fixed`.
struct AirCalendar {
    std::string zone = "UTC";  ///< IANA name
    std::vector<WeeklySpan> on_air;
    AirState otherwise = AirState::Standby;  ///< outside the spans
    AirState fixed = AirState::OnAir;
    friend bool operator==(const AirCalendar&, const AirCalendar&) = default;
};

/// Everything that decides how an input is opened. Two equal ones need no reconnect at a reload.
struct InputSpec {
    std::string url;  ///< with its secrets; mask_secrets() before showing it
    DepthMode depth = DepthMode::Full;
    std::vector<int> services;       ///< programme numbers to watch; empty: all
    std::string interface;           ///< multicast: name or address
    std::string source;              ///< source-specific multicast: the sender's address
    int receive_buffer_bytes = 0;    ///< 0: our default
    bool allow_private = false;      ///< playlists and redirects from public may lead to private addresses
    std::string rtmp_app, rtmp_key;  ///< listen mode: what the encoder must send, where the URL does not say
    std::map<std::string, std::string> http_headers;
    Duration connect_timeout = std::chrono::seconds{10};
    int max_tracks = 64;
    std::int64_t max_pixels = 8192LL * 4320;
    friend bool operator==(const InputSpec&, const InputSpec&) = default;
};

struct StreamSpec {
    std::string id;    ///< [a-z0-9][a-z0-9._-]{0,63}
    std::string name;  ///< shown; the id where not given
    InputSpec input;
    Expect expect;
    RuleSet rules;  ///< resolved: defaults, named sets and the stream's own patches
    AirCalendar air;
    std::map<std::string, std::string> tags;
    std::string runbook;
    friend bool operator==(const StreamSpec&, const StreamSpec&) = default;
};

}  // namespace sightline::core
