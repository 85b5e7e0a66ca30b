// SPDX-License-Identifier: Apache-2.0
// What the desk writes down: the rows of the store as values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/alarm.hpp"
#include "core/incident.hpp"
#include "core/stream_spec.hpp"
#include "core/time.hpp"
#include "incidents/incident_engine.hpp"
#include "incidents/notice_reason.hpp"

namespace sightline::incidents {

/// What a receiver is told beside the alarm itself. Taken from the configuration when the transition happens and kept
/// with it, so that a retry after a reload says the same.
struct AlarmFacts {
    std::string probe;
    std::string path;  ///< id of the first path the stream is a point of; empty: none
    std::map<std::string, std::string> tags;
    std::string runbook;
    std::map<std::string, std::string> links;  ///< name -> URL
    friend bool operator==(const AlarmFacts&, const AlarmFacts&) = default;
};

/// What a receiver is told: one transition of an alarm, or of an incident where `incident` is set (then `alarm` is
/// empty). An incident here has at most kAlarmsInNotice alarms and the last kEntriesInNotice entries of its timeline.
struct Notice {
    core::AlarmTransition alarm;
    AlarmFacts facts;
    std::optional<core::Incident> incident{};
    NoticeReason reason = NoticeReason::Opened;  ///< of an incident
    int escalation = 0;                          ///< of an incident: the step that called, from 1; 0: none
    static constexpr std::size_t kAlarmsInNotice = 100;
    static constexpr std::size_t kEntriesInNotice = 20;
    friend bool operator==(const Notice&, const Notice&) = default;
};

/// A notice and the notifiers that shall hear it.
struct RoutedNotice {
    Notice notice;
    std::vector<std::string> notifiers;
};

/// Somebody did something, or the desk decided something, that must be traceable.
struct AuditEntry {
    core::UtcTime at;
    std::string actor;   ///< "api", "cli", "outbox", …
    std::string action;  ///< "air.set", "delivery.dropped", …
    std::string subject;
    std::string detail;
    friend bool operator==(const AuditEntry&, const AuditEntry&) = default;
};

/// On air, standby, off air by hand; empty goes back to the calendar.
struct AirChange {
    std::string stream;
    std::optional<core::AirState> state;
};

/// From `at` on, until its next change, a stream was on air or not, watched or not, in maintenance or not: reports
/// measure availability over it.
struct WatchChange {
    std::string stream;
    core::UtcTime at;
    core::AirState air = core::AirState::OnAir;
    bool watched = false;
    bool maintenance = false;
    friend bool operator==(const WatchChange&, const WatchChange&) = default;
};

/// An id that a receiver gave to one of our alarms; an empty name forgets all that this receiver gave to this alarm.
struct TicketChange {
    std::string notifier, alarm, name, value;
};

/// How one delivery ended.
struct FinishedDelivery {
    std::string event_id;
    std::string notifier;
    bool delivered = false;  ///< false: given up
    int attempts = 0;
    std::string error;  ///< of the last attempt, where it was given up
};

/// A delivery that is still owed.
struct PendingDelivery {
    std::string event_id;
    std::string alarm;
    std::uint64_t sequence = 0;
    std::string notifier;
    core::UtcTime created;
};

/// Which incidents are asked for; all that is set must hold.
struct IncidentQuery {
    std::set<core::IncidentState> states{};  ///< empty: all
    std::set<core::Severity> severities{};   ///< empty: all
    std::string stream{};                    ///< it has an alarm of this stream
    std::optional<core::UtcTime> from{};     ///< not over before (closed or resolved earlier)
    std::optional<core::UtcTime> to{};       ///< opened before
    std::string before{};                    ///< id: only older ones; for going on where a list ended
    std::int64_t limit = 100;
    bool merged = false;  ///< those that became a part of another too
};

/// Everything that becomes durable in one transaction.
struct Batch {
    std::vector<RoutedNotice> notices;
    std::vector<IncidentChange> incidents;                      ///< before the notices that speak of them
    std::optional<std::vector<MaintenanceWindow>> maintenance;  ///< the calendar from now on
    std::vector<FinishedDelivery> finished;
    std::vector<AuditEntry> audit;
    std::vector<AirChange> air;
    std::vector<WatchChange> watch;
    std::vector<TicketChange> tickets;
    std::optional<core::UtcTime> alive;            ///< the probe was still running then
    std::map<std::string, std::int64_t> counters;  ///< name -> what is added to it

    [[nodiscard]] bool empty() const {
        return notices.empty() && incidents.empty() && !maintenance && finished.empty() && audit.empty() &&
               air.empty() && watch.empty() && tickets.empty() && !alive && counters.empty();
    }
};

}  // namespace sightline::incidents
