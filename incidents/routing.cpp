// SPDX-License-Identifier: Apache-2.0
#include "incidents/routing.hpp"

#include <algorithm>

namespace sightline::incidents {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

bool wants(const config::Notifier& notifier, const core::AlarmTransition& alarm) {
    if (!notifier.streams.empty() && !contains(notifier.streams, alarm.stream)) return false;
    if (alarm.state == core::AlarmState::Cleared) return false;  // the end of what it was never told
    return notifier.severities.empty() || notifier.severities.count(alarm.severity) == 1;
}

}  // namespace

std::vector<std::string> Routing::route(const core::AlarmTransition& alarm) {
    std::vector<std::string> hearing;
    const auto told = told_.find(alarm.id);
    for (const config::Notifier& notifier : notifiers_) {
        const bool knows = told != told_.end() && told->second.count(notifier.name) == 1;
        if (knows || wants(notifier, alarm)) hearing.push_back(notifier.name);
    }
    if (alarm.state == core::AlarmState::Cleared) {
        told_.erase(alarm.id);
    } else if (!hearing.empty()) {
        told_[alarm.id].insert(hearing.begin(), hearing.end());
    }
    return hearing;
}

AlarmFacts facts_of(const core::AlarmTransition& alarm, const config::Config& config, const std::string& links_base) {
    AlarmFacts facts;
    facts.probe = config.probe;
    for (const config::Path& path : config.paths) {
        const bool on_it = std::any_of(path.points.begin(), path.points.end(), [&](const config::PathPoint& point) {
            return contains(point.any_of, alarm.stream);
        });
        if (!on_it) continue;
        facts.path = path.id;
        break;
    }
    if (!links_base.empty()) facts.links["alarms"] = links_base + "/api/v1/alarms";
    for (const core::StreamSpec& stream : config.streams) {
        if (stream.id != alarm.stream) continue;
        facts.tags = stream.tags;
        facts.runbook = stream.runbook;
        if (!links_base.empty()) {
            facts.links["thumbnail"] = links_base + "/api/v1/streams/" + stream.id + "/thumbnail.jpg";
        }
        break;
    }
    return facts;
}

}  // namespace sightline::incidents
