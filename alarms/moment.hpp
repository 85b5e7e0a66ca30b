// SPDX-License-Identifier: Apache-2.0
// A place in time as rules count it: on the clock of their domain, and on the axis that orders all domains.
#pragma once

#include <cstdint>

#include "core/time.hpp"

namespace sightline::alarms {

struct Moment {
    core::Duration time{};    ///< on the clock of the domain it was made for
    core::Duration key{};     ///< on the axis common to all domains: arrival of live streams, media time of files
    core::Instant at;         ///< as alarms show it
    std::uint32_t epoch = 0;  ///< worker that counted; times of two epochs do not compare
    bool on_media = true;     ///< `time` is media time, else arrival time
};

/// `moment` moved by `by` on its own clock. A moment of the arrival clock that moves on leaves the media clock behind:
/// media may have stood still meanwhile.
[[nodiscard]] inline Moment shifted(Moment moment, core::Duration by) {
    moment.time += by;
    moment.key += by;
    if (moment.at.arrival) *moment.at.arrival += by;
    if (moment.at.media) {
        if (moment.on_media || by <= core::Duration{}) {
            *moment.at.media += by;
        } else {
            moment.at.media.reset();
        }
    }
    return moment;
}

/// `to` − `from` on the clock they share, never negative; 0 where they share none.
[[nodiscard]] inline core::Duration span(const Moment& from, const Moment& to) {
    const core::Duration length = from.epoch == to.epoch             ? to.time - from.time
                                  : from.at.arrival && to.at.arrival ? *to.at.arrival - *from.at.arrival
                                                                     : core::Duration{};
    return length < core::Duration{} ? core::Duration{} : length;
}

/// As span(), but on the common axis: how long a gap in the evidence was for someone who waits.
[[nodiscard]] inline core::Duration key_span(const Moment& from, const Moment& to) {
    const core::Duration length = to.key - from.key;
    return length < core::Duration{} ? core::Duration{} : length;
}

}  // namespace sightline::alarms
