// SPDX-License-Identifier: Apache-2.0
#include "incidents/report.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>

namespace sightline::incidents {
namespace {

using namespace std::chrono_literals;
using core::Duration;
using core::Incident;
using core::UtcTime;

constexpr Duration kStep = 10min;
constexpr std::size_t kFloodBegins = 10;  // more than; EEMUA 191
constexpr std::size_t kFloodEnds = 5;     // fewer than
constexpr std::size_t kMostOffenders = 10, kMostListed = 200, kMostNotes = 100, kMostNoise = 20;
constexpr std::size_t kChatter = 3;  // alarms within kChatterTime; ISA-18.2's chattering alarm
constexpr Duration kChatterTime = 1min;
/// A rule needs time to judge: an outage that began unwatched for so long was bad all the same.
constexpr Duration kJudgedLate = 1min;

/// One stream's time, cut to the period.
struct StreamTime {
    Spans on_air, watched, maintenance, bad;
};

using Times = std::map<std::string, StreamTime>;

/// The period's end, or now where it is not over.
UtcTime end_of(const ReportInput& input) {
    return std::max(input.period.from, std::min(input.period.to, input.now));
}

void add_watch(const ReportInput& input, Times& times) {
    std::vector<WatchChange> changes = input.watch;
    std::stable_sort(changes.begin(), changes.end(), [](const WatchChange& a, const WatchChange& b) {
        return std::tie(a.stream, a.at) < std::tie(b.stream, b.at);
    });
    const UtcTime end = end_of(input);
    std::map<std::string, std::array<std::vector<Span>, 3>> raw;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const WatchChange& change = changes[i];
        const bool last = i + 1 == changes.size() || changes[i + 1].stream != change.stream;
        const Span span{std::max(change.at, input.period.from), last ? end : std::min(changes[i + 1].at, end)};
        auto& of = raw[change.stream];
        if (change.air == core::AirState::OnAir) of[0].push_back(span);
        if (change.watched) of[1].push_back(span);
        if (change.maintenance) of[2].push_back(span);
    }
    for (auto& [stream, spans] : raw) {
        StreamTime& time = times[stream];
        time.on_air = as_set(std::move(spans[0]));
        time.watched = as_set(std::move(spans[1]));
        time.maintenance = as_set(std::move(spans[2]));
    }
}

void add_alarms(const ReportInput& input, Times& times) {
    std::map<std::string, std::vector<Span>> raw;
    const UtcTime end = end_of(input);
    for (const ReportAlarm& alarm : input.alarms) {
        if (alarm.worst < core::Severity::Major) continue;
        raw[alarm.stream].push_back(
            {std::max(alarm.since, input.period.from), std::min(alarm.until.value_or(end), end)});
    }
    for (auto& [stream, spans] : raw) times[stream].bad = as_set(std::move(spans));
}

/// Unwatched time that a rule has since judged as bad.
void add_judged_late(StreamTime& time) {
    Spans late = subtract(time.bad, time.watched);
    late.erase(
        std::remove_if(late.begin(), late.end(), [](const Span& span) { return span.to - span.from > kJudgedLate; }),
        late.end());
    time.watched = unite(time.watched, late);
}

void add_ratio(Availability& out) {
    if (out.counted > Duration::zero()) out.ratio = 1.0 - core::to_seconds(out.bad) / core::to_seconds(out.counted);
}

/// What of a stream's time counts.
Spans counted_of(const StreamTime& time) {
    return intersect(subtract(time.on_air, time.maintenance), time.watched);
}

Availability of_stream(const std::string& id, const StreamTime& time) {
    Availability out;
    out.id = id;
    const Spans counted = counted_of(time);
    out.on_air = length(time.on_air);
    out.maintenance = length(intersect(time.on_air, time.maintenance));
    out.counted = length(counted);
    out.unmonitored = out.on_air - out.maintenance - out.counted;
    out.outages = intersect(time.bad, counted);
    out.bad = length(out.outages);
    add_ratio(out);
    return out;
}

/// A path is bad while one of its points is; a point that is a group, while all of its members that count are.
Availability of_path(const config::Path& path, const Times& times) {
    Availability out;
    out.id = path.id;
    std::optional<Spans> all_counted;
    Spans bad, on_air, maintenance;
    for (const config::PathPoint& point : path.points) {
        Spans counted, good;
        on_air.clear();
        maintenance.clear();
        for (const std::string& member : point.any_of) {
            const auto found = times.find(member);
            if (found == times.end()) continue;
            const Spans of_member = counted_of(found->second);
            counted = unite(counted, of_member);
            good = unite(good, subtract(of_member, found->second.bad));
            on_air = unite(on_air, found->second.on_air);
            maintenance = unite(maintenance, found->second.maintenance);
        }
        bad = unite(bad, subtract(counted, good));
        all_counted = all_counted ? intersect(*all_counted, counted) : counted;
    }
    // On air is what its last point, the one nearest the audience, is; there, `on_air` and `maintenance` are left.
    out.outages = subtract(intersect(bad, on_air), maintenance);
    const Spans counted = unite(intersect(subtract(all_counted.value_or(Spans{}), maintenance), on_air), out.outages);
    out.on_air = length(on_air);
    out.maintenance = length(intersect(on_air, maintenance));
    out.counted = length(counted);
    out.unmonitored = out.on_air - out.maintenance - out.counted;
    out.bad = length(out.outages);
    add_ratio(out);
    return out;
}

bool in_period(const ReportInput& input, UtcTime time) {
    return time >= input.period.from && time < input.period.to;
}

/// First acknowledge by a person: what stands in the incident goes again when it is taken back.
std::optional<UtcTime> first_acknowledge(const Incident& incident) {
    for (const core::TimelineEntry& entry : incident.timeline) {
        if (entry.kind == "acknowledged" && entry.who != "desk") return entry.at;
    }
    return incident.acknowledged_at;
}

bool touched(const Incident& incident) {
    return first_acknowledge(incident).has_value() || !incident.owner.empty() ||
           std::any_of(incident.timeline.begin(), incident.timeline.end(),
                       [](const core::TimelineEntry& entry) { return entry.who != "desk"; });
}

void add_mean(MeanTime& mean, Duration time) {
    time = std::max(time, Duration::zero());
    ++mean.count;
    mean.sum += time;
    mean.longest = std::max(mean.longest, time);
}

void count_incident(const Incident& incident, Report& out) {
    ++out.incidents;
    ++out.by_severity[incident.severity];
    out.returned += incident.returns > 0 ? 1 : 0;
    if (!incident.merged_into.empty()) {
        ++out.merged;  // its times are the other one's
        return;
    }
    const auto acknowledged = first_acknowledge(incident);
    if (acknowledged) ++out.acknowledged;
    if (incident.notified_at) {
        ++out.notified;
        if (acknowledged) add_mean(out.mtta, *acknowledged - *incident.notified_at);
        if (!acknowledged && incident.resolved_at) ++out.self_cleared;
    }
    if (incident.resolved_at) add_mean(out.mttr, *incident.resolved_at - incident.opened_at);
}

Rate rate_of(std::vector<UtcTime> times, const ReportInput& input) {
    Rate rate;
    const UtcTime from = input.period.from, end = end_of(input);
    times.erase(std::remove_if(times.begin(), times.end(), [&](UtcTime at) { return at < from || at >= end; }),
                times.end());
    rate.count = times.size();
    if (end <= from) return rate;
    const auto steps = static_cast<std::size_t>((end - from + kStep - Duration{1}) / kStep);
    std::vector<std::size_t> per_step(steps);
    for (const UtcTime at : times) ++per_step[static_cast<std::size_t>((at - from) / kStep)];
    bool flood = false;
    std::size_t flooded = 0;
    for (const std::size_t count : per_step) {
        rate.peak_10min = std::max(rate.peak_10min, count);
        if (!flood && count > kFloodBegins) ++rate.floods;
        flood = flood ? count >= kFloodEnds : count > kFloodBegins;
        flooded += flood ? 1 : 0;
    }
    rate.mean_per_10min = static_cast<double>(rate.count) / (core::to_seconds(end - from) / core::to_seconds(kStep));
    rate.flood_share = static_cast<double>(flooded) / static_cast<double>(steps);
    const std::size_t together = (steps + kMostBars - 1) / kMostBars;
    rate.step = kStep * static_cast<std::int64_t>(together);
    rate.per_step.resize((steps + together - 1) / together);
    for (std::size_t i = 0; i < steps; ++i) rate.per_step[i / together] += static_cast<std::uint32_t>(per_step[i]);
    return rate;
}

void add_noise(const ReportInput& input, const std::set<std::string>& acted_alarms, Report& out) {
    std::map<std::pair<std::string, std::string>, std::vector<UtcTime>> raised;  // rule, stream
    std::map<std::string, std::pair<std::size_t, bool>> rules;                   // alarms, anybody acted
    for (const ReportAlarm& alarm : input.alarms) {
        if (!in_period(input, alarm.since)) continue;
        raised[{alarm.rule, alarm.stream}].push_back(alarm.since);
        auto& [count, acted] = rules[alarm.rule];
        ++count;
        acted = acted || acted_alarms.contains(alarm.id);
    }
    for (auto& [key, times] : raised) {
        std::sort(times.begin(), times.end());
        for (std::size_t i = kChatter - 1; i < times.size(); ++i) {
            if (times[i] - times[i + 1 - kChatter] > kChatterTime) continue;
            out.flapping.push_back({key.first, key.second, times.size()});
            break;
        }
    }
    for (const auto& [rule, counts] : rules) {
        if (!counts.second) out.never_acted.push_back({rule, {}, counts.first});
    }
    for (auto* list : {&out.flapping, &out.never_acted}) {
        std::stable_sort(list->begin(), list->end(),
                         [](const RuleNoise& a, const RuleNoise& b) { return a.alarms > b.alarms; });
        if (list->size() > kMostNoise) list->resize(kMostNoise);
    }
}

void add_offenders(const ReportInput& input, Report& out) {
    std::map<std::string, Offender> by_stream;
    for (const ReportAlarm& alarm : input.alarms) {
        if (in_period(input, alarm.since)) ++by_stream[alarm.stream].alarms;
    }
    for (const Incident& incident : input.incidents) {
        if (!in_period(input, incident.opened_at)) continue;
        std::set<std::string> streams;
        for (const core::IncidentAlarm& alarm : incident.alarms) streams.insert(alarm.stream);
        for (const std::string& stream : streams) ++by_stream[stream].incidents;
    }
    for (const Availability& stream : out.streams) by_stream[stream.id].bad = stream.bad;
    for (auto& [stream, offender] : by_stream) {
        if (offender.alarms + offender.incidents == 0 && offender.bad == Duration::zero()) continue;
        offender.stream = stream;
        out.offenders.push_back(std::move(offender));
    }
    std::stable_sort(out.offenders.begin(), out.offenders.end(), [](const Offender& a, const Offender& b) {
        return std::tie(b.bad, b.incidents, b.alarms) < std::tie(a.bad, a.incidents, a.alarms);
    });
    if (out.offenders.size() > kMostOffenders) out.offenders.resize(kMostOffenders);
}

/// Its state at the period's end, as far as its times tell.
bool unresolved_at(const Incident& incident, UtcTime end) {
    return incident.opened_at < end && incident.merged_into.empty() &&
           (!incident.resolved_at || *incident.resolved_at >= end) &&
           (!incident.closed_at || *incident.closed_at >= end);
}

void add_handover(const ReportInput& input, Report& out) {
    const UtcTime end = end_of(input);
    for (const Incident& incident : input.incidents) {
        if (unresolved_at(incident, end)) {
            out.open.push_back(incident);
            if (incident.snoozed_until && *incident.snoozed_until > end) out.snoozed.push_back(incident);
        }
        if (in_period(input, incident.opened_at)) out.list.push_back(incident);
        for (const core::TimelineEntry& entry : incident.timeline) {
            if (entry.kind == "note" && in_period(input, entry.at)) out.notes.push_back({incident.id, entry});
        }
    }
    std::stable_sort(out.open.begin(), out.open.end(),
                     [](const Incident& a, const Incident& b) { return a.severity > b.severity; });
    std::stable_sort(out.list.begin(), out.list.end(),
                     [](const Incident& a, const Incident& b) { return a.opened_at > b.opened_at; });
    std::stable_sort(out.notes.begin(), out.notes.end(),
                     [](const ReportNote& a, const ReportNote& b) { return a.entry.at > b.entry.at; });
    if (out.list.size() > kMostListed) out.list.resize(kMostListed);
    if (out.notes.size() > kMostNotes) out.notes.resize(kMostNotes);
}

}  // namespace

