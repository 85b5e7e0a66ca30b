// SPDX-License-Identifier: Apache-2.0
// What the sessions in a ring show, and when: key frames, the clock of each, and the pictures at a fault.
#pragma once

#include <optional>
#include <vector>

#include "core/media.hpp"
#include "core/time.hpp"
#include "engine/clip_maker.hpp"
#include "engine/ring_input.hpp"
#include "engine/ts_start.hpp"

namespace sightline::engine {

/// A key frame.
struct ClipKey {
    core::MediaTime at{};                      ///< by the session's own clock
    std::optional<core::ArrivalTime> arrival;  ///< of the bytes that carried it
};

/// One session, looked through once.
struct SessionSurvey {
    std::vector<ClipKey> keys;  ///< of the first picture track
    TsTracks tracks;            ///< of a transport stream
    std::optional<core::MediaTime> first, last;
    std::optional<core::Duration> offset;      ///< media time less raw time
    std::optional<core::Duration> difference;  ///< smallest arrival less media time
    [[nodiscard]] std::optional<core::ArrivalTime> arrival_of(core::MediaTime at) const {
        return difference ? std::optional(core::ArrivalTime{*difference + at}) : std::nullopt;
    }
};

/// Decodes key frames only.
[[nodiscard]] SessionSurvey survey(int ring, const RingSession& session, const ClipOrder& order);

/// What is wanted of a session, by its own clock.
struct StillWish {
    std::optional<core::MediaTime> good_before;  ///< the last picture before this; empty: the last of all
    std::optional<core::MediaTime> bad_from;     ///< the first picture from this on; empty: none
    std::optional<core::MediaTime> decode_from;  ///< a key frame; pictures before it are not wanted
};
struct StillFrames {
    std::optional<core::VideoFrame> good, bad;
};
[[nodiscard]] StillFrames find_stills(int ring, const RingSession& session, const ClipOrder& order,
                                      const StillWish& wish);

/// As JPEG, within 960×540, with square pixels.
[[nodiscard]] std::string still_of(const core::VideoFrame& frame);

}  // namespace sightline::engine
