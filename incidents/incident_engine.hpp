// SPDX-License-Identifier: Apache-2.0
// Alarms become incidents: one cause, an owner, a record, and few notifications. Pure: virtual time, no I/O.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/alarm.hpp"
#include "core/incident.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "incidents/maintenance.hpp"
#include "incidents/notice_reason.hpp"

namespace sightline::incidents {

/// What a person wants of an incident.
struct IncidentCommand {
    enum class Kind : std::uint8_t {
        Acknowledge,
        Unacknowledge,
        Snooze,  ///< needs `duration`; `text`: the reason, needed too
        Unsnooze,
        Note,     ///< `text`, needed
        Assign,   ///< `text`: the new owner; empty: nobody
        Resolve,  ///< only where no alarm is open: does not wait until it has been good for long enough
        Close,    ///< only where it is resolved
    };
    Kind kind = Kind::Note;
    std::string incident;  ///< id
    std::string actor;     ///< the operator's name, 1 to 200 bytes
    std::string text;      ///< note, reason or owner, up to 4,000 bytes
    core::Duration duration{};
    std::string via{};  ///< how they came in, for the audit log: "token noc", "uid 1000"; empty: nothing to say
};
[[nodiscard]] const char* name(IncidentCommand::Kind kind);

/// What became of one incident in a step. The parts that are vectors say only what is new.
struct IncidentChange {
    std::shared_ptr<const core::Incident> incident;  ///< whole, as it is now; immutable
    std::vector<core::IncidentAlarm> alarms;         ///< added or changed
    std::vector<std::string> left;                   ///< ids of alarms that are another incident's now
    std::vector<core::TimelineEntry> entries;        ///< added
    std::uint64_t entries_before = 0;                ///< in its timeline before those
    std::string memory;                              ///< what the engine must know again after a restart; its own words
};

/// Somebody shall be told of an incident.
struct IncidentNotice {
    std::shared_ptr<const core::Incident> incident;  ///< with its sequence at that moment
    NoticeReason reason = NoticeReason::Opened;
    int escalation = 0;  ///< Escalated: which step of `incidents.escalate`, from 1
};

/// Outcome of one step, in a fixed order.
struct IncidentOutcome {
    std::vector<IncidentChange> changes;
    std::vector<IncidentNotice> notices;
    bool maintenance_changed = false;  ///< windows ended: store maintenance() again
    [[nodiscard]] bool empty() const { return changes.empty() && notices.empty() && !maintenance_changed; }
};

/// What a store held.
struct IncidentMemory {
    core::Incident incident;
    std::string memory;
};
struct IncidentRestore {
    std::vector<IncidentMemory> incidents;      ///< all that are not closed
    std::vector<core::AlarmTransition> alarms;  ///< the last transition of each of their alarms
    std::vector<MaintenanceWindow> maintenance;
};

/// Lifecycle: make → restore()? → (configure() | take()* | command() | step())*.
///
/// What is taken between two steps counts as one moment: the order in which it was taken changes nothing but the order
/// of one alarm's own transitions. A step correlates it, moves time on, and says what became of it. Nothing is dropped:
/// every alarm taken is in exactly one incident.
///
/// Threading: one thread.
/// Time:      `now` never goes back (a host clock that is set back stands still here until it is caught up).
/// Cost:      a step without anything new looks at the earliest due time only; one with new alarms correlates the live
///            incidents anew (bench/desk_flood).
class IncidentEngine {
public:
    virtual ~IncidentEngine() = default;
    /// Streams, tags, paths and the settings under `incidents:`. Live incidents stay as they are until something new
    /// comes.
    virtual void configure(const config::Config& config) = 0;
    virtual void restore(IncidentRestore stored, core::UtcTime now) = 0;
    /// One transition of an alarm.
    virtual void take(const core::AlarmTransition& alarm) = 0;
    [[nodiscard]] virtual IncidentOutcome step(core::UtcTime now) = 0;

    /// Applies at once; the next step() (call it now) says what changed. @return NotFound (no such incident), Refused
    /// (its state does not allow it; the message says why), InvalidConfig (a text or duration out of bounds).
    [[nodiscard]] virtual core::Result<void> command(const IncidentCommand& command, core::UtcTime now) = 0;
    /// Something came to light: a line in the timeline of an incident that is not closed, else nothing. As command().
    virtual void remark(const std::string& incident, std::string kind, std::string text, core::UtcTime now) = 0;
    /// Adds a window and gives it its id "<probe>-m<n>". @return InvalidConfig as MaintenanceWindow's check().
    [[nodiscard]] virtual core::Result<MaintenanceWindow> add_maintenance(MaintenanceWindow window,
                                                                          core::UtcTime now) = 0;
    /// @return NotFound.
    [[nodiscard]] virtual core::Result<void> remove_maintenance(const std::string& id, core::UtcTime now) = 0;

    /// Windows that have not ended, oldest first.
    [[nodiscard]] virtual const std::vector<MaintenanceWindow>& maintenance() const = 0;
    /// Incidents that are not closed, oldest first.
    [[nodiscard]] virtual std::vector<std::shared_ptr<const core::Incident>> current() const = 0;
    /// Notifications of lesser incidents are held back for digests at present.
    [[nodiscard]] virtual bool flood() const = 0;
    /// When step() has something to do by itself; empty: never.
    [[nodiscard]] virtual std::optional<core::UtcTime> next_due() const = 0;
};

/// `next_incident` and `next_maintenance` give ids that were never given before.
struct IncidentIds {
    std::function<std::string()> next_incident;
    std::function<std::string()> next_maintenance;
};
[[nodiscard]] std::unique_ptr<IncidentEngine> make_incident_engine(IncidentIds ids);

}  // namespace sightline::incidents
