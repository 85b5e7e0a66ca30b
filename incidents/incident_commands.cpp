// SPDX-License-Identifier: Apache-2.0
// CorrelatingEngine: what persons ask for.
#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "incidents/correlating_engine.hpp"

namespace sightline::incidents {
namespace {

using core::IncidentState;
using core::UtcTime;

constexpr std::size_t kMostName = 200, kMostText = 4'000;
constexpr core::Duration kLongestSnooze = std::chrono::hours{24 * 30};

tl::unexpected<core::Error> invalid(std::string what) {
    return core::fail(core::ErrorCode::InvalidConfig, std::move(what));
}
tl::unexpected<core::Error> refused(std::string what) {
    return core::fail(core::ErrorCode::Refused, std::move(what));
}

}  // namespace

const char* name(IncidentCommand::Kind kind) {
    switch (kind) {
        case IncidentCommand::Kind::Acknowledge:
            return "ack";
        case IncidentCommand::Kind::Unacknowledge:
            return "unack";
        case IncidentCommand::Kind::Snooze:
            return "snooze";
        case IncidentCommand::Kind::Unsnooze:
            return "unsnooze";
        case IncidentCommand::Kind::Note:
            return "note";
        case IncidentCommand::Kind::Assign:
            return "assign";
        case IncidentCommand::Kind::Resolve:
            return "resolve";
        case IncidentCommand::Kind::Close:
            return "close";
    }
    return "";
}

core::Result<void> CorrelatingEngine::command(const IncidentCommand& command, UtcTime now) {
    using Kind = IncidentCommand::Kind;
    now = std::max(now_, now);
    IncidentCase* one = find(command.incident);
    if (one == nullptr)
        return core::fail(core::ErrorCode::NotFound,
                          "no incident \"" + command.incident + "\", open or resolved lately");
    const std::string who = core::clean_utf8(command.actor), text = core::clean_utf8(command.text);
    if (who.empty() || who.size() > kMostName) return invalid("operator: missing, allowed are 1 to 200 bytes");
    if (text.size() > kMostText) return invalid("a text of more than 4000 bytes");
    const IncidentState state = one->data.state;
    const bool awake = state == IncidentState::Open || state == IncidentState::Acknowledged;
    const std::string is = one->data.id + " is " + core::name(state);
    asked_ = true;
    switch (command.kind) {
        case Kind::Acknowledge:
            if (state == IncidentState::Resolved && one->data.acknowledged_by.empty()) {
                one->see(who, text, now);
                break;
            }
            if (!awake) return refused(is + ": there is nothing to acknowledge");
            one->acknowledge(who, text, now);
            break;
        case Kind::Unacknowledge:
            if (state != IncidentState::Acknowledged) return refused(is + ", not acknowledged");
            one->unacknowledge(who, text, now);
            break;
        case Kind::Snooze:
            if (!awake) return refused(is + ": there is nothing to snooze");
            if (text.empty()) return invalid("reason: missing, allowed is a text");
            if (command.duration <= core::Duration::zero() || command.duration > kLongestSnooze)
                return invalid("for: allowed is a duration above 0 up to 30d");
            one->snooze(who, text, now + command.duration, now);
            break;
        case Kind::Unsnooze:
            if (!one->data.snoozed_until) return refused(one->data.id + " is not snoozed");
            one->unsnooze(who, text, now);
            break;
        case Kind::Note:
            if (text.empty()) return invalid("note: missing, allowed is a text");
            one->note(now, who, "note", text);
            break;
        case Kind::Assign:
            if (text.size() > kMostName) return invalid("owner: allowed are up to 200 bytes");
            one->data.owner = text;
            one->note(now, who, "assigned", text.empty() ? "nobody" : text);
            break;
        case Kind::Resolve:
            if (!awake) return refused(is + " already");
            if (one->any_open()) return refused(one->data.id + " has open alarms: acknowledge or snooze it");
            one->resolve(who, text, now);
            break;
        case Kind::Close:
            if (state != IncidentState::Resolved) return refused(is + ": only a resolved incident can be closed");
            one->close(who, text, now);
            break;
    }
    return {};
}

void CorrelatingEngine::remark(const std::string& incident, std::string kind, std::string text, UtcTime now) {
    IncidentCase* one = find(incident);
    if (one == nullptr) return;
    one->note(std::max(now_, now), "desk", std::move(kind), std::move(text));
    asked_ = true;
}

core::Result<MaintenanceWindow> CorrelatingEngine::add_maintenance(MaintenanceWindow window, UtcTime now) {
    if (auto sound = check(window); !sound) return tl::unexpected<core::Error>(sound.error());
    if (window.to && *window.to <= now) return invalid("to: allowed is a time in the future");
    window.id = ids_.next_maintenance();
    window.created = now;
    std::vector<MaintenanceWindow> windows = calendar_.windows();
    windows.push_back(window);
    calendar_ = MaintenanceCalendar(std::move(windows));
    maintenance_changed_ = maintenance_edited_ = asked_ = true;
    return window;
}

core::Result<void> CorrelatingEngine::remove_maintenance(const std::string& id, UtcTime now) {
    (void)now;
    std::vector<MaintenanceWindow> windows = calendar_.windows();
    const auto end =
        std::remove_if(windows.begin(), windows.end(), [&id](const auto& window) { return window.id == id; });
    if (end == windows.end()) return core::fail(core::ErrorCode::NotFound, "no maintenance is called \"" + id + '"');
    windows.erase(end, windows.end());
    calendar_ = MaintenanceCalendar(std::move(windows));
    maintenance_changed_ = maintenance_edited_ = asked_ = true;
    return {};
}

}  // namespace sightline::incidents
