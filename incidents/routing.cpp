// SPDX-License-Identifier: Apache-2.0
#include "incidents/routing.hpp"

#include <algorithm>

namespace sightline::incidents {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

bool has_tags(const config::Notifier& notifier, const AlarmFacts& facts) {
    return std::all_of(notifier.tags.begin(), notifier.tags.end(), [&](const auto& wanted) {
        const auto found = facts.tags.find(wanted.first);
        return found != facts.tags.end() && contains(wanted.second, found->second);
    });
}

}  // namespace

void Routing::configure(const std::vector<config::Notifier>& notifiers) {
    receivers_.clear();
    for (const config::Notifier& notifier : notifiers) {
        Receiver receiver{notifier, std::nullopt};
        if (notifier.hours) {
            core::AirCalendar plan = *notifier.hours;
            auto calendar = alarms::WeeklyCalendar::load(plan);
            receiver.hours = calendar ? std::move(*calendar) : alarms::WeeklyCalendar(std::move(plan), {});
        }
        receivers_.push_back(std::move(receiver));
    }
}

bool Routing::wants(const Receiver& receiver, const core::AlarmTransition& alarm, const AlarmFacts& facts,
                    core::UtcTime now) {
    const config::Notifier& notifier = receiver.notifier;
    if (notifier.about != config::NotifyAbout::Alarms) return false;
    if (alarm.state == core::AlarmState::Cleared) return false;  // the end of what it was never told
    if (!notifier.streams.empty() && !contains(notifier.streams, alarm.stream)) return false;
    if (!notifier.paths.empty() && !contains(notifier.paths, facts.path)) return false;
    if (!has_tags(notifier, facts)) return false;
    if (receiver.hours && receiver.hours->at(now) != core::AirState::OnAir) return false;
    return notifier.severities.empty() || notifier.severities.count(alarm.severity) == 1;
}

std::vector<std::string> Routing::route(const core::AlarmTransition& alarm, const AlarmFacts& facts,
                                        core::UtcTime now) {
    std::vector<std::string> hearing;
    const auto told = told_.find(alarm.id);
    for (const Receiver& receiver : receivers_) {
        const std::string& name = receiver.notifier.name;
        const bool knows = told != told_.end() && told->second.count(name) == 1;
        if (knows || wants(receiver, alarm, facts, now)) hearing.push_back(name);
    }
    if (alarm.state == core::AlarmState::Cleared) {
        told_.erase(alarm.id);
    } else if (!hearing.empty()) {
        told_[alarm.id].insert(hearing.begin(), hearing.end());
    }
    return hearing;
}

std::vector<std::string> Routing::told(const std::string& notifier) const {
    std::vector<std::string> ids;
    for (const auto& [alarm, names] : told_) {
        if (names.count(notifier) == 1) ids.push_back(alarm);
    }
    return ids;
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