std::optional<Duration> MeanTime::mean() const {
    if (count == 0) return std::nullopt;
    return sum / static_cast<std::int64_t>(count);
}

Report compute_report(const ReportInput& input) {
    Report out;
    out.kind = input.kind;
    out.period = input.period;
    out.at = input.now;
    out.probe = input.probe;
    out.zone = input.zone;
    out.links_base = input.links_base;
    out.head = input.head;

    Times times;
    add_watch(input, times);
    add_alarms(input, times);
    const UtcTime end = end_of(input);
    for (auto& [stream, time] : times) {
        add_judged_late(time);
        if (!time.maintenance.empty() && time.maintenance.back().to == end && end > input.period.from)
            out.in_maintenance.push_back(stream);
    }
    for (const std::string& stream : input.streams) out.streams.push_back(of_stream(stream, times[stream]));
    for (const config::Path& path : input.paths) out.paths.push_back(of_path(path, times));

    std::set<std::string> acted_alarms;
    std::vector<UtcTime> raised, notified;
    for (const Incident& incident : input.incidents) {
        if (in_period(input, incident.opened_at)) count_incident(incident, out);
        if (incident.notified_at) notified.push_back(*incident.notified_at);
        if (!touched(incident)) continue;
        for (const core::IncidentAlarm& alarm : incident.alarms) acted_alarms.insert(alarm.id);
    }
    for (const ReportAlarm& alarm : input.alarms) raised.push_back(alarm.since);
    out.alarms = rate_of(std::move(raised), input);
    out.notifications = rate_of(std::move(notified), input);
    add_noise(input, acted_alarms, out);
    add_offenders(input, out);
    add_handover(input, out);
    return out;
}

}  // namespace sightline::incidents
