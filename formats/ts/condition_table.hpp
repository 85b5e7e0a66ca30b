// SPDX-License-Identifier: Apache-2.0
// The conditions of TransportInspector as a table that its parts index (private to formats/ts).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/findings.hpp"

namespace sightline::formats::ts {

/// Index into kConditions.
enum class Condition : std::uint8_t {
    SyncLoss,
    SyncByte,
    Pat,
    Continuity,
    Pmt,
    PidMissing,
    TransportError,
    Crc,
    PcrRepetition,
    PcrDiscontinuity,
    PtsRepetition,
    Cat,
    Scrambled,
};

namespace detail {
constexpr core::ConditionSpec condition(std::string_view id, core::ConditionKind kind, std::string_view tr101290,
                                        std::string_view help) {
    core::ConditionSpec spec;
    spec.id = id;
    spec.kind = kind;
    spec.clock = core::ClockDomain::Transport;
    spec.tr101290 = tr101290;
    spec.help = help;
    return spec;
}
}  // namespace detail

inline constexpr std::array kConditions{
    detail::condition("ts.sync_loss", core::ConditionKind::State, "1.1",
                      "The byte stream has lost its packets: two sync bytes in a row were wrong."),
    detail::condition("ts.sync_byte", core::ConditionKind::Event, "1.2", "A packet does not begin with 0x47."),
    detail::condition("ts.pat", core::ConditionKind::State, "1.3",
                      "No programme association table for more than 500 ms."),
    detail::condition("ts.continuity", core::ConditionKind::Event, "1.4",
                      "Packets of a PID were lost, repeated more than once or came out of order."),
    detail::condition("ts.pmt", core::ConditionKind::State, "1.5",
                      "A programme's map table did not come for more than 500 ms."),
    detail::condition("ts.pid_missing", core::ConditionKind::State, "1.6",
                      "A sound or picture PID of a programme map has not come for 5 s."),
    detail::condition("ts.transport_error", core::ConditionKind::Event, "2.1",
                      "A packet came with transport_error_indicator set: the receiver before us could not repair it."),
    detail::condition("ts.crc", core::ConditionKind::Event, "2.2", "A table section has a wrong CRC_32."),
    detail::condition("ts.pcr_repetition", core::ConditionKind::Event, "2.3.a",
                      "More than 100 ms between two clock references of a programme."),
    detail::condition("ts.pcr_discontinuity", core::ConditionKind::Event, "2.3.b",
                      "Two clock references differ by less than 0 or more than 100 ms, unannounced."),
    detail::condition("ts.pts_repetition", core::ConditionKind::Event, "2.5",
                      "More than 700 ms between two presentation times of a sound or picture PID."),
    detail::condition("ts.cat", core::ConditionKind::State, "2.6",
                      "Packets are scrambled, but no conditional access table has come for 10 s."),
    detail::condition("ts.scrambled", core::ConditionKind::State, {},
                      "The payload of a track is scrambled; it cannot be decoded."),
};
static_assert(kConditions.size() == static_cast<std::size_t>(Condition::Scrambled) + 1);

[[nodiscard]] constexpr const core::ConditionSpec& spec(Condition condition) {
    return kConditions[static_cast<std::size_t>(condition)];
}

}  // namespace sightline::formats::ts
