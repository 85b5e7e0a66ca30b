// SPDX-License-Identifier: Apache-2.0
// The Correlator: what belongs together within a stream and along paths, and the groups that come of it.
#include "incidents/correlation.hpp"

#include <algorithm>
#include <tuple>

#include "incidents/correlator.hpp"
#include "incidents/explanation.hpp"

namespace sightline::incidents {

using core::AlarmRole;
using core::Severity;

Correlator::Correlator(const Topology& topology, std::span<const LiveAlarm> alarms)
    : topology_(topology),
      alarms_(alarms),
      order_(alarms.size()),
      fault_(alarms.size()),
      all_(alarms.size()),
      follows_(alarms.size()),
      path_(alarms.size(), kNone) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) { return before(a, b); });
    for (const std::size_t n : order_) by_stream_[alarms_[n].stream].push_back(n);
}

std::vector<AlarmGroup> Correlator::run(const std::map<std::string, std::string>& resources) {
    for (const auto& [stream, list] : by_stream_) join_one_stream(list);
    join_lost_points();
    for (const std::size_t n : order_) join_upstream(n);
    find_causes();
    join_resources(resources);
    return groups();
}

bool Correlator::before(std::size_t a, std::size_t b) const {
    const LiveAlarm &one = alarms_[a], &other = alarms_[b];
    return std::tie(one.since, one.stream, one.condition, one.id) <
           std::tie(other.since, other.stream, other.condition, other.id);
}

bool Correlator::near(std::size_t earlier, std::size_t later, core::Duration gap) const {
    return !alarms_[earlier].until || alarms_[later].since - *alarms_[earlier].until <= gap;
}

void Correlator::join_one_stream(const std::vector<std::size_t>& list) {
    const core::Duration back = topology_.settings().resolve_after + topology_.settings().reopen_within;
    for (std::size_t later = 1; later < list.size(); ++later) {
        const std::size_t from = later > kMostBack ? later - kMostBack : 0;
        for (std::size_t earlier = from; earlier < later; ++earlier) {
            if (one_fault(list[earlier], list[later], back)) join_fault(list[earlier], list[later]);
        }
    }
}

bool Correlator::one_fault(std::size_t earlier, std::size_t later, core::Duration back) const {
    const LiveAlarm &one = alarms_[earlier], &other = alarms_[later];
    if (!one.incident.empty() && one.incident == other.incident) return true;
    if (one.identity == other.identity) return near(earlier, later, back);
    if (!goes_together(one.condition, other.condition) || !near(earlier, later, kSameFault)) return false;
    return other.since - one.since <= kOldNews || explains(one.condition, other.condition);
}

void Correlator::join_fault(std::size_t a, std::size_t b) {
    fault_.join(a, b);
    all_.join(a, b);
}

bool Correlator::lost(std::size_t n) const {
    return alarms_[n].severity >= Severity::Major && !about_probe(alarms_[n].condition);
}

void Correlator::join_lost_points() {
    for (const config::Path& path : topology_.paths()) {
        for (const config::PathPoint& point : path.points) {
            if (point.any_of.size() < 2) continue;
            const std::vector<std::size_t> all = lost_together(point.any_of);
            for (const std::size_t n : all) all_.join(all.front(), n);
        }
    }
}

std::vector<std::size_t> Correlator::lost_together(const std::vector<std::string>& members) const {
    std::vector<std::size_t> found;
    core::UtcTime begin = core::UtcTime::min(), end = core::UtcTime::max();
    for (const std::string& member : members) {
        const auto list = by_stream_.find(member);
        if (list == by_stream_.end()) return {};
        std::size_t best = kNone;
        for (const std::size_t n : list->second) {
            if (lost(n) && alarms_[n].since < end && end_of(n) > begin) best = n;  // the latest that overlaps
        }
        if (best == kNone) return {};
        begin = std::max(begin, alarms_[best].since);
        end = std::min(end, end_of(best));
        found.push_back(best);
    }
    return found;
}

void Correlator::join_upstream(std::size_t n) {
    const TopologyStream* stream = topology_.find(alarms_[n].stream);
    if (stream == nullptr || about_probe(alarms_[n].condition)) return;
    for (const PathPlace& place : stream->places) {
        const auto& points = topology_.paths()[place.path].points;
        for (std::size_t up = 0; up < place.point; ++up) {
            const auto found = explaining(points[up], points[place.point], n);
            if (found.empty()) continue;
            for (const std::size_t cause : found) all_.join(cause, n);
            follows_[n] = alarms_[found.front()].stream;
            path_[n] = place.path;
            return;
        }
    }
    // What was found once stays found, though the alarm upstream may have ended meanwhile.
    const LiveAlarm& alarm = alarms_[n];
    if (alarm.follows.empty() || alarm.incident.empty()) return;
    const auto list = by_stream_.find(alarm.follows);
    if (list == by_stream_.end()) return;
    for (const std::size_t cause : list->second) {
        if (alarms_[cause].incident != alarm.incident) continue;
        all_.join(cause, n);
        follows_[n] = alarm.follows;
    }
}

