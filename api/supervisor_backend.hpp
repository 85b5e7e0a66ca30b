// SPDX-License-Identifier: Apache-2.0
// The running probe as the API sees it: snapshots are read, changes go through its loop.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "api/backend.hpp"
#include "engine/supervisor.hpp"
#include "incidents/pagerduty_inbound.hpp"

namespace sightline::api {

/// Threading: any thread; close() before the loop stops running for good.
class SupervisorBackend final : public Backend {
public:
    /// On the loop's thread.
    explicit SupervisorBackend(engine::Supervisor& supervisor)
        : supervisor_(supervisor),
          store_(supervisor.config().store_sqlite),
          inbound_(std::make_shared<incidents::PagerDutyInbound>(supervisor.config().api_pagerduty_secrets)) {}
    std::shared_ptr<const engine::ProbeState> state() override { return supervisor_.state(); }
    engine::EventLog& events() override { return supervisor_.events(); }
    core::Result<void> set_air(const std::string& stream, std::optional<core::AirState> state,
                               const std::string& actor) override;
    core::Result<std::vector<config::Path>> paths() override;
    core::Result<std::vector<engine::MeasurementLimit>> limits(const std::string& stream) override;
    core::Result<void> focus(const std::string& stream, bool wanted) override;
    core::Result<std::vector<core::AlarmTransition>> history(std::int64_t limit) override;
    void note(const std::string& actor, const std::string& action, const std::string& subject,
              const std::string& detail) override;
    core::Result<std::vector<incidents::AuditEntry>> audit(std::int64_t limit) override;
    core::Result<std::vector<core::Incident>> incidents(const incidents::IncidentQuery& query) override;
    core::Result<core::Incident> incident(const std::string& id) override;
    core::Result<engine::EvidenceView> evidence(const std::string& incident) override;
    core::Result<std::shared_ptr<const incidents::OwnedFd>> evidence_file(const std::string& incident,
                                                                          const std::string& name) override;
    core::Result<core::Incident> act(const incidents::IncidentCommand& command) override;
    core::Result<std::vector<incidents::MaintenanceWindow>> maintenance() override;
    core::Result<incidents::MaintenanceWindow> add_maintenance(const incidents::MaintenanceWindow& window,
                                                               const std::string& caller) override;
    core::Result<void> remove_maintenance(const std::string& id, const std::string& actor) override;
    std::pair<int, std::string> pagerduty(const std::string& body, const std::string& signatures) override;
    core::Result<incidents::Report> report(const incidents::ReportWish& wish) override;
    core::Result<std::vector<incidents::WatchChange>> watch_log(const std::string& stream, core::UtcTime from) override;
    core::UtcTime now() override { return supervisor_.loop().clock().utc(); }
    /// Nobody waits any longer; later calls are refused.
    void close();

private:
    /// One call on its way through the loop.
    struct Gate {
        std::mutex mutex;  // guards closed
        std::condition_variable changed;
        bool closed = false;
    };
    template <class T>
    core::Result<T> ask(std::function<core::Result<T>()> call);
    using Shelf = std::shared_ptr<const incidents::EvidenceShelf>;
    core::Result<Shelf> shelf();

    engine::Supervisor& supervisor_;
    const std::string store_;
    const std::shared_ptr<incidents::PagerDutyInbound> inbound_;  // the loop's
    std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
};

}  // namespace sightline::api
