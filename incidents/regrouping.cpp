// SPDX-License-Identifier: Apache-2.0
// CorrelatingEngine: from groups of alarms to incidents that keep their identity.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "incidents/correlating_engine.hpp"
#include "incidents/explanation.hpp"

namespace sightline::incidents {
namespace {

using core::IncidentState;

constexpr std::size_t kNamed = 5;  // alarms that one entry of a timeline names
constexpr std::uint64_t kNobody = 0;

}  // namespace

void CorrelatingEngine::regroup(core::UtcTime now) {
    const std::vector<LiveAlarm> live = live_alarms(now);
    std::map<std::string, std::string> resources;
    for (const auto& [order, one] : cases_) {
        if (one.live() && !one.memory.resource.empty()) resources[one.data.id] = one.memory.resource;
    }
    const std::vector<AlarmGroup> groups = correlate(topology_, live, resources);
    const std::vector<std::uint64_t> keeper = keepers(groups, live);
    for (std::size_t n = 0; n < groups.size(); ++n) {
        IncidentCase& into = home(groups[n], n, keeper, live, now);
        settle(into, groups[n], live, now);
    }
}

/// Those of incidents that can still grow, and those in none yet, in the order of ids.
std::vector<LiveAlarm> CorrelatingEngine::live_alarms(core::UtcTime now) const {
    std::vector<LiveAlarm> live;
    live.reserve(alarms_.size());
    for (const auto& [id, known] : alarms_) {
        const auto at = order_of_.find(known.alarm.incident);
        const bool grows = at == order_of_.end() || cases_.at(at->second).can_return(topology_.settings(), now);
        if (grows || !known.alarm.until) live.push_back(known.alarm);
    }
    return live;
}

/// Which group keeps each incident that its alarms were in: the one with most of them. @return by group, the incident
/// it goes on as; kNobody: a new one.
std::vector<std::uint64_t> CorrelatingEngine::keepers(const std::vector<AlarmGroup>& groups,
                                                      const std::vector<LiveAlarm>& live) const {
    std::map<std::uint64_t, std::map<std::size_t, std::size_t>> share;  // incident -> group -> alarms
    for (std::size_t n = 0; n < groups.size(); ++n) {
        for (const AlarmGroup::Member& member : groups[n].members) {
            const auto at = order_of_.find(live[member.alarm].incident);
            if (at != order_of_.end()) ++share[at->second][n];
        }
    }
    std::vector<std::uint64_t> keeper(groups.size(), kNobody);
    const auto rank = [this](std::uint64_t order) {
        const IncidentCase& one = cases_.at(order);
        const bool asleep = one.data.state == IncidentState::Resolved;
        return std::tuple(asleep, !one.memory.told, one.data.state != IncidentState::Acknowledged, order);
    };
    for (const auto& [incident, parts] : share) {
        const auto most = std::max_element(parts.begin(), parts.end(), [](const auto& a, const auto& b) {
            return a.second < b.second;  // of equals the first group
        });
        std::uint64_t& mine = keeper[most->first];
        if (mine == kNobody || rank(incident) < rank(mine)) mine = incident;
    }
    return keeper;
}

/// The incident that a group is; others that it swallows are merged.
IncidentCase& CorrelatingEngine::home(const AlarmGroup& group, std::size_t index,
                                      const std::vector<std::uint64_t>& keeper, const std::vector<LiveAlarm>& live,
                                      core::UtcTime now) {
    IncidentCase& into = keeper[index] == kNobody ? open_case(group, live, now) : cases_.at(keeper[index]);
    const std::uint64_t mine = order_of_.at(into.data.id);
    std::set<std::uint64_t> others;
    for (const AlarmGroup::Member& member : group.members) {
        const auto at = order_of_.find(alarms_.at(live[member.alarm].id).alarm.incident);
        if (at != order_of_.end() && at->second != mine) others.insert(at->second);
    }
    for (const std::uint64_t other : others) {
        const bool kept = std::find(keeper.begin(), keeper.end(), other) != keeper.end();
        if (!kept) merge(cases_.at(other), into, now);
    }
    return into;
}

void CorrelatingEngine::merge(IncidentCase& from, IncidentCase& into, core::UtcTime now) {
    if (!from.live()) return;
    const std::uint64_t source = order_of_.at(from.data.id), target = order_of_.at(into.data.id);
    into.note(now, "desk", "merged", fmt::format("{} ({}) is a part of this", from.data.id, from.data.title));
    from.note(now, "desk", "merged", "a part of " + into.data.id);
    from.data.merged_into = into.data.id;
    into.data.opened_at = std::min(into.data.opened_at, from.data.opened_at);
    if (into.data.owner.empty()) into.data.owner = from.data.owner;
    if (into.data.state == IncidentState::Open && from.data.state == IncidentState::Acknowledged && !into.memory.told &&
        from.memory.told) {
        into.acknowledge(from.data.acknowledged_by, "taken over from " + from.data.id, now);
    }
    // What is neither in this group nor kept by another goes along: nothing is left behind.
    for (const std::string& id : std::set<std::string>(in_[source])) {
        Known& known = alarms_.at(id);
        known.alarm.incident = into.data.id;
        in_[source].erase(id);
        in_[target].insert(id);
        from.left.push_back(id);
    }
    from.data.state = IncidentState::Closed;
    from.data.closed_at = now;
    from.data.closed_by = "desk";
    from.changed = true;
    touched_.insert(source);
    touched_.insert(target);
}

IncidentCase& CorrelatingEngine::open_case(const AlarmGroup& group, const std::vector<LiveAlarm>& live,
                                           core::UtcTime now) {
    core::Incident record;
    record.id = ids_.next_incident();
    record.sequence = 0;  // 1 when it is first said
    record.opened_at = now;
    record.since = now;
    CaseMemory memory;
    memory.gathers = std::any_of(group.members.begin(), group.members.end(), [&](const AlarmGroup::Member& member) {
        return topology_.has_company(live[member.alarm].stream);
    });
    const std::uint64_t order = next_order_++;
    order_of_[record.id] = order;
    auto& made = cases_.emplace(order, IncidentCase(std::move(record), std::move(memory))).first->second;
    const LiveAlarm& first = live[group.members.front().alarm];
    made.data.cause = group.cause;
    made.data.why = group.why;
    made.note(now, "desk", "opened", fmt::format("{}: {}", first.stream, first.message));
    return made;
}

void CorrelatingEngine::settle(IncidentCase& into, const AlarmGroup& group, const std::vector<LiveAlarm>& live,
                               core::UtcTime now) {
    const std::uint64_t mine = order_of_.at(into.data.id);
    const bool fresh_case = into.data.sequence == 0 && in_[mine].empty();
    std::vector<const AlarmGroup::Member*> fresh;
    for (const AlarmGroup::Member& member : group.members) {
        Known& known = alarms_.at(live[member.alarm].id);
        const bool came = known.alarm.incident != into.data.id;
        if (came) {
            const auto was = order_of_.find(known.alarm.incident);
            if (was != order_of_.end()) {
                in_[was->second].erase(known.alarm.id);
                cases_.at(was->second).left.push_back(known.alarm.id);
                touched_.insert(was->second);
                IncidentCase& other = cases_.at(was->second);
                other.note(now, "desk", "left",
                           fmt::format("{} {} is {}'s now: {}", known.alarm.stream, known.alarm.condition, into.data.id,
                                       member.why));
            }
            known.alarm.incident = into.data.id;
            in_[mine].insert(known.alarm.id);
            fresh.push_back(&member);
        }
        if (came || known.role != member.role || known.alarm.follows != member.follows ||
            known.redundant != group.redundancy) {
            known.role = member.role;
            known.alarm.follows = member.follows;
            known.redundant = group.redundancy;
            touched_.insert(mine);
        }
    }
    if (fresh_case && !fresh.empty()) fresh.erase(fresh.begin());  // "opened" names it
    if (!fresh.empty()) say_joined(into, fresh, live, now);
    say_cause(into, group, now);
}

void CorrelatingEngine::say_joined(IncidentCase& into, const std::vector<const AlarmGroup::Member*>& fresh,
                                   const std::vector<LiveAlarm>& live, core::UtcTime now) {
    std::string text;
    for (std::size_t n = 0; n < std::min(kNamed, fresh.size()); ++n) {
        const LiveAlarm& alarm = live[fresh[n]->alarm];
        text += fmt::format("{}{} {} ({})", n == 0 ? "" : "; ", alarm.stream, alarm.condition, fresh[n]->why);
    }
    if (fresh.size() > kNamed) text += fmt::format("; and {} more alarms", fresh.size() - kNamed);
    into.note(now, "desk", "joined", std::move(text));
}

void CorrelatingEngine::say_cause(IncidentCase& into, const AlarmGroup& group, core::UtcTime now) {
    const bool first = into.data.title.empty();
    const bool other = !first && (into.data.cause.kind != group.cause.kind || into.data.cause.name != group.cause.name);
    const bool grouped = group.members.size() > 1;
    if (into.data.title == group.title && into.data.why == group.why && !other) return;
    if (other || (first && (grouped || group.cause.kind != core::CauseKind::Stream))) {
        into.note(now, "desk", "cause",
                  fmt::format("{}: {}because {}", group.title, grouped ? "grouped " : "", group.why));
    }
    into.data.cause = group.cause;
    into.data.title = group.title;
    into.data.why = group.why;
    into.data.path = group.path;
    into.memory.resource = group.cause.kind == core::CauseKind::Resource ? group.cause.name : std::string{};
    into.changed = true;
    touched_.insert(order_of_.at(into.data.id));
}

}  // namespace sightline::incidents
