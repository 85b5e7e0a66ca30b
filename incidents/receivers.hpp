// SPDX-License-Identifier: Apache-2.0
// What the routing of alarms and that of incidents share: receivers with their hours, and who was told of what stands.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "alarms/calendar.hpp"
#include "config/config.hpp"

namespace sightline::incidents {

[[nodiscard]] bool contains(const std::vector<std::string>& list, const std::string& item);

struct Receiver {
    config::Notifier notifier;
    std::optional<alarms::WeeklyCalendar> hours;

    /// It may be told something new at `now`.
    [[nodiscard]] bool awake(core::UtcTime now) const;
    /// Every tag that it names has one of its values.
    [[nodiscard]] bool has_tags(const std::map<std::string, std::string>& tags) const;
};
/// Those of `notifiers` that want to hear `about`. A zone that the machine no longer knows counts as UTC: the loader
/// has refused it.
[[nodiscard]] std::vector<Receiver> receivers_of(const std::vector<config::Notifier>& notifiers,
                                                 config::NotifyAbout about);

/// Which receivers have been told of what stands: an alarm or an incident, by its id.
///
/// Threading: one thread.
class ToldBook {
public:
    void restore(std::map<std::string, std::set<std::string>> told) { told_ = std::move(told); }
    [[nodiscard]] bool knows(const std::string& id, const std::string& receiver) const;
    /// They hear of it now. `over`: for the last time.
    void note(const std::string& id, const std::vector<std::string>& hearing, bool over);
    /// Ids that `receiver` was told of.
    [[nodiscard]] std::vector<std::string> told(const std::string& receiver) const;

private:
    std::map<std::string, std::set<std::string>> told_;
};

}  // namespace sightline::incidents
