// SPDX-License-Identifier: Apache-2.0
// What an alarm says: one plain sentence that can be read out on the phone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/media.hpp"
#include "core/rules.hpp"
#include "core/time.hpp"

namespace sightline::alarms {

/// What the sentence is made of.
struct AlarmFacts {
    const core::Rule* rule = nullptr;
    core::Severity severity = core::Severity::Warning;
    core::Duration length{};  ///< from since to now
    std::optional<double> value, threshold;
    std::string_view unit;
    std::uint16_t service = 0;  ///< programme number where several are watched, else 0
    std::string track;          ///< named unless it is the only one of its kind
    std::string language;
    std::optional<int> pid;
    std::string detail;
    int flaps = 0;
};

/// "black picture for 3.0 s"; "continuity errors: 3 errored seconds in 60 s, PID 257"
[[nodiscard]] std::string raised_message(const AlarmFacts& facts);
/// The same with where it went: "black picture for 10.0 s, now critical"
[[nodiscard]] std::string changed_message(const AlarmFacts& facts, core::Severity previous);
/// "black picture flaps: came and went 4 times"
[[nodiscard]] std::string flapping_message(const AlarmFacts& facts);
/// "black picture ended after 6.0 s"; "signal is back after 12.0 s"
[[nodiscard]] std::string cleared_message(const AlarmFacts& facts);

/// The unit of a level's values, by its condition: "bit/s" of bitrate.*, empty where unknown.
[[nodiscard]] std::string_view level_unit(std::string_view condition);

/// "3.0 s", "2 min 5 s", "1 h 5 min"
[[nodiscard]] std::string spoken(core::Duration duration);

}  // namespace sightline::alarms
