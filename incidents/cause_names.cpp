// SPDX-License-Identifier: Apache-2.0
// The Correlator: the cause of a group in words.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "incidents/correlator.hpp"
#include "incidents/explanation.hpp"

namespace sightline::incidents {
namespace {

using core::AlarmRole;
using core::CauseKind;

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

}  // namespace

std::string resource_words(const std::string& resource) {
    std::string words = resource;
    const std::size_t equals = words.find('=');
    if (equals != std::string::npos) words[equals] = ' ';
    return words;
}

std::string resource_title(const std::string& resource) {
    std::string words = resource_words(resource);
    if (words.starts_with("cdn ")) return "CDN" + words.substr(3);
    if (!words.empty()) words[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(words[0])));
    return words;
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

}  // namespace sightline::incidents
