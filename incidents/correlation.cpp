// SPDX-License-Identifier: Apache-2.0
#include "incidents/correlation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>
#include <set>
#include <unordered_map>

#include "incidents/explanation.hpp"
#include "incidents/resource_cover.hpp"

namespace sightline::incidents {
namespace {

using core::AlarmRole;
using core::CauseKind;
using core::Severity;

/// Sets that grow together.
class Unions {
public:
    explicit Unions(std::size_t size) : root_(size) { std::iota(root_.begin(), root_.end(), std::size_t{0}); }
    std::size_t find(std::size_t n) {
        while (root_[n] != n) n = root_[n] = root_[root_[n]];
        return n;
    }
    void join(std::size_t one, std::size_t other) {
        const std::size_t a = find(one), b = find(other);
        root_[std::max(a, b)] = std::min(a, b);
    }

private:
    std::vector<std::size_t> root_;
};

/// "8 s", "3 min 20 s".
std::string span_text(core::Duration span) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(span).count();
    if (seconds < 120) return fmt::format("{} s", seconds);
    return seconds % 60 == 0 ? fmt::format("{} min", seconds / 60)
                             : fmt::format("{} min {} s", seconds / 60, seconds % 60);
}

std::string plural(std::size_t count, const char* thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

/// "encoder enc7"
std::string resource_words(const std::string& resource) {
    std::string words = resource;
    const std::size_t equals = words.find('=');
    if (equals != std::string::npos) words[equals] = ' ';
    return words;
}

class Correlator {
public:
    Correlator(const Topology& topology, std::span<const LiveAlarm> alarms)
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

    std::vector<AlarmGroup> run(const std::map<std::string, std::string>& resources) {
        for (const auto& [stream, list] : by_stream_) join_one_stream(list);
        join_lost_points();
        for (const std::size_t n : order_) join_upstream(n);
        find_causes();
        join_resources(resources);
        return groups();
    }

private:
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
    static constexpr std::size_t kMostBack = 64;  // earlier alarms of a stream that a new one is compared with

    [[nodiscard]] bool before(std::size_t a, std::size_t b) const {
        const LiveAlarm &one = alarms_[a], &other = alarms_[b];
        return std::tie(one.since, one.stream, one.condition, one.id) <
               std::tie(other.since, other.stream, other.condition, other.id);
    }
    [[nodiscard]] core::UtcTime end_of(std::size_t n) const { return alarms_[n].until.value_or(core::UtcTime::max()); }
    /// One began before the other ended, or no more than `gap` after it.
    [[nodiscard]] bool near(std::size_t earlier, std::size_t later, core::Duration gap) const {
        return !alarms_[earlier].until || alarms_[later].since - *alarms_[earlier].until <= gap;
    }

    void join_one_stream(const std::vector<std::size_t>& list) {
        const core::Duration back = topology_.settings().resolve_after + topology_.settings().reopen_within;
        for (std::size_t later = 1; later < list.size(); ++later) {
            const std::size_t from = later > kMostBack ? later - kMostBack : 0;
            for (std::size_t earlier = from; earlier < later; ++earlier) {
                if (one_fault(list[earlier], list[later], back)) join_fault(list[earlier], list[later]);
            }
        }
    }

    [[nodiscard]] bool one_fault(std::size_t earlier, std::size_t later, core::Duration back) const {
        const LiveAlarm &one = alarms_[earlier], &other = alarms_[later];
        if (!one.incident.empty() && one.incident == other.incident) return true;
        if (one.identity == other.identity) return near(earlier, later, back);
        if (!goes_together(one.condition, other.condition) || !near(earlier, later, kSameFault)) return false;
        return other.since - one.since <= kOldNews || explains(one.condition, other.condition);
    }

    void join_fault(std::size_t a, std::size_t b) {
        fault_.join(a, b);
        all_.join(a, b);
    }

    /// Bad enough that the member of a group counts as lost.
    [[nodiscard]] bool lost(std::size_t n) const {
        return alarms_[n].severity >= Severity::Major && !about_probe(alarms_[n].condition);
    }

    void join_lost_points() {
        for (const config::Path& path : topology_.paths()) {
            for (const config::PathPoint& point : path.points) {
                if (point.any_of.size() < 2) continue;
                const std::vector<std::size_t> all = lost_together(point.any_of);
                for (const std::size_t n : all) all_.join(all.front(), n);
            }
        }
    }

    /// An alarm of each member, all of them bad at one time; empty: some member works.
    [[nodiscard]] std::vector<std::size_t> lost_together(const std::vector<std::string>& members) const {
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

    void join_upstream(std::size_t n) {
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

    /// The alarms, one of each member, by which a fault of `upper` explains alarm `n` at `lower`; empty: it does not.
    [[nodiscard]] std::vector<std::size_t> explaining(const config::PathPoint& upper, const config::PathPoint& lower,
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

    [[nodiscard]] bool explains_in_time(std::size_t up, core::Duration up_delay, std::size_t down,
                                        core::Duration down_delay) const {
        const LiveAlarm &upper = alarms_[up], &lower = alarms_[down];
        if (!explains(upper.condition, lower.condition)) return false;
        const core::Duration fuzzy = uncertainty(upper.stream) + uncertainty(lower.stream);
        const core::UtcTime began = upper.since - up_delay, seen = lower.since - down_delay;
        if (seen + fuzzy < began) return false;
        if (upper.until && seen > *upper.until - up_delay + fuzzy + kEchoes) return false;
        return seen - began <= kOldNews + fuzzy || upper.severity >= lower.severity;
    }

    [[nodiscard]] core::Duration uncertainty(const std::string& stream) const {
        const TopologyStream* found = topology_.find(stream);
        return found == nullptr ? Topology::kPacketUncertainty : found->uncertainty;
    }

    /// A fault of which any alarm follows something is no cause.
    void find_causes() {
        for (const std::size_t n : order_) {
            if (!follows_[n].empty()) explained_.insert(fault_.find(n));
        }
    }
    [[nodiscard]] bool is_cause(std::size_t n) { return explained_.count(fault_.find(n)) == 0; }

    void join_resources(const std::map<std::string, std::string>& resources);
    void number_streams();
    [[nodiscard]] std::vector<Failure> failures_of(const std::string& resource);
    [[nodiscard]] std::vector<std::size_t> followers_of(const std::string& resource);
    [[nodiscard]] SharedCause candidate(const std::string& resource);
    [[nodiscard]] SharedCause cascade(const std::string& resource, const std::vector<Failure>& failures);
    void join_chosen(const SharedCause& cause, const std::set<std::string>& taken);

    std::vector<AlarmGroup> groups();
    AlarmGroup group_of(const std::vector<std::size_t>& members);
    void name_cause(AlarmGroup& group, const std::vector<std::size_t>& causes, std::size_t consequences);
    void name_resource(AlarmGroup& group, const SharedCause& shared, std::size_t consequences);
    void name_point(AlarmGroup& group, const std::vector<std::size_t>& causes, std::size_t consequences);
    [[nodiscard]] std::size_t worst_of(const std::vector<std::size_t>& causes) const;
    [[nodiscard]] bool spare_works(const std::string& stream, std::string& spare) const;
    [[nodiscard]] std::string stream_name(const std::string& stream) const;

    const Topology& topology_;
    std::span<const LiveAlarm> alarms_;
    std::vector<std::size_t> order_;  // by time
    std::unordered_map<std::string, std::vector<std::size_t>> by_stream_;
    Unions fault_, all_;  // of one stream; of one cause
    std::vector<std::string> follows_;
    std::vector<std::size_t> path_;
    std::set<std::size_t> explained_;  // roots of fault_
    std::unordered_map<std::string, std::size_t> numbers_;
    std::vector<std::string> names_;  // by number
    std::vector<SharedCause> chosen_;
};

void Correlator::number_streams() {
    for (const std::size_t n : order_) {
        const auto [at, fresh] = numbers_.emplace(alarms_[n].stream, names_.size());
        if (fresh) names_.push_back(alarms_[n].stream);
    }
}

std::vector<Failure> Correlator::failures_of(const std::string& resource) {
    std::vector<Failure> failures;
    for (const std::string& stream : topology_.sharing(resource)) {
        const auto list = by_stream_.find(stream);
        if (list == by_stream_.end()) continue;
        for (const std::size_t n : list->second) {
            if (points_at_shared(alarms_[n].condition) && is_cause(n))
                failures.push_back({alarms_[n].since, numbers_.at(stream)});
        }
    }
    std::sort(failures.begin(), failures.end(),
              [](const Failure& a, const Failure& b) { return std::tie(a.at, a.stream) < std::tie(b.at, b.stream); });
    return failures;
}

/// How many that share `resource` follow each stream that shares it.
std::vector<std::size_t> Correlator::followers_of(const std::string& resource) {
    std::vector<std::size_t> count(names_.size());
    const auto& sharing = topology_.sharing(resource);
    for (const std::string& stream : sharing) {
        const auto list = by_stream_.find(stream);
        if (list == by_stream_.end()) continue;
        for (const std::size_t n : list->second) {
            if (follows_[n].empty()) continue;
            if (std::find(sharing.begin(), sharing.end(), follows_[n]) != sharing.end())
                ++count[numbers_.at(follows_[n])];
            break;
        }
    }
    return count;
}

SharedCause Correlator::candidate(const std::string& resource) {
    const std::vector<Failure> failures = failures_of(resource);
    const config::Incidents& settings = topology_.settings();
    if (failures.size() < 2) return {};
    SharedCause found =
        failing_together(failures, settings.group_within, static_cast<std::size_t>(std::max(1, settings.group_streams)),
                         settings.group_percent, topology_.sharing(resource).size(), followers_of(resource));
    if (found.streams.empty()) found = cascade(resource, failures);
    found.resource = resource;
    return found;
}

/// All that share it are down now, one after the other.
SharedCause Correlator::cascade(const std::string& resource, const std::vector<Failure>& failures) {
    const auto& sharing = topology_.sharing(resource);
    std::map<std::size_t, core::UtcTime> down;
    for (const std::string& stream : sharing) {
        const auto list = by_stream_.find(stream);
        if (list == by_stream_.end()) return {};
        for (const std::size_t n : list->second) {
            if (!alarms_[n].until && points_at_shared(alarms_[n].condition) && is_cause(n))
                down.emplace(numbers_.at(stream), alarms_[n].since);
        }
    }
    if (down.size() < sharing.size() || failures.empty()) return {};
    std::vector<core::UtcTime> times;
    for (const auto& [stream, since] : down) times.push_back(since);
    std::sort(times.begin(), times.end());
    for (std::size_t n = 1; n < times.size(); ++n) {
        if (times[n] - times[n - 1] > kCascadeStep) return {};
    }
    SharedCause found;
    found.cascade = true;
    found.sharing = sharing.size();
    found.first = times.front();
    found.span = times.back() - times.front();
    found.counted = times.size();
    for (const auto& [stream, since] : down) found.streams.insert(stream);
    return found;
}

void Correlator::join_resources(const std::map<std::string, std::string>& resources) {
    number_streams();
    std::map<std::string, SharedCause> found;
    for (const std::string& resource : topology_.groupable()) {
        SharedCause cause = candidate(resource);
        if (!cause.streams.empty()) found[resource] = std::move(cause);
    }
    // What was found before stays a candidate while its streams are causes.
    for (const std::size_t n : order_) {
        const auto before = resources.find(alarms_[n].incident);
        if (before == resources.end() || !is_cause(n) || !points_at_shared(alarms_[n].condition)) continue;
        const auto& sharing = topology_.sharing(before->second);
        if (std::find(sharing.begin(), sharing.end(), alarms_[n].stream) == sharing.end()) continue;
        SharedCause& cause = found[before->second];
        if (cause.resource.empty()) {
            cause.resource = before->second;
            cause.first = alarms_[n].since;
            cause.sharing = sharing.size();
        }
        if (cause.streams.insert(numbers_.at(alarms_[n].stream)).second && cause.counted < cause.streams.size() &&
            !cause.cascade) {
            cause.counted = cause.streams.size();
            cause.span = std::max(cause.span, alarms_[n].since - cause.first);
        }
    }
    std::vector<SharedCause> candidates;
    candidates.reserve(found.size());
    for (auto& [resource, cause] : found) candidates.push_back(std::move(cause));
    std::set<std::string> taken;
    for (const std::size_t n : smallest_cover(candidates)) {
        chosen_.push_back(candidates[n]);
        for (const std::size_t stream : candidates[n].streams) taken.insert(names_[stream]);
    }
    for (const SharedCause& cause : chosen_) join_chosen(cause, taken);
}

/// Its streams, and those of the same kind that fail later and that nothing else explains.
void Correlator::join_chosen(const SharedCause& cause, const std::set<std::string>& taken) {
    std::size_t anchor = kNone;
    for (const std::string& stream : topology_.sharing(cause.resource)) {
        const auto list = by_stream_.find(stream);
        if (list == by_stream_.end()) continue;
        const bool own = cause.streams.count(numbers_.at(stream)) == 1;
        if (!own && taken.count(stream) == 1) continue;
        for (const std::size_t n : list->second) {
            if (!is_cause(n) || !points_at_shared(alarms_[n].condition)) continue;
            if (end_of(n) < cause.first || (!own && alarms_[n].since < cause.first)) continue;
            if (anchor == kNone) anchor = n;
            all_.join(anchor, n);
        }
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

std::size_t Correlator::worst_of(const std::vector<std::size_t>& causes) const {
    return *std::min_element(causes.begin(), causes.end(), [&](std::size_t a, std::size_t b) {
        const LiveAlarm &one = alarms_[a], &other = alarms_[b];
        const bool one_open = !one.until, other_open = !other.until;
        if (one_open != other_open) return one_open;
        if (one.severity != other.severity) return one.severity > other.severity;
        const bool above = explains(one.condition, other.condition), below = explains(other.condition, one.condition);
        if (above != below) return above;
        return before(a, b);
    });
}

std::string Correlator::stream_name(const std::string& stream) const {
    const TopologyStream* found = topology_.find(stream);
    return found == nullptr ? stream : found->name;
}

/// `stream` is one of several of a point, and another of them works.
bool Correlator::spare_works(const std::string& stream, std::string& spare) const {
    const TopologyStream* found = topology_.find(stream);
    if (found == nullptr) return false;
    bool redundant = false;
    for (const PathPlace& place : found->places) {
        const auto& members = topology_.paths()[place.path].points[place.point].any_of;
        const auto good = std::find_if(members.begin(), members.end(), [&](const std::string& member) {
            const auto list = by_stream_.find(member);
            return member != stream && (list == by_stream_.end() ||
                                        std::none_of(list->second.begin(), list->second.end(),
                                                     [&](std::size_t n) { return lost(n) && !alarms_[n].until; }));
        });
        if (good == members.end()) return false;  // alone there, or all are lost
        spare = *good;
        redundant = true;
    }
    return redundant;
}

void Correlator::name_cause(AlarmGroup& group, const std::vector<std::size_t>& causes, std::size_t consequences) {
    const std::size_t first = causes.front();
    const LiveAlarm& worst = alarms_[worst_of(causes)];
    group.cause.stream = alarms_[first].stream;
    if (const TopologyStream* stream = topology_.find(group.cause.stream); stream != nullptr && !stream->places.empty())
        group.path = topology_.paths()[stream->places.front().path].id;
    std::string spare;
    group.redundancy =
        std::all_of(causes.begin(), causes.end(), [&](std::size_t n) { return spare_works(alarms_[n].stream, spare); });
    const SharedCause* shared = nullptr;
    for (const SharedCause& chosen : chosen_) {
        const auto hit = std::any_of(causes.begin(), causes.end(), [&](std::size_t n) {
            return chosen.streams.count(numbers_.at(alarms_[n].stream)) == 1 && points_at_shared(alarms_[n].condition);
        });
        if (hit && (shared == nullptr || chosen.streams.size() > shared->streams.size())) shared = &chosen;
    }
    if (shared != nullptr) return name_resource(group, *shared, consequences);
    if (about_probe(worst.condition)) {
        group.cause.kind = CauseKind::Probe;
        group.cause.name = topology_.probe();
        group.redundancy = false;
        group.title = "Probe " + topology_.probe() + ": " + worst.message;
        group.why = "the probe itself; what it watches is unknown meanwhile, not bad";
        return;
    }
    name_point(group, causes, consequences);
    if (!group.redundancy || consequences > 0) {
        group.redundancy = false;
        return;
    }
    if (!lost(worst_of(causes))) {
        group.redundancy = false;
        return;
    }
    group.cause.kind = CauseKind::Redundancy;
    group.title = "Redundancy lost: " + group.title;
    group.why = fmt::format("{} failed; {} at the same point of path {} works", group.cause.stream, spare, group.path);
}

void Correlator::name_resource(AlarmGroup& group, const SharedCause& shared, std::size_t consequences) {
    group.cause.kind = CauseKind::Resource;
    group.cause.name = shared.resource;
    group.title = resource_title(shared.resource);
    const std::string words = resource_words(shared.resource);
    const std::string span = span_text(std::max<core::Duration>(shared.span, std::chrono::seconds{1}));
    group.why =
        shared.cascade
            ? fmt::format("all {} streams of {} are down, one after the other within {}", shared.counted, words, span)
            : fmt::format("{} of {} streams of {} failed within {}", shared.counted, shared.sharing, words, span);
    if (consequences > 0) group.why += fmt::format("; {} downstream", plural(consequences, "alarm"));
    if (group.redundancy) group.title += ": redundancy lost";
    for (AlarmGroup::Member& member : group.members) {
        const LiveAlarm& alarm = alarms_[member.alarm];
        if (member.role == AlarmRole::Cause && member.why == alarm.message) member.why += "; shares " + shared.resource;
    }
}

void Correlator::name_point(AlarmGroup& group, const std::vector<std::size_t>& causes, std::size_t consequences) {
    const LiveAlarm& worst = alarms_[worst_of(causes)];
    std::vector<std::string> streams;
    for (const std::size_t n : causes) {
        if (std::find(streams.begin(), streams.end(), alarms_[n].stream) == streams.end())
            streams.push_back(alarms_[n].stream);
    }
    std::sort(streams.begin(), streams.end());
    group.cause.name = fmt::format("{}", fmt::join(streams, ", "));
    std::vector<std::string> names;
    for (const std::string& stream : streams) names.push_back(stream_name(stream));
    group.title = fmt::format("{}: {}", fmt::join(names, ", "), worst.message);
    if (streams.size() > 1) {
        group.cause.kind = CauseKind::Point;
        group.why = fmt::format("{} are all the feeds of one point of path {}, and all failed",
                                fmt::join(streams, " and "), group.path);
    } else if (consequences > 0) {
        group.cause.kind = CauseKind::Point;
        std::set<std::string> paths, below;
        for (const AlarmGroup::Member& member : group.members) {
            if (path_[member.alarm] != kNone) paths.insert(topology_.paths()[path_[member.alarm]].id);
            if (member.role == AlarmRole::Consequence) below.insert(alarms_[member.alarm].stream);
        }
        group.why = fmt::format("{} is the first bad point of path{} {}; {} downstream followed", streams.front(),
                                paths.size() == 1 ? "" : "s", fmt::join(paths, ", "), plural(below.size(), "point"));
    } else {
        group.cause.kind = CauseKind::Stream;
        std::set<std::string> conditions;
        for (const std::size_t n : causes) conditions.insert(alarms_[n].condition);
        group.why = conditions.size() == 1 ? worst.message
                                           : fmt::format("{} related conditions of one stream, the worst: {}",
                                                         conditions.size(), worst.condition);
    }
}

}  // namespace

std::string resource_title(const std::string& resource) {
    std::string words = resource_words(resource);
    if (words.starts_with("cdn ")) return "CDN" + words.substr(3);
    if (!words.empty()) words[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(words[0])));
    return words;
}

std::vector<AlarmGroup> correlate(const Topology& topology, std::span<const LiveAlarm> alarms,
                                  const std::map<std::string, std::string>& resources) {
    return Correlator(topology, alarms).run(resources);
}

}  // namespace sightline::incidents
