// SPDX-License-Identifier: Apache-2.0
// What the API needs of a running probe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "core/result.hpp"
#include "core/stream_spec.hpp"
#include "engine/event_log.hpp"
#include "engine/evidence_view.hpp"
#include "engine/limits.hpp"
#include "engine/state.hpp"
#include "incidents/owned_fd.hpp"
#include "incidents/records.hpp"
#include "incidents/report_source.hpp"

namespace sightline::api {

/// Threading: any thread. The functions that change or query something wait for the probe's loop, 2 s at most.
class Backend {
public:
    virtual ~Backend() = default;
    [[nodiscard]] virtual std::shared_ptr<const engine::ProbeState> state() = 0;
    [[nodiscard]] virtual engine::EventLog& events() = 0;
    virtual core::Result<void> set_air(const std::string& stream, std::optional<core::AirState> state,
                                       const std::string& actor) = 0;
    /// A line for the audit log, without waiting for it.
    virtual void note(const std::string& actor, const std::string& action, const std::string& subject,
                      const std::string& detail) = 0;
    /// Newest first.
    [[nodiscard]] virtual core::Result<std::vector<incidents::AuditEntry>> audit(std::int64_t limit) = 0;
    [[nodiscard]] virtual core::Result<std::vector<core::Incident>> incidents(
        const incidents::IncidentQuery& query) = 0;
    /// Whole, with its timeline. NotFound.
    [[nodiscard]] virtual core::Result<core::Incident> incident(const std::string& id) = 0;
    /// What is kept of an incident.
    [[nodiscard]] virtual core::Result<engine::EvidenceView> evidence(const std::string& incident) = 0;
    /// Opens a file of it for reading. NotFound.
    [[nodiscard]] virtual core::Result<std::shared_ptr<const incidents::OwnedFd>> evidence_file(
        const std::string& incident, const std::string& name) = 0;
    /// Does it and writes who did it into the audit log. @return the incident as it is then; NotFound, Refused (its
    /// state does not allow it), InvalidConfig.
    virtual core::Result<core::Incident> act(const incidents::IncidentCommand& command) = 0;
    [[nodiscard]] virtual core::Result<std::vector<incidents::MaintenanceWindow>> maintenance() = 0;
    /// With its id. InvalidConfig.
    virtual core::Result<incidents::MaintenanceWindow> add_maintenance(const incidents::MaintenanceWindow& window,
                                                                       const std::string& caller) = 0;
    virtual core::Result<void> remove_maintenance(const std::string& id, const std::string& actor) = 0;
    /// A signed webhook of PagerDuty, applied. @return the HTTP status to answer with, and why.
    virtual std::pair<int, std::string> pagerduty(const std::string& body, const std::string& signatures) = 0;
    /// Reads the store beside the probe: does not hold up its loop.
    [[nodiscard]] virtual core::Result<incidents::Report> report(const incidents::ReportWish& wish) = 0;
    [[nodiscard]] virtual core::UtcTime now() = 0;
    [[nodiscard]] virtual core::Result<std::vector<config::Path>> paths() = 0;
    /// Of one stream's rules. NotFound.
    [[nodiscard]] virtual core::Result<std::vector<engine::MeasurementLimit>> limits(const std::string& stream) = 0;
    /// Reads the store beside the probe, as report() does: `stream` from `from` to now, oldest first, one change
    /// before.
    [[nodiscard]] virtual core::Result<std::vector<incidents::WatchChange>> watch_log(const std::string& stream,
                                                                                      core::UtcTime from) = 0;
    virtual core::Result<void> focus(const std::string& stream, bool wanted) = 0;
    /// Newest transitions first.
    [[nodiscard]] virtual core::Result<std::vector<core::AlarmTransition>> history(std::int64_t limit) = 0;
};

}  // namespace sightline::api
