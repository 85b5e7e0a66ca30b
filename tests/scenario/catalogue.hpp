// SPDX-License-Identifier: Apache-2.0
// Conditions as the folders that watch declare them, as far as the scenarios need them.
#pragma once

#include <array>

#include "core/findings.hpp"

namespace sightline::scenario {

using core::ClockDomain;
using core::ConditionKind;
using core::TrackKind;

constexpr core::ConditionSpec state(std::string_view id, ClockDomain clock, TrackKind about = TrackKind::None,
                                    bool content = false) {
    core::ConditionSpec spec;
    spec.id = id;
    spec.clock = clock;
    spec.about = about;
    spec.content = content;
    return spec;
}
constexpr core::ConditionSpec event(std::string_view id) {
    core::ConditionSpec spec;
    spec.id = id;
    spec.kind = ConditionKind::Event;
    spec.clock = ClockDomain::Transport;
    return spec;
}
constexpr core::ConditionSpec level(std::string_view id, std::string_view measurement) {
    core::ConditionSpec spec;
    spec.id = id;
    spec.kind = ConditionKind::Level;
    spec.clock = ClockDomain::Arrival;
    spec.level = measurement;
    return spec;
}

inline constexpr std::array kCatalogue{
    state("signal.unreachable", ClockDomain::Arrival),
    state("signal.lost", ClockDomain::Arrival),
    state("signal.stalled", ClockDomain::Arrival),
    state("ts.sync_loss", ClockDomain::Transport),
    state("ts.scrambled", ClockDomain::Transport),
    state("ts.pat", ClockDomain::Transport),
    event("ts.continuity"),
    event("ts.crc"),
    level("bitrate.low", "bitrate.mux"),
    level("bitrate.high", "bitrate.mux"),
    state("video.missing", ClockDomain::Transport, TrackKind::Video, true),
    state("video.black", ClockDomain::Media, TrackKind::Video, true),
    state("video.freeze", ClockDomain::Media, TrackKind::Video, true),
    state("audio.missing", ClockDomain::Transport, TrackKind::Audio, true),
    state("audio.silence", ClockDomain::Media, TrackKind::Audio, true),
    state("audio.level_low", ClockDomain::Media, TrackKind::Audio, true),
    state("probe.quarantine", ClockDomain::Arrival),
    state("probe.overload", ClockDomain::Arrival),
};

}  // namespace sightline::scenario
