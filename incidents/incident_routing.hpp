// SPDX-License-Identifier: Apache-2.0
// Who hears of which incident.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "incidents/receivers.hpp"
#include "incidents/records.hpp"

namespace sightline::incidents {

/// Chooses among the notifiers that want incidents (`about: incidents`), by severity, stream, path, tags and time of
/// day. One that was told of an incident hears of it to its end. One that an escalation names hears of an incident from
/// that step on only.
///
/// Threading: one thread.
class IncidentRouting {
public:
    void configure(const config::Config& config);
    void restore(std::map<std::string, std::set<std::string>> told) { told_.restore(std::move(told)); }
    /// Call once for each notice, in order.
    [[nodiscard]] std::vector<std::string> route(const Notice& notice, core::UtcTime now);
    /// Incidents that are not closed and that `notifier` was told of.
    [[nodiscard]] std::vector<std::string> told(const std::string& notifier) const { return told_.told(notifier); }

private:
    [[nodiscard]] bool wants(const Receiver& receiver, const Notice& notice, core::UtcTime now) const;

    std::vector<Receiver> receivers_;
    std::vector<config::EscalationStep> escalate_;
    ToldBook told_;  // by incident
};

/// What a receiver of an incident is told beside it.
[[nodiscard]] AlarmFacts incident_facts(const core::Incident& incident, const config::Config& config,
                                        const std::string& links_base);

}  // namespace sightline::incidents