std::vector<std::size_t> Correlator::explaining(const config::PathPoint& upper, const config::PathPoint& lower,
                                                std::size_t n) const {
    std::vector<std::size_t> found;
    for (const std::string& member : upper.any_of) {
        const auto list = by_stream_.find(member);
        if (list == by_stream_.end() || member == alarms_[n].stream) return {};
        const auto hit = std::find_if(list->second.begin(), list->second.end(), [&](std::size_t up) {
            return explains_in_time(up, upper.delay, n, lower.delay);
        });
        if (hit == list->second.end()) return {};
        found.push_back(*hit);
    }
    return found;
}

bool Correlator::explains_in_time(std::size_t up, core::Duration up_delay, std::size_t down,
                                  core::Duration down_delay) const {
    const LiveAlarm &upper = alarms_[up], &lower = alarms_[down];
    if (!explains(upper.condition, lower.condition)) return false;
    const core::Duration fuzzy = uncertainty(upper.stream) + uncertainty(lower.stream);
    const core::UtcTime began = upper.since - up_delay, seen = lower.since - down_delay;
    if (seen + fuzzy < began) return false;
    if (upper.until && seen > *upper.until - up_delay + fuzzy + kEchoes) return false;
    return seen - began <= kOldNews + fuzzy || upper.severity >= lower.severity;
}

core::Duration Correlator::uncertainty(const std::string& stream) const {
    const TopologyStream* found = topology_.find(stream);
    return found == nullptr ? Topology::kPacketUncertainty : found->uncertainty;
}

void Correlator::find_causes() {
    for (const std::size_t n : order_) {
        if (!follows_[n].empty()) explained_.insert(fault_.find(n));
    }
}

std::vector<AlarmGroup> Correlator::groups() {
    std::map<std::size_t, std::size_t> place;  // root -> group
    std::vector<std::vector<std::size_t>> lists;
    for (const std::size_t n : order_) {
        const auto [at, fresh] = place.emplace(all_.find(n), lists.size());
        if (fresh) lists.emplace_back();
        lists[at->second].push_back(n);
    }
    std::vector<AlarmGroup> groups;
    groups.reserve(lists.size());
    for (const auto& list : lists) groups.push_back(group_of(list));
    return groups;
}

AlarmGroup Correlator::group_of(const std::vector<std::size_t>& members) {
    std::vector<std::size_t> causes;
    for (const std::size_t n : members) {
        if (is_cause(n)) causes.push_back(n);
    }
    if (causes.empty()) causes.push_back(members.front());  // paths that run in a circle
    // Of each stream that is a cause, the worst alarm stands for it.
    std::map<std::string, std::vector<std::size_t>> per_stream;
    for (const std::size_t n : causes) per_stream[alarms_[n].stream].push_back(n);
    std::set<std::string> standing;  // identities
    for (const auto& [stream, list] : per_stream) standing.insert(alarms_[worst_of(list)].identity);

    AlarmGroup group;
    std::set<std::string> seen;  // identities, for what comes back
    std::size_t consequences = 0;
    for (const std::size_t n : members) {
        AlarmGroup::Member member;
        member.alarm = n;
        const LiveAlarm& alarm = alarms_[n];
        const bool back = !seen.insert(alarm.identity).second;
        if (!follows_[n].empty()) {
            member.role = AlarmRole::Consequence;
            member.follows = follows_[n];
            member.why = "follows " + follows_[n];
            if (path_[n] != kNone) member.why += " on path " + topology_.paths()[path_[n]].id;
            ++consequences;
        } else if (standing.count(alarm.identity) == 1) {
            member.why = back ? "back again" : alarm.message;
        } else {
            member.role = AlarmRole::Member;
            member.why = back ? "back again" : "of the same stream at the same time";
        }
        group.members.push_back(std::move(member));
    }
    name_cause(group, causes, consequences);
    return group;
}

std::vector<AlarmGroup> correlate(const Topology& topology, std::span<const LiveAlarm> alarms,
                                  const std::map<std::string, std::string>& resources) {
    return Correlator(topology, alarms).run(resources);
}

}  // namespace sightline::incidents
