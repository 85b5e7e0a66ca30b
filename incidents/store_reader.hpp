// SPDX-License-Identifier: Apache-2.0
// The store as others read it beside the probe that writes it: lists, reports, the audit log.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/incident.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "incidents/audit_chain.hpp"
#include "incidents/records.hpp"

namespace sightline::incidents {

/// One alarm as reports need it.
struct ReportAlarm {
    std::string id, stream, rule;
    core::UtcTime since{};
    std::optional<core::UtcTime> until;              ///< empty: still open
    core::Severity worst = core::Severity::Warning;  ///< that it ever had
};

/// Everything a store knows about a period.
struct PeriodRecord {
    std::vector<core::Incident> incidents;  ///< opened before the period's end and not over before its start; whole
    std::vector<ReportAlarm> alarms;        ///< that were open at some time of the period, oldest first
    std::vector<WatchChange> watch;         ///< up to the period's end, with each stream's last one before its start
    AuditHead head;
};

/// A store that is read while somebody else may be writing it. What every kind of store promises of it,
/// tests/unit/incidents/store_conformance.hpp checks.
///
/// Each call sees what was committed at one moment, and keeps nobody from writing.
///
/// Threading: one thread. Blocks for the disk.
/// Errors:    Io, TryAgain, Corrupt, Unsupported as Store has them.
class StoreReader {
public:
    /// The SQLite file `path`, as its Store has made it. NotFound where there is none.
    [[nodiscard]] static core::Result<std::unique_ptr<StoreReader>> open(const std::string& path);
    virtual ~StoreReader() = default;
    StoreReader(const StoreReader&) = delete;
    StoreReader& operator=(const StoreReader&) = delete;

    /// Newest first, without timelines, with up to 100 alarms each.
    [[nodiscard]] virtual core::Result<std::vector<core::Incident>> incidents(const IncidentQuery& query) = 0;
    /// Whole; NotFound where there is none.
    [[nodiscard]] virtual core::Result<core::Incident> incident(const std::string& id) = 0;
    /// [from, to), with watch_log() of each of `streams`.
    [[nodiscard]] virtual core::Result<PeriodRecord> period(core::UtcTime from, core::UtcTime to,
                                                            const std::vector<std::string>& streams) = 0;
    /// When `stream` was watched in [from, to), oldest first: its changes then, and the one before them, which says how
    /// it began. Without one nobody watched yet.
    [[nodiscard]] virtual core::Result<std::vector<WatchChange>> watch_log(const std::string& stream,
                                                                           core::UtcTime from, core::UtcTime to) = 0;
    /// Reads every entry again. `known_head`: a hash that an earlier report printed, to be found among entries and
    /// checkpoints; without one, nobody can tell a log that was replaced as a whole.
    [[nodiscard]] virtual core::Result<AuditVerdict> verify_audit(const std::string& known_head) = 0;

protected:
    StoreReader() = default;
};

}  // namespace sightline::incidents
