// SPDX-License-Identifier: Apache-2.0
#include "incidents/receivers.hpp"

#include <algorithm>

namespace sightline::incidents {

bool contains(const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

bool Receiver::awake(core::UtcTime now) const {
    return !hours || hours->at(now) == core::AirState::OnAir;
}

bool Receiver::has_tags(const std::map<std::string, std::string>& tags) const {
    return std::all_of(notifier.tags.begin(), notifier.tags.end(), [&](const auto& wanted) {
        const auto found = tags.find(wanted.first);
        return found != tags.end() && contains(wanted.second, found->second);
    });
}

std::vector<Receiver> receivers_of(const std::vector<config::Notifier>& notifiers, config::NotifyAbout about) {
    std::vector<Receiver> receivers;
    for (const config::Notifier& notifier : notifiers) {
        if (notifier.about != about) continue;
        Receiver receiver{notifier, std::nullopt};
        if (notifier.hours) {
            core::AirCalendar plan = *notifier.hours;
            auto calendar = alarms::WeeklyCalendar::load(plan);
            receiver.hours = calendar ? std::move(*calendar) : alarms::WeeklyCalendar(std::move(plan), {});
        }
        receivers.push_back(std::move(receiver));
    }
    return receivers;
}

bool ToldBook::knows(const std::string& id, const std::string& receiver) const {
    const auto told = told_.find(id);
    return told != told_.end() && told->second.count(receiver) == 1;
}

void ToldBook::note(const std::string& id, const std::vector<std::string>& hearing, bool over) {
    if (over) {
        told_.erase(id);
    } else if (!hearing.empty()) {
        told_[id].insert(hearing.begin(), hearing.end());
    }
}

std::vector<std::string> ToldBook::told(const std::string& receiver) const {
    std::vector<std::string> ids;
    for (const auto& [id, receivers] : told_) {
        if (receivers.count(receiver) == 1) ids.push_back(id);
    }
    return ids;
}

}  // namespace sightline::incidents
