// SPDX-License-Identifier: Apache-2.0
// How far the sound that is heard is from the picture that is seen.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "core/time.hpp"

namespace sightline::ui {

/// A moment on the wall's clock minus one on a stream's: how long after its presentation time something comes out.
using PlayDelay = core::Duration;
[[nodiscard]] inline PlayDelay play_delay(core::ArrivalTime out, core::MediaTime at) {
    return out.time_since_epoch() - at;
}

enum class LipSync : std::uint8_t {
    Unknown,  ///< too little was seen or heard
    Good,     ///< within EBU R 37's +40 ms to −60 ms
    Bad,      ///< "not for lip-sync"
};

/// Compares each picture as it comes onto the glass with the sound at that moment.
///
/// Threading: one thread. Time only as given.
class LipSyncWatch {
public:
    static constexpr core::Duration kMostEarly = std::chrono::milliseconds{40};  ///< sound before picture
    static constexpr core::Duration kMostLate = std::chrono::milliseconds{60};   ///< sound after picture
    static constexpr core::Duration kWindow = std::chrono::seconds{2};
    static constexpr std::size_t kFewest = 5;

    /// A picture of `at` was put on the glass; the sound heard then has the play delay `sound`.
    void shown(core::ArrivalTime on_glass, core::MediaTime at, PlayDelay sound);
    /// Another stream, or no sound.
    void forget() { offsets_.clear(); }
    [[nodiscard]] LipSync verdict(core::ArrivalTime now) const;
    /// Mean of the last kWindow: positive where the sound is early. Nothing while Unknown.
    [[nodiscard]] std::optional<core::Duration> offset(core::ArrivalTime now) const;
    /// The one furthest out of step, of the same pictures.
    [[nodiscard]] std::optional<core::Duration> worst(core::ArrivalTime now) const;

private:
    struct Offset {
        core::ArrivalTime when;
        core::Duration early;
    };
    std::deque<Offset> offsets_;
};

}  // namespace sightline::ui
