// SPDX-License-Identifier: Apache-2.0
// What must survive: alarms, their transitions, and what is still owed to whom.
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
#include "incidents/incident_rows.hpp"
#include "incidents/records.hpp"

namespace sightline::incidents {

/// How much history is kept, and limits that tests set.
struct StoreOptions {
    std::string probe;                                   ///< alarm ids begin with it
    core::Duration keep = std::chrono::hours{24 * 400};  ///< alarms, as each ended; a year's report needs them
    core::Duration keep_transitions = std::chrono::hours{24 * 30};  ///< every step of every alarm
    std::int64_t keep_closed_alarms = 2'000'000;
    std::int64_t keep_audit_entries = 200'000;
    std::int64_t max_pages = 0;  ///< size limit in pages of 4096 bytes; 0: the disk's
    /// A damaged file is renamed to "<path>.corrupt-<n>" and a new one begun, instead of an error.
    bool set_aside_corrupt = false;
};

/// The desk's SQLite file.
///
/// commit() is one transaction: all of the batch is durable, or nothing is. With notices in the batch it returns only
/// after fsync (WAL, synchronous=FULL), so they survive kill -9 and a power cut; deliveries that ended are written
/// without waiting for the disk (lost, they are delivered once more). A batch may be given again after an error,
/// whatever of it was written.
///
/// Cost:      a commit with notices is one fsync of the WAL (bench/store_commit measures it), whatever the number of
/// notices. Threading: one thread. A second process on the same file is refused at open (flock on "<path>.lock").
/// Errors:    Io (disk full, read-only, device, file moved away), TryAgain (somebody else writes), Corrupt.
class Store {
public:
    [[nodiscard]] static core::Result<std::unique_ptr<Store>> open(const std::string& path,
                                                                   const StoreOptions& options);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    [[nodiscard]] core::Result<void> commit(const Batch& batch, core::UtcTime now);

    /// "<probe>-<n>", never given before, in this life of the file or another. After a kill -9 some numbers are
    /// skipped.
    [[nodiscard]] std::string next_alarm_id();
    /// "<probe>-i<n>" and "<probe>-m<n>", from the same count.
    [[nodiscard]] std::string next_incident_id();
    [[nodiscard]] std::string next_maintenance_id();

    /// For IncidentEngine::restore.
    [[nodiscard]] core::Result<IncidentRestore> live_incidents();
    /// Which notifiers have been told of each incident that is not closed.
    [[nodiscard]] core::Result<std::map<std::string, std::set<std::string>>> incidents_told();
    /// Newest first, without timelines.
    [[nodiscard]] core::Result<std::vector<core::Incident>> incidents(const IncidentQuery& query);
    /// Whole; NotFound where there is none.
    [[nodiscard]] core::Result<core::Incident> incident(const std::string& id);

    /// Alarms open at the last commit, each as its last transition, oldest first.
    [[nodiscard]] core::Result<std::vector<core::AlarmTransition>> open_alarms();
    /// Which notifiers have been told of each open alarm.
    [[nodiscard]] core::Result<std::map<std::string, std::set<std::string>>> told();
    /// Transitions, newest first, of all alarms or of one.
    [[nodiscard]] core::Result<std::vector<core::AlarmTransition>> history(std::int64_t limit,
                                                                           const std::string& alarm_id = {});
    /// Deliveries still owed, in the order they were committed.
    [[nodiscard]] core::Result<std::vector<PendingDelivery>> pending();
    /// NotFound where the history no longer has it.
    [[nodiscard]] core::Result<Notice> notice(const std::string& event_id);
    /// Newest first.
    [[nodiscard]] core::Result<std::vector<AuditEntry>> audit(std::int64_t limit);
    [[nodiscard]] core::Result<std::map<std::string, core::AirState>> forced_air();
    [[nodiscard]] core::Result<std::map<std::string, std::int64_t>> counters();
    /// The newest Batch::alive: when a probe that was killed was last seen. Nothing: never.
    [[nodiscard]] core::Result<std::optional<core::UtcTime>> last_alive();
    /// Each stream's newest row of the watch log.
    [[nodiscard]] core::Result<std::vector<WatchChange>> watched_streams();
    /// As of the last commit; reports print it.
    [[nodiscard]] const AuditHead& audit_chain_head() const;

    /// What `notifier`'s receiver called the alarm, by name.
    [[nodiscard]] core::Result<std::map<std::string, std::string>> tickets(const std::string& notifier,
                                                                           const std::string& alarm);

    /// Deletes a bounded part of what is older than the options keep: never an open alarm, never what is owed.
    /// @return rows deleted; call again while it is not 0.
    [[nodiscard]] core::Result<std::int64_t> prune(core::UtcTime now);

    /// Where open() put a damaged file; empty: the file was sound.
    [[nodiscard]] const std::string& set_aside() const;

private:
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace sightline::incidents
