// SPDX-License-Identifier: Apache-2.0
#include "incidents/routing.hpp"

#include <algorithm>

namespace sightline::incidents {

void Routing::configure(const std::vector<config::Notifier>& notifiers) {
    receivers_ = receivers_of(notifiers, config::NotifyAbout::Alarms);
}

bool Routing::wants(const Receiver& receiver, const core::AlarmTransition& alarm, const AlarmFacts& facts,
                    core::UtcTime now) {
    const config::Notifier& notifier = receiver.notifier;
    if (alarm.state == core::AlarmState::Cleared) return false;  // the end of what it was never told
    if (!notifier.streams.empty() && !contains(notifier.streams, alarm.stream)) return false;
    if (!notifier.paths.empty() && !contains(notifier.paths, facts.path)) return false;
    if (!receiver.has_tags(facts.tags) || !receiver.awake(now)) return false;
    return notifier.severities.empty() || notifier.severities.count(alarm.severity) == 1;
}

std::vector<std::string> Routing::route(const core::AlarmTransition& alarm, const AlarmFacts& facts,
                                        core::UtcTime now) {
    std::vector<std::string> hearing;
    for (const Receiver& receiver : receivers_) {
        const std::string& name = receiver.notifier.name;
        if (told_.knows(alarm.id, name) || wants(receiver, alarm, facts, now)) hearing.push_back(name);
    }
    told_.note(alarm.id, hearing, alarm.state == core::AlarmState::Cleared);
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

std::string links_base_of(const config::Config& config) {
    const std::size_t colon = config.api_listen.rfind(':');
    if (colon == std::string::npos) return {};
    const std::string port = config.api_listen.substr(colon);
    const std::string host = config.api_hosts.empty() ? config.api_listen.substr(0, colon) : config.api_hosts.front();
    if (port == ":0" || host == "0.0.0.0" || host == "[::]" || host.empty()) return {};
    return (config.api_certificate.empty() ? "http://" : "https://") + host + port;
}

}  // namespace sightline::incidents
