// SPDX-License-Identifier: Apache-2.0
#include "incidents/incident_routing.hpp"

#include <algorithm>

namespace sightline::incidents {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

void IncidentRouting::configure(const config::Config& config) {
    receivers_.clear();
    for (const config::Notifier& notifier : config.notify) {
        if (notifier.about != config::NotifyAbout::Incidents) continue;
        Receiver receiver{notifier, std::nullopt};
        if (notifier.hours) {
            core::AirCalendar plan = *notifier.hours;
            auto calendar = alarms::WeeklyCalendar::load(plan);
            receiver.hours = calendar ? std::move(*calendar) : alarms::WeeklyCalendar(std::move(plan), {});
        }
        receivers_.push_back(std::move(receiver));
    }
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
    const bool tagged = std::all_of(notifier.tags.begin(), notifier.tags.end(), [&](const auto& wanted) {
        const auto found = incident.tags.find(wanted.first);
        return found != incident.tags.end() && contains(wanted.second, found->second);
    });
    if (!tagged || (receiver.hours && receiver.hours->at(now) != core::AirState::OnAir)) return false;
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
    const auto told = told_.find(id);
    std::vector<std::string> hearing;
    for (const Receiver& receiver : receivers_) {
        const std::string& name = receiver.notifier.name;
        const bool knows = told != told_.end() && told->second.count(name) == 1;
        // An escalation calls its own step only; the others know already.
        const bool sequel = knows && notice.reason != NoticeReason::Escalated;
        if (sequel || wants(receiver, notice, now)) hearing.push_back(name);
    }
    if (notice.incident->state == core::IncidentState::Closed) {
        told_.erase(id);
    } else if (!hearing.empty()) {
        told_[id].insert(hearing.begin(), hearing.end());
    }
    return hearing;
}

std::vector<std::string> IncidentRouting::told(const std::string& notifier) const {
    std::vector<std::string> ids;
    for (const auto& [incident, names] : told_) {
        if (names.count(notifier) == 1) ids.push_back(incident);
    }
    return ids;
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
