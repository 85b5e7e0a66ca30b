// SPDX-License-Identifier: Apache-2.0
// A probe that the tests write themselves, and that remembers what it was asked to do.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/backend.hpp"

namespace sightline::api {

class FakeBackend final : public Backend {
public:
    /// Nobody else keeps it, as where the loop has published another one meanwhile.
    std::shared_ptr<const engine::ProbeState> state() override {
        return snapshot ? std::make_shared<const engine::ProbeState>(*snapshot) : nullptr;
    }
    engine::EventLog& events() override { return log; }
    core::Result<void> set_air(const std::string& stream, std::optional<core::AirState> state,
                               const std::string& actor) override {
        done.push_back("air " + stream + " " + (state ? core::name(*state) : "calendar") + " by " + actor);
        if (error) return tl::unexpected(*error);
        return {};
    }
    core::Result<void> focus(const std::string& stream, bool wanted) override {
        done.push_back("focus " + stream + (wanted ? " yes" : " no"));
        if (error) return tl::unexpected(*error);
        return {};
    }
    core::Result<std::vector<config::Path>> paths() override {
        if (error) return tl::unexpected(*error);
        return known_paths;
    }
    core::Result<std::vector<engine::MeasurementLimit>> limits(const std::string& stream) override {
        done.push_back("limits " + stream);
        if (error) return tl::unexpected(*error);
        return known_limits;
    }
    core::Result<std::vector<core::AlarmTransition>> history(std::int64_t limit) override {
        done.push_back("history " + std::to_string(limit));
        if (error) return tl::unexpected(*error);
        return past;
    }

    void note(const std::string& actor, const std::string& action, const std::string& subject,
              const std::string& detail) override {
        done.push_back("note " + actor + " " + action + " " + subject + " " + detail);
    }
    core::Result<std::vector<incidents::AuditEntry>> audit(std::int64_t limit) override {
        done.push_back("audit " + std::to_string(limit));
        if (error) return tl::unexpected(*error);
        return log_entries;
    }

    core::Result<std::vector<core::Incident>> incidents(const incidents::IncidentQuery& query) override {
        asked = query;
        if (error) return tl::unexpected(*error);
        return std::vector<core::Incident>{one};
    }
    core::Result<core::Incident> incident(const std::string& id) override {
        done.push_back("show " + id);
        if (error) return tl::unexpected(*error);
        return one;
    }
    core::Result<engine::EvidenceView> evidence(const std::string& incident) override {
        done.push_back("evidence " + incident);
        if (error) return tl::unexpected(*error);
        return kept;
    }
    core::Result<std::shared_ptr<const incidents::OwnedFd>> evidence_file(const std::string& incident,
                                                                          const std::string& name) override {
        done.push_back("file " + incident + " " + name);
        if (error) return tl::unexpected(*error);
        return std::make_shared<const incidents::OwnedFd>();
    }
    core::Result<core::Incident> act(const incidents::IncidentCommand& command) override {
        done.push_back(std::string(incidents::name(command.kind)) + " " + command.incident + " by " + command.actor +
                       " (" + command.via + ") " + command.text + " " + core::to_text(command.duration));
        if (error) return tl::unexpected(*error);
        return one;
    }
    core::Result<std::vector<incidents::MaintenanceWindow>> maintenance() override { return windows; }
    core::Result<incidents::MaintenanceWindow> add_maintenance(const incidents::MaintenanceWindow& window,
                                                               const std::string& caller) override {
        done.push_back("plan " + window.name + " by " + window.who + " (" + caller + ")");
        if (error) return tl::unexpected(*error);
        windows.push_back(window);
        return window;
    }
    core::Result<void> remove_maintenance(const std::string& id, const std::string& actor) override {
        done.push_back("unplan " + id + " by " + actor);
        if (error) return tl::unexpected(*error);
        return {};
    }
    std::pair<int, std::string> pagerduty(const std::string& body, const std::string& signatures) override {
        done.push_back("pagerduty " + body + " " + signatures);
        return said;
    }
    std::pair<int, std::string> said{200, "done"};
    core::Result<incidents::Report> report(const incidents::ReportWish& wish) override {
        done.push_back(std::string("report ") + incidents::name(wish.kind) + " " + wish.date + " " + wish.zone);
        if (error) return tl::unexpected(*error);
        return incidents::Report{};
    }
    core::Result<std::vector<incidents::WatchChange>> watch_log(const std::string& stream,
                                                                core::UtcTime from) override {
        done.push_back("watch " + stream + " " + core::to_rfc3339(from));
        if (error) return tl::unexpected(*error);
        return watch;
    }
    std::vector<incidents::WatchChange> watch;
    core::UtcTime now_utc{std::chrono::seconds{1'795'262'400}};
    [[nodiscard]] core::UtcTime now() override { return now_utc; }

    core::Incident one;
    engine::EvidenceView kept;
    std::vector<config::Path> known_paths;
    std::vector<engine::MeasurementLimit> known_limits;
    incidents::IncidentQuery asked;
    std::vector<incidents::MaintenanceWindow> windows;
    std::vector<incidents::AuditEntry> log_entries;
    std::shared_ptr<engine::ProbeState> snapshot = std::make_shared<engine::ProbeState>();
    engine::EventLog log;
    std::vector<core::AlarmTransition> past;
    std::vector<std::string> done;
    std::optional<core::Error> error;  ///< what everything that is asked fails with
};

}  // namespace sightline::api
