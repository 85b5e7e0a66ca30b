// SPDX-License-Identifier: Apache-2.0
// What must survive: alarms, their transitions, incidents, the audit log, and what is still owed to whom.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/alarm.hpp"
#include "core/result.hpp"
#include "core/stream_spec.hpp"
#include "core/time.hpp"
#include "incidents/audit_chain.hpp"
#include "incidents/incident_engine.hpp"
#include "incidents/records.hpp"

namespace sightline::incidents {

/// How much history is kept, and limits that tests set.
struct StoreOptions {
    std::string probe;                                   ///< alarm ids begin with it
    core::Duration keep = std::chrono::hours{24 * 400};  ///< alarms, as each ended; a year's report needs them
    core::Duration keep_transitions = std::chrono::hours{24 * 30};  ///< every step of every alarm
    std::int64_t keep_closed_alarms = 2'000'000;
    std::int64_t keep_audit_entries = 200'000;
    std::int64_t max_pages = 0;  ///< SQLite: size limit in pages of 4096 bytes; 0: the disk's
    /// SQLite: a damaged file is renamed to "<path>.corrupt-<n>" and a new one begun, instead of an error.
    bool set_aside_corrupt = false;
};

/// Where the desk keeps its record. What every kind of store promises, tests/unit/incidents/store_conformance.hpp
/// checks.
///
/// commit() is one transaction: all of the batch is durable, or nothing is. With notices in the batch it returns only
/// when they survive kill -9 and a power cut; deliveries that ended are written without waiting for that (lost, they
/// are delivered once more). A batch may be given again after an error, whatever of it was written.
///
/// Threading: one thread. One process at a time: a second one is refused at open.
/// Errors:    Io (disk full, read-only, device, file moved away), TryAgain (somebody else writes), Corrupt.
class Store {
public:
    /// The SQLite file `path` (sqlite_store.hpp), made and brought to the newest version where needed.
    [[nodiscard]] static core::Result<std::unique_ptr<Store>> open(const std::string& path,
                                                                   const StoreOptions& options);
    virtual ~Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    [[nodiscard]] virtual core::Result<void> commit(const Batch& batch, core::UtcTime now) = 0;

    /// "<probe>-<n>", never given before, in this life of the file or another. After a kill -9 some numbers are
    /// skipped.
    [[nodiscard]] virtual std::string next_alarm_id() = 0;
    /// "<probe>-i<n>" and "<probe>-m<n>", from the same count.
    [[nodiscard]] virtual std::string next_incident_id() = 0;
    [[nodiscard]] virtual std::string next_maintenance_id() = 0;

    /// For IncidentEngine::restore.
    [[nodiscard]] virtual core::Result<IncidentRestore> live_incidents() = 0;
    /// Which notifiers have been told of each incident that is not closed.
    [[nodiscard]] virtual core::Result<std::map<std::string, std::set<std::string>>> incidents_told() = 0;
    /// Newest first, without timelines.
    [[nodiscard]] virtual core::Result<std::vector<core::Incident>> incidents(const IncidentQuery& query) = 0;
    /// Whole; NotFound where there is none.
    [[nodiscard]] virtual core::Result<core::Incident> incident(const std::string& id) = 0;

    /// Alarms open at the last commit, each as its last transition, oldest first.
    [[nodiscard]] virtual core::Result<std::vector<core::AlarmTransition>> open_alarms() = 0;
    /// Which notifiers have been told of each open alarm.
    [[nodiscard]] virtual core::Result<std::map<std::string, std::set<std::string>>> told() = 0;
    /// Transitions, newest first, of all alarms or of one.
    [[nodiscard]] virtual core::Result<std::vector<core::AlarmTransition>> history(
        std::int64_t limit, const std::string& alarm_id = {}) = 0;
    /// Deliveries still owed, in the order they were committed.
    [[nodiscard]] virtual core::Result<std::vector<PendingDelivery>> pending() = 0;
    /// NotFound where the history no longer has it.
    [[nodiscard]] virtual core::Result<Notice> notice(const std::string& event_id) = 0;
    /// Newest first.
    [[nodiscard]] virtual core::Result<std::vector<AuditEntry>> audit(std::int64_t limit) = 0;
    [[nodiscard]] virtual core::Result<std::map<std::string, core::AirState>> forced_air() = 0;
    [[nodiscard]] virtual core::Result<std::map<std::string, std::int64_t>> counters() = 0;
    /// The newest Batch::alive: when a probe that was killed was last seen. Nothing: never.
    [[nodiscard]] virtual core::Result<std::optional<core::UtcTime>> last_alive() = 0;
    /// Each stream's newest row of the watch log.
    [[nodiscard]] virtual core::Result<std::vector<WatchChange>> watched_streams() = 0;
    /// As of the last commit; reports print it.
    [[nodiscard]] virtual const AuditHead& audit_chain_head() const = 0;

    /// What `notifier`'s receiver called the alarm, by name.
    [[nodiscard]] virtual core::Result<std::map<std::string, std::string>> tickets(const std::string& notifier,
                                                                                   const std::string& alarm) = 0;

    /// Deletes a bounded part of what is older than the options keep: never an open alarm, never what is owed.
    /// @return rows deleted; call again while it is not 0.
    [[nodiscard]] virtual core::Result<std::int64_t> prune(core::UtcTime now) = 0;

    /// Where open() put a damaged file; empty: the file was sound.
    [[nodiscard]] virtual const std::string& set_aside() const = 0;

protected:
    Store() = default;
};

}  // namespace sightline::incidents
