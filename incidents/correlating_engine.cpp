// SPDX-License-Identifier: Apache-2.0
#include "incidents/correlating_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "incidents/forming_groups.hpp"
#include "incidents/payload.hpp"

namespace sightline::incidents {
namespace {

using core::IncidentState;
using core::UtcTime;

constexpr std::size_t kNamedCleared = 5;  // alarms that one entry of a timeline names

void earliest(std::optional<UtcTime>& next, const std::optional<UtcTime>& at) {
    if (at && (!next || *at < *next)) next = at;
}

/// Causes first, open first, worst first.
bool stands_before(const core::IncidentAlarm& one, const core::IncidentAlarm& other) {
    const auto key = [](const core::IncidentAlarm& alarm) {
        const int role = alarm.role == core::AlarmRole::Cause ? 0 : alarm.role == core::AlarmRole::Member ? 1 : 2;
        return std::tuple(role, !alarm.open, -static_cast<int>(alarm.severity), std::string_view(alarm.stream),
                          std::string_view(alarm.condition), std::string_view(alarm.id));
    };
    return key(one) < key(other);
}

}  // namespace

std::unique_ptr<IncidentEngine> make_incident_engine(IncidentIds ids) {
    return std::make_unique<CorrelatingEngine>(std::move(ids));
}

void CorrelatingEngine::configure(const config::Config& config) {
    topology_ = Topology(config);
    asked_ = true;
    for (auto& [order, one] : cases_) touched_.insert(order);
}

void CorrelatingEngine::restore(IncidentRestore stored, UtcTime now) {
    now_ = now;
    std::sort(stored.incidents.begin(), stored.incidents.end(), [](const IncidentMemory& a, const IncidentMemory& b) {
        const auto key = [](const IncidentMemory& m) {
            return std::tuple(m.incident.opened_at, m.incident.id.size(), m.incident.id);
        };
        return key(a) < key(b);
    });
    std::map<std::string, const core::IncidentAlarm*> entries;
    std::map<std::string, std::string> home;
    for (IncidentMemory& one : stored.incidents) {
        const std::uint64_t order = next_order_++;
        order_of_[one.incident.id] = order;
        IncidentCase made(std::move(one.incident), case_memory_from_json(one.memory));
        for (const core::IncidentAlarm& alarm : made.data.alarms) made.said[alarm.id] = alarm;
        if (made.memory.flood) {
            flood_case_ = order;
            watch_.set(made.data.state != IncidentState::Resolved);
        }
        cases_.emplace(order, std::move(made));
    }
    restore_flood(now);
    for (const auto& [order, one] : cases_) {
        for (const auto& [id, alarm] : one.said) {
            entries[id] = &alarm;
            home[id] = one.data.id;
        }
    }
    for (const core::AlarmTransition& transition : stored.alarms) {
        const auto entry = entries.find(transition.id);
        if (entry == entries.end()) {
            if (transition.state != core::AlarmState::Cleared) taken_.push_back(transition);
            continue;
        }
        apply(transition, now);
        Known& known = alarms_.at(transition.id);
        known.alarm.incident = home.at(transition.id);
        known.alarm.follows = entry->second->follows;
        known.role = entry->second->role;
        const core::Incident& record = cases_.at(order_of_.at(known.alarm.incident)).data;
        known.redundant =
            record.cause.kind == core::CauseKind::Redundancy || record.title.ends_with(": redundancy lost");
        in_[order_of_.at(known.alarm.incident)].insert(transition.id);
        // What an alarm said before it ended stands in the title only.
        const std::size_t colon = record.title.find(": ");
        if (known.alarm.until && known.role == core::AlarmRole::Cause && !known.redundant && colon != std::string::npos)
            known.alarm.message = record.title.substr(colon + 2);
    }
    calendar_ = MaintenanceCalendar(std::move(stored.maintenance));
    maintenance_due_ = calendar_.next_change(now);
    for (const auto& [order, one] : cases_) shown_[order] = std::make_shared<const core::Incident>(one.data);
    asked_ = true;
    for (const auto& [order, one] : cases_) touched_.insert(order);
}

void CorrelatingEngine::take(const core::AlarmTransition& alarm) {
    taken_.push_back(alarm);
}

void CorrelatingEngine::apply(const core::AlarmTransition& transition, UtcTime now) {
    Known& known = alarms_[transition.id];
    const bool fresh = known.alarm.id.empty();
    LiveAlarm& alarm = known.alarm;
    if (fresh) {
        alarm.id = transition.id;
        alarm.stream = transition.stream;
        alarm.condition = transition.condition;
        alarm.identity = dedup_key(transition);
        alarm.since = std::min(transition.since.utc.value_or(transition.at.utc.value_or(now)), now);
        alarm.severity = transition.severity;
    }
    alarm.severity = std::max(alarm.severity, transition.severity);
    known.current = transition.severity;
    if (!transition.message.empty() && transition.state != core::AlarmState::Cleared)
        alarm.message = transition.message;
    if (alarm.message.empty()) alarm.message = transition.condition;
    if (transition.state == core::AlarmState::Cleared) {
        const UtcTime at = transition.at.utc.value_or(now);
        const UtcTime until = transition.until && transition.until->utc ? *transition.until->utc : at;
        alarm.until = std::clamp(until, alarm.since, std::max(now, alarm.since));
    } else {
        alarm.until.reset();
    }
    if (const auto at = order_of_.find(alarm.incident); at != order_of_.end()) touched_.insert(at->second);
}

void CorrelatingEngine::apply_taken(UtcTime now) {
    if (taken_.empty()) return;
    std::vector<core::AlarmTransition> taken = std::exchange(taken_, {});
    std::stable_sort(taken.begin(), taken.end(), [](const auto& a, const auto& b) {
        return std::tie(a.id, a.sequence) < std::tie(b.id, b.sequence);
    });
    std::map<std::uint64_t, std::pair<std::size_t, std::string>> cleared;
    for (const core::AlarmTransition& transition : taken) {
        apply(transition, now);
        if (transition.state != core::AlarmState::Cleared) continue;
        const auto at = order_of_.find(alarms_.at(transition.id).alarm.incident);
        if (at == order_of_.end()) continue;
        auto& [count, text] = cleared[at->second];
        if (++count <= kNamedCleared) text += (count > 1 ? "; " : "") + transition.stream + ' ' + transition.condition;
    }
    regroup(now);
    for (const auto& [order, what] : cleared) {
        const auto at = cases_.find(order);
        if (at == cases_.end() || !at->second.live()) continue;
        const std::size_t more = what.first - std::min(what.first, kNamedCleared);
        at->second.note(now, "desk", "cleared",
                        what.second + (more > 0 ? fmt::format("; and {} more alarms", more) : std::string{}));
    }
}

IncidentOutcome CorrelatingEngine::step(UtcTime now) {
    now_ = std::max(now_, now);
    now = now_;
    IncidentOutcome out;
    const bool due = next_due_ && now >= *next_due_;
    if (taken_.empty() && !asked_ && !due) return out;
    asked_ = false;
    apply_taken(now);
    const bool calendar = maintenance_edited_ || (maintenance_due_ && now >= *maintenance_due_);
    maintenance_edited_ = false;
    if (calendar) {
        std::vector<MaintenanceWindow> windows = calendar_.windows();
        const auto over = [now](const MaintenanceWindow& window) { return window.to && now >= *window.to; };
        const auto end = std::remove_if(windows.begin(), windows.end(), over);
        if (end != windows.end()) {
            windows.erase(end, windows.end());
            calendar_ = MaintenanceCalendar(std::move(windows));
            maintenance_changed_ = true;
        }
        maintenance_due_ = calendar_.next_change(now);
    }
    for (const std::uint64_t order : std::exchange(touched_, {})) refresh(cases_.at(order), now);
    if (calendar) {
        for (auto& [order, one] : cases_) refresh_maintenance(one, now);
    }
    advance_cases(now, out);
    for (auto& [order, one] : cases_) {
        if (!one.data.merged_into.empty() && one.changed && one.memory.told && !one.memory.end_told) {
            one.memory.end_told = true;
            out.notices.push_back({std::make_shared<const core::Incident>(one.data), NoticeReason::Merged, 0});
        }
    }
    advance_flood(now, out);
    collect(out);
    forget_closed();
    plan_next(now);
    out.maintenance_changed = std::exchange(maintenance_changed_, false);
    return out;
}

/// Each moves on by itself, in the order of opening: who was called already counts for those after it.
void CorrelatingEngine::advance_cases(UtcTime now, IncidentOutcome& out) {
    const config::Incidents& settings = topology_.settings();
    (void)watch_.judge(settings, now);
    const FormingGroups forming(topology_, cases_, now);
    for (auto& [order, one] : cases_) {
        one.waits_until = forming.waits_until(one);
        const bool was_told = one.memory.told, was_counted = was_told || one.memory.held_at;
        const std::optional<UtcTime> held_before = one.memory.held_at;
        const std::uint64_t entries = one.memory.entries;
        // The eleventh of a moment is already in the flood.
        for (const CaseCall& call : one.advance(settings, now, watch_.hush(now))) {
            out.notices.push_back({nullptr, call.reason, call.escalation});
            out.notices.back().incident = std::make_shared<const core::Incident>(one.data);  // replaced by collect()
            one.changed = true;
        }
        one.changed = one.changed || entries != one.memory.entries;
        if (one.memory.flood) continue;
        if (one.memory.told && !was_told && one.data.severity == core::Severity::Critical) watch_.called_critical(now);
        if (one.memory.held_at != held_before) hold(one);
        if (was_counted || !(one.memory.told || one.memory.held_at)) continue;
        watch_.count(now);
        (void)watch_.judge(settings, now);
    }
}

void CorrelatingEngine::refresh(IncidentCase& one, UtcTime now) {
    if (one.memory.flood) return;
    core::Incident& data = one.data;
    const std::vector<core::IncidentAlarm> before = std::exchange(data.alarms, {});
    const std::optional<UtcTime> good_before = one.memory.good_since;
    std::optional<core::Severity> worst, ever;
    std::optional<UtcTime> since, last_good;
    bool open = false;
    const auto& mine = in_[order_of_.at(data.id)];
    for (const std::string& id : mine) {
        const Known& known = alarms_.at(id);
        const auto cap = known.redundant ? core::Severity::Minor : core::Severity::Critical;
        core::IncidentAlarm entry{
            id,         known.alarm.stream, known.alarm.condition, known.current, !known.alarm.until,
            known.role, known.alarm.follows};
        ever = std::max(ever.value_or(core::Severity::Info), std::min(known.alarm.severity, cap));
        if (entry.open) {
            open = true;
            worst = std::max(worst.value_or(core::Severity::Info), std::min(known.current, cap));
        } else {
            last_good = std::max(last_good.value_or(*known.alarm.until), *known.alarm.until);
        }
        since = std::min(since.value_or(known.alarm.since), known.alarm.since);
        data.alarms.push_back(std::move(entry));
    }
    std::sort(data.alarms.begin(), data.alarms.end(), stands_before);
    if (since) data.since = *since;
    one.memory.good_since = open || mine.empty() ? std::nullopt : last_good;
    if (mine.empty()) one.memory.good_since = good_before.value_or(now);
    if (open && good_before) one.memory.came_back = true;
    if (!open && data.sequence == 0) worst = ever;  // it came and went in one moment
    if (worst && *worst != data.severity) {
        if (data.sequence > 0) {
            if (*worst > data.severity) one.memory.worsened_at = now;
            one.note(now, "desk", "severity", fmt::format("{} → {}", core::name(data.severity), core::name(*worst)));
        }
        data.severity = *worst;
    }
    refresh_facts(one);
    refresh_maintenance(one, now);
    if (before != data.alarms || good_before != one.memory.good_since) one.changed = true;
}

/// Runbook and tags of what its causes share.
void CorrelatingEngine::refresh_facts(IncidentCase& one) {
    core::Incident& data = one.data;
    bool first = true;
    std::map<std::string, std::string> tags;
    std::string runbook;
    bool same_runbook = true;
    for (const core::IncidentAlarm& alarm : data.alarms) {
        if (alarm.role == core::AlarmRole::Consequence) continue;
        const TopologyStream* stream = topology_.find(alarm.stream);
        if (stream == nullptr) continue;
        if (first) {
            tags = stream->tags;
            runbook = stream->runbook;
        } else {
            for (auto tag = tags.begin(); tag != tags.end();) {
                const auto theirs = stream->tags.find(tag->first);
                const bool shared = theirs != stream->tags.end() && theirs->second == tag->second;
                tag = shared ? std::next(tag) : tags.erase(tag);
            }
            same_runbook = same_runbook && runbook == stream->runbook;
        }
        first = false;
    }
    if (first) return;  // streams that are gone: as it was
    data.tags = std::move(tags);
    data.runbook = same_runbook ? runbook : std::string{};
}

/// Under maintenance while every stream that is a cause is.
void CorrelatingEngine::refresh_maintenance(IncidentCase& one, UtcTime now) {
    if (!one.live() || one.memory.flood || one.data.alarms.empty()) return;
    std::string reason;
    const auto covered = [&](const core::IncidentAlarm& alarm) {
        if (alarm.role == core::AlarmRole::Consequence || (one.any_open() && !alarm.open)) return true;
        const TopologyStream* stream = topology_.find(alarm.stream);
        std::vector<std::string> paths;
        if (stream != nullptr) {
            for (const PathPlace& place : stream->places) paths.push_back(topology_.paths()[place.path].id);
        }
        const MaintenanceWindow* window = calendar_.covers(
            alarm.stream, stream == nullptr ? std::map<std::string, std::string>{} : stream->tags, paths, now);
        if (window != nullptr) reason = window->reason;
        return window != nullptr;
    };
    const bool all =
        !calendar_.windows().empty() && std::all_of(one.data.alarms.begin(), one.data.alarms.end(), covered);
    if (all == one.data.maintenance) return;
    one.data.maintenance = all;
    one.memory.maintenance_ended = !all && one.any_open();
    one.note(now, "desk", all ? "maintenance" : "maintenance_over", all ? reason : "");
}

/// Numbers what changed, and gives notices the record as it is now.
void CorrelatingEngine::collect(IncidentOutcome& out) {
    std::map<std::string, std::shared_ptr<const core::Incident>> now_shown;
    for (auto& [order, one] : cases_) {
        if (!one.changed) continue;
        one.changed = false;
        ++one.data.sequence;
        IncidentChange change;
        for (const core::IncidentAlarm& alarm : one.data.alarms) {
            const auto was = one.said.find(alarm.id);
            if (was != one.said.end() && was->second == alarm) continue;
            one.said[alarm.id] = alarm;
            change.alarms.push_back(alarm);
        }
        for (const std::string& id : one.left) one.said.erase(id);
        change.left = std::exchange(one.left, {});
        change.entries = std::exchange(one.entries, {});
        change.entries_before = one.memory.entries - change.entries.size();
        change.memory = to_json(one.memory);
        change.incident = std::make_shared<const core::Incident>(one.data);
        shown_[order] = change.incident;
        now_shown[one.data.id] = change.incident;
        out.changes.push_back(std::move(change));
    }
    for (IncidentNotice& notice : out.notices) {
        const auto newest = now_shown.find(notice.incident->id);
        if (newest != now_shown.end()) notice.incident = newest->second;
    }
}

void CorrelatingEngine::forget_closed() {
    for (auto one = cases_.begin(); one != cases_.end();) {
        if (one->second.live()) {
            ++one;
            continue;
        }
        for (const std::string& id : in_[one->first]) alarms_.erase(id);
        in_.erase(one->first);
        order_of_.erase(one->second.data.id);
        shown_.erase(one->first);
        touched_.erase(one->first);
        one = cases_.erase(one);
    }
}

void CorrelatingEngine::plan_next(UtcTime now) {
    next_due_.reset();
    for (const auto& [order, one] : cases_) earliest(next_due_, one.next_due(topology_.settings()));
    earliest(next_due_, maintenance_due_);
    earliest(next_due_, digest_due_);
    earliest(next_due_, watch_.next_due(topology_.settings()));
    (void)now;
}

IncidentCase* CorrelatingEngine::find(const std::string& id) {
    const auto at = order_of_.find(id);
    return at == order_of_.end() ? nullptr : &cases_.at(at->second);
}

std::vector<std::shared_ptr<const core::Incident>> CorrelatingEngine::current() const {
    std::vector<std::shared_ptr<const core::Incident>> all;
    all.reserve(shown_.size());
    for (const auto& [order, incident] : shown_) all.push_back(incident);
    return all;
}

}  // namespace sightline::incidents
