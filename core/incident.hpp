// SPDX-License-Identifier: Apache-2.0
// The incident record and its one JSON form (docs/incidents.md; the API, server-sent events, payloads, the store and
// the wall use it).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/rules.hpp"
#include "core/time.hpp"

namespace sightline::core {

enum class IncidentState : std::uint8_t { Open, Acknowledged, Resolved, Closed };
[[nodiscard]] const char* name(IncidentState state);
[[nodiscard]] std::optional<IncidentState> incident_state_from(std::string_view word);

enum class CauseKind : std::uint8_t {
    Point,       ///< a point of a path: the most upstream one that is bad
    Resource,    ///< what several streams share: `name` is "encoder=enc7"
    Stream,      ///< one stream by itself
    Probe,       ///< the probe, not what it watches
    Redundancy,  ///< one member of a group of which one suffices
};
[[nodiscard]] const char* name(CauseKind kind);

enum class AlarmRole : std::uint8_t {
    Cause,        ///< of a stream or point that is the incident's cause
    Consequence,  ///< explained by what is upstream: `follows`
    Member,       ///< of the same stream as a cause, and lesser
};
[[nodiscard]] const char* name(AlarmRole role);

struct IncidentCause {
    CauseKind kind = CauseKind::Stream;
    std::string name;    ///< "encoder=enc7", a stream's id, a probe's name
    std::string stream;  ///< where it was seen first; empty: no stream
    friend bool operator==(const IncidentCause&, const IncidentCause&) = default;
};

/// One alarm of an incident. An alarm is in exactly one incident.
struct IncidentAlarm {
    std::string id;
    std::string stream;
    std::string condition;
    Severity severity = Severity::Warning;
    bool open = true;
    AlarmRole role = AlarmRole::Cause;
    std::string follows;  ///< of a consequence: the stream upstream that explains it
    friend bool operator==(const IncidentAlarm&, const IncidentAlarm&) = default;
};

/// What happened to an incident, in words.
struct TimelineEntry {
    UtcTime at{};
    std::string who;   ///< "desk" or an operator's name
    std::string kind;  ///< "opened", "joined", "severity", "cause", "acknowledged", … (docs/incidents.md)
    std::string text;
    friend bool operator==(const TimelineEntry&, const TimelineEntry&) = default;
};

/// One cause, many alarms.
struct Incident {
    std::string id;  ///< "<probe>-i<n>"
    std::uint64_t sequence = 1;
    IncidentState state = IncidentState::Open;
    Severity severity = Severity::Warning;  ///< worst of the open alarms; when none is open, as it was last
    std::string title;
    IncidentCause cause;
    std::string why;  ///< the evidence for the cause, in words
    UtcTime since{};  ///< first bad moment of its alarms, as far as known
    UtcTime opened_at{};
    std::optional<UtcTime> notified_at;  ///< first notification
    std::optional<UtcTime> acknowledged_at;
    std::string acknowledged_by;
    std::optional<UtcTime> resolved_at;
    std::optional<UtcTime> closed_at;
    std::string closed_by;
    std::string owner;
    std::optional<UtcTime> snoozed_until;
    std::string snoozed_by, snooze_reason;
    bool maintenance = false;
    int returns = 0;   ///< times it came back after it was resolved
    std::string path;  ///< id of the first path its cause is on; empty: none
    std::string runbook;
    std::map<std::string, std::string> tags;  ///< those all cause streams share
    std::vector<IncidentAlarm> alarms;        ///< causes first, open first, worst first
    std::size_t more_alarms = 0;              ///< beyond those in `alarms`, where it was shortened
    std::string merged_into;                  ///< id; empty: it was not
    std::vector<TimelineEntry> timeline;      ///< oldest first
    friend bool operator==(const Incident&, const Incident&) = default;
};

/// How much of an incident its JSON says. "alarm_count" tells how many alarms there are whatever is shown.
struct IncidentForm {
    bool timeline = true;
    std::size_t most_alarms = std::numeric_limits<std::size_t>::max();
};
/// Lists and server-sent events.
inline constexpr IncidentForm kShortIncident{false, 100};

/// One line, fixed key order, as core/alarm.hpp's: {"type":"incident","id":…}. Without timeline the key is absent.
/// `extra` ("\"probe\":\"x\"", no commas at its ends; may be empty) stands at its end.
[[nodiscard]] std::string to_json(const Incident& incident, IncidentForm form = {}, const std::string& extra = {});
/// Reads what to_json writes; foreign keys are ignored. Corrupt with the key that is wrong.
[[nodiscard]] Result<Incident> incident_from_json(const std::string& text);

}  // namespace sightline::core
