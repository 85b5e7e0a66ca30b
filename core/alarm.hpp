// SPDX-License-Identifier: Apache-2.0
// The alarm record and its one JSON form (docs/alerting.md; the CLI, the API, webhooks and the store all use it).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/media.hpp"
#include "core/result.hpp"
#include "core/rules.hpp"
#include "core/time.hpp"

namespace sightline::core {

enum class AlarmState : std::uint8_t { Raised, Changed, Cleared };
[[nodiscard]] const char* name(AlarmState state);

/// A moment as an alarm shows it: on the media clock and in civil time, each where it exists.
struct AlarmTime {
    std::optional<MediaTime> media;
    std::optional<UtcTime> utc;  ///< null for files
    friend bool operator==(const AlarmTime&, const AlarmTime&) = default;
};

/// One transition of one alarm. `id` stays for the alarm's life, `sequence` counts its transitions from 1.
struct AlarmTransition {
    std::string id;
    std::uint64_t sequence = 1;
    AlarmState state = AlarmState::Raised;
    std::string stream;
    std::string condition;  ///< of a combined rule: "rule.<name>"
    std::string rule;
    Severity severity = Severity::Warning;
    std::optional<Severity> previous;  ///< of Changed: the severity left
    Subject subject;
    std::string language;
    std::optional<int> pid;
    AlarmTime since;                   ///< first bad frame, sample, packet or second of the run that raised it
    AlarmTime at;                      ///< when the transition was due, by computation
    std::optional<AlarmTime> until;    ///< of Cleared: first good one of the run that cleared it
    std::optional<double> duration_s;  ///< of Cleared: until − since
    bool exact = true;
    std::optional<double> uncertainty_s;
    std::optional<double> value, threshold;
    std::string unit;
    std::string message;
    int flaps = 0;  ///< times it has come and gone while flapping; 0 = it does not flap
    friend bool operator==(const AlarmTransition&, const AlarmTransition&) = default;
};

/// One line, fixed key order, valid UTF-8 without control characters: {"type":"alarm","id":…}. Numbers that do not
/// exist are null; media seconds have 3 decimals; the C locale whatever the process's.
[[nodiscard]] std::string to_json(const AlarmTransition& alarm);
/// The same object with more members at its end: `extra` ("\"probe\":\"x\"", no commas at its ends; may be empty).

[[nodiscard]] std::string to_json(const AlarmTransition& alarm, const std::string& extra);
/// Reads what to_json writes; foreign keys are ignored. Corrupt with the key that is wrong.
[[nodiscard]] Result<AlarmTransition> alarm_from_json(const std::string& text);

}  // namespace sightline::core
