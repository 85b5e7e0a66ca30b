// SPDX-License-Identifier: Apache-2.0
// The IncidentEngine: correlation over all that lives, lifecycle of each incident, floods, maintenance.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "incidents/correlation.hpp"
#include "incidents/flood_watch.hpp"
#include "incidents/incident_case.hpp"
#include "incidents/incident_engine.hpp"
#include "incidents/maintenance.hpp"
#include "incidents/topology.hpp"

namespace sightline::incidents {

class CorrelatingEngine final : public IncidentEngine {
public:
    explicit CorrelatingEngine(IncidentIds ids) : ids_(std::move(ids)) {}

    void configure(const config::Config& config) override;
    void restore(IncidentRestore stored, core::UtcTime now) override;
    void take(const core::AlarmTransition& alarm) override;
    IncidentOutcome step(core::UtcTime now) override;
    core::Result<void> command(const IncidentCommand& command, core::UtcTime now) override;
    void remark(const std::string& incident, std::string kind, std::string text, core::UtcTime now) override;
    core::Result<MaintenanceWindow> add_maintenance(MaintenanceWindow window, core::UtcTime now) override;
    core::Result<void> remove_maintenance(const std::string& id, core::UtcTime now) override;
    const std::vector<MaintenanceWindow>& maintenance() const override { return calendar_.windows(); }
    std::vector<std::shared_ptr<const core::Incident>> current() const override;
    bool flood() const override { return watch_.flood(); }
    std::optional<core::UtcTime> next_due() const override { return next_due_; }

private:
    using Cases = std::map<std::uint64_t, IncidentCase>;  // by order of opening

    void apply_taken(core::UtcTime now);
    void apply(const core::AlarmTransition& transition, core::UtcTime now);
    // Correlation (regrouping.cpp):
    void regroup(core::UtcTime now);
    [[nodiscard]] std::vector<LiveAlarm> live_alarms(core::UtcTime now) const;
    [[nodiscard]] std::vector<std::uint64_t> keepers(const std::vector<AlarmGroup>& groups,
                                                     const std::vector<LiveAlarm>& live) const;
    IncidentCase& home(const AlarmGroup& group, std::size_t index, const std::vector<std::uint64_t>& keeper,
                       const std::vector<LiveAlarm>& live, core::UtcTime now);
    void merge(IncidentCase& from, IncidentCase& into, core::UtcTime now);
    IncidentCase& open_case(const AlarmGroup& group, const std::vector<LiveAlarm>& live, core::UtcTime now);
    void settle(IncidentCase& into, const AlarmGroup& group, const std::vector<LiveAlarm>& live, core::UtcTime now);
    void say_joined(IncidentCase& into, const std::vector<const AlarmGroup::Member*>& fresh,
                    const std::vector<LiveAlarm>& live, core::UtcTime now);
    void say_cause(IncidentCase& into, const AlarmGroup& group, core::UtcTime now);
    // From alarms to the record:
    void refresh(IncidentCase& one, core::UtcTime now);
    void refresh_maintenance(IncidentCase& one, core::UtcTime now);
    void refresh_facts(IncidentCase& one);
    void advance_cases(core::UtcTime now, IncidentOutcome& out);
    // Floods (flood_digest.cpp):
    void advance_flood(core::UtcTime now, IncidentOutcome& out);
    void open_flood(core::UtcTime now);
    void restore_flood(core::UtcTime now);
    void hold(const IncidentCase& one);
    void digest(core::UtcTime now, IncidentOutcome& out);
    void collect(IncidentOutcome& out);
    void forget_closed();
    void plan_next(core::UtcTime now);
    [[nodiscard]] IncidentCase* find(const std::string& id);

    struct Known {
        LiveAlarm alarm;
        core::Severity current = core::Severity::Warning;
        bool redundant = false;  ///< its group's spare works: minor at most
        core::AlarmRole role = core::AlarmRole::Cause;
    };

    IncidentIds ids_;
    Topology topology_;
    std::vector<core::AlarmTransition> taken_;
    std::map<std::string, Known> alarms_;  // of all cases that live
    Cases cases_;
    std::map<std::string, std::uint64_t> order_of_;      // incident id -> key of cases_
    std::map<std::uint64_t, std::set<std::string>> in_;  // key of cases_ -> alarms
    std::set<std::uint64_t> touched_;                    // their alarms changed
    std::map<std::uint64_t, std::shared_ptr<const core::Incident>> shown_;
    std::vector<IncidentChange> gone_;  // changes of cases that are forgotten
    std::uint64_t next_order_ = 1;
    MaintenanceCalendar calendar_;
    bool maintenance_changed_ = false, maintenance_edited_ = false;
    std::optional<core::UtcTime> maintenance_due_;
    FloodWatch watch_;
    std::optional<std::uint64_t> flood_case_;
    std::optional<core::UtcTime> digest_due_, digest_told_;
    std::map<core::Severity, int> held_;                               // since the last digest
    std::vector<std::pair<core::Severity, std::string>> held_titles_;  // the worst first
    core::UtcTime now_{};
    std::optional<core::UtcTime> next_due_;
    bool asked_ = false;  // a command or reload since the last step
};

}  // namespace sightline::incidents
