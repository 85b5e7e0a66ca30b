// SPDX-License-Identifier: Apache-2.0
#include "incidents/incident_routing.hpp"

#include <algorithm>

namespace sightline::incidents {

void IncidentRouting::configure(const config::Config& config) {
    receivers_ = receivers_of(config.notify, config::NotifyAbout::Incidents);
    escalate_ = config.incidents.escalate;
}

bool IncidentRouting::wants(const Receiver& receiver, const Notice& notice, core::UtcTime now) const {
    const config::Notifier& notifier = receiver.notifier;
    if (!asks_attention(notice.reason)) return false;  // the sequel of what it was never told
    const core::Incident& incident = *notice.incident;
    if (!notifier.severities.empty() && notifier.severities.count(incident.severity) == 0) return false;
    const bool about =
        notifier.streams.empty() || incident.alarms.empty() ||
        std::any_of(incident.alarms.begin(), incident.alarms.end(),
                    [&](const core::IncidentAlarm& alarm) { return contains(notifier.streams, alarm.stream); });
    if (!about) return false;
    if (!notifier.paths.empty() && !contains(notifier.paths, incident.path)) return false;
    if (!receiver.has_tags(incident.tags) || !receiver.awake(now)) return false;
    bool named = false;
    for (std::size_t n = 0; n < escalate_.size(); ++n) {
        if (!contains(escalate_[n].notify, notifier.name)) continue;
        if (notice.escalation == static_cast<int>(n) + 1) return true;
        named = true;
    }
    return !named && notice.reason != NoticeReason::Escalated;
}

std::vector<std::string> IncidentRouting::route(const Notice& notice, core::UtcTime now) {
    const std::string& id = notice.incident->id;
    std::vector<std::string> hearing;
    for (const Receiver& receiver : receivers_) {
        const std::string& name = receiver.notifier.name;
        // An escalation calls its own step only; the others know already.
        const bool sequel = told_.knows(id, name) && notice.reason != NoticeReason::Escalated;
        if (sequel || wants(receiver, notice, now)) hearing.push_back(name);
    }
    told_.note(id, hearing, notice.incident->state == core::IncidentState::Closed);
    return hearing;
}

AlarmFacts incident_facts(const core::Incident& incident, const config::Config& config, const std::string& links_base) {
    AlarmFacts facts;
    facts.probe = config.probe;
    facts.path = incident.path;
    facts.tags = incident.tags;
    facts.runbook = incident.runbook;
    if (links_base.empty()) return facts;
    facts.links["incident"] = links_base + "/api/v1/incidents/" + incident.id;
    const bool stream = std::any_of(config.streams.begin(), config.streams.end(),
                                    [&](const core::StreamSpec& spec) { return spec.id == incident.cause.stream; });
    if (stream) facts.links["thumbnail"] = links_base + "/api/v1/streams/" + incident.cause.stream + "/thumbnail.jpg";
    return facts;
}

}  // namespace sightline::incidents
