// SPDX-License-Identifier: Apache-2.0
#include "incidents/incident_case.hpp"

#include <algorithm>
#include <utility>

namespace sightline::incidents {
namespace {

using core::IncidentState;
using core::Severity;
using core::UtcTime;

constexpr std::size_t kTimelineInMemory = 300;
constexpr int kLongFault = 2;  // windows of returns: a fault that lasted as long is not one that flaps

void earliest(std::optional<UtcTime>& next, UtcTime at) {
    if (!next || at < *next) next = at;
}

}  // namespace

void IncidentCase::note(UtcTime at, std::string who, std::string kind, std::string text) {
    core::TimelineEntry entry{at, std::move(who), std::move(kind), std::move(text)};
    entries.push_back(entry);
    data.timeline.push_back(std::move(entry));
    if (data.timeline.size() > kTimelineInMemory) data.timeline.erase(data.timeline.begin() + 1);  // "opened" stays
    ++memory.entries;
    changed = true;
}

bool IncidentCase::can_return(const config::Incidents& settings, UtcTime now) const {
    if (!live() || memory.flood) return false;
    return data.state != IncidentState::Resolved || now - *data.resolved_at <= settings.reopen_within;
}

bool IncidentCase::awake() const {
    return data.state == IncidentState::Open || data.state == IncidentState::Acknowledged;
}

std::set<std::string> IncidentCase::cause_streams() const {
    std::set<std::string> streams;
    for (const core::IncidentAlarm& alarm : data.alarms) {
        if (alarm.role != core::AlarmRole::Consequence) streams.insert(alarm.stream);
    }
    return streams;
}

void IncidentCase::remember_silence() {
    memory.silent_severity = data.severity;
    memory.silent_streams = cause_streams();
}

std::vector<CaseCall> IncidentCase::advance(const config::Incidents& settings, UtcTime now, Hush hush) {
    std::vector<CaseCall> calls = std::exchange(asked_, {});
    if (!live()) return calls;
    follow_alarms(settings, now, calls);
    if (data.snoozed_until && now >= *data.snoozed_until) {
        data.snoozed_until.reset();
        data.snoozed_by.clear();
        data.snooze_reason.clear();
        note(now, "desk", "unsnoozed", "its time is over");
        if (data.state == IncidentState::Open && any_open() && !data.maintenance)
            called(NoticeReason::SnoozeOver, now, calls);
    }
    if (awake()) end_silence(now, calls);
    tell(settings, now, hush, calls);
    if (data.state == IncidentState::Open) call_again(settings, now, calls);
    tell_end(settings, now, calls);
    if (data.state == IncidentState::Resolved && now >= *data.resolved_at + settings.close_after) {
        close("desk", "resolved for " + core::to_text(settings.close_after), now);
        calls.insert(calls.end(), asked_.begin(), asked_.end());
        asked_.clear();
    }
    return calls;
}

void IncidentCase::follow_alarms(const config::Incidents& settings, UtcTime now, std::vector<CaseCall>& calls) {
    if (memory.flood) return;
    if (any_open()) {
        if (data.state == IncidentState::Resolved) return_to_life(now, calls);
    } else if (awake() && now >= *memory.good_since + settings.resolve_after) {
        data.state = IncidentState::Resolved;
        data.resolved_at = *memory.good_since + settings.resolve_after;
        note(now, "desk", "resolved", "all its alarms have been good for " + core::to_text(settings.resolve_after));
    }
}

void IncidentCase::return_to_life(UtcTime now, std::vector<CaseCall>& calls) {
    ++data.returns;
    data.resolved_at.reset();
    memory.by_hand = false;
    const bool told_end = std::exchange(memory.end_told, false);
    // Before its end was told, a return is flapping: the acknowledge lives on. After that it has re-armed.
    if (told_end) data.acknowledged_at.reset();
    if (!data.acknowledged_at) data.acknowledged_by.clear();
    data.state = data.acknowledged_at ? IncidentState::Acknowledged : IncidentState::Open;
    note(now, "desk", "reopened",
         "it came back, for the " + std::to_string(data.returns) +
             (data.returns == 1   ? "st"
              : data.returns == 2 ? "nd"
              : data.returns == 3 ? "rd"
                                  : "th") +
             " time" + (data.acknowledged_at ? "; still acknowledged" : ""));
    if (!memory.told || !told_end) return;
    memory.told_severity = data.severity;
    memory.escalation = 0;
    memory.first_call.reset();
    if (!quiet()) called(NoticeReason::Reopened, now, calls);
}

/// A worse severity or a further stream is not what was acknowledged.
void IncidentCase::end_silence(UtcTime now, std::vector<CaseCall>& calls) {
    const bool silent = data.state == IncidentState::Acknowledged || data.snoozed_until;
    if (!silent || !any_open()) return;
    const bool worse = data.severity > memory.silent_severity;
    std::string fresh;
    for (const core::IncidentAlarm& alarm : data.alarms) {
        if (alarm.open && alarm.role != core::AlarmRole::Consequence && memory.silent_streams.count(alarm.stream) == 0)
            fresh = alarm.stream;
    }
    if (!worse && fresh.empty()) return;
    const char* was = data.snoozed_until ? "snooze" : "acknowledge";
    note(now, "desk", "rearmed",
         std::string("the ") + was +
             " is over: " + (worse ? std::string("now ") + core::name(data.severity) : fresh + " failed too"));
    data.state = IncidentState::Open;
    data.acknowledged_at.reset();
    data.acknowledged_by.clear();
    data.snoozed_until.reset();
    data.snoozed_by.clear();
    data.snooze_reason.clear();
    memory.escalation = 0;
    memory.first_call.reset();
    if (data.maintenance || !memory.told) return;
    called(worse ? NoticeReason::Worsened : NoticeReason::NewStream, now, calls);
}

UtcTime IncidentCase::first_due(const config::Incidents& settings) const {
    const UtcTime gathered = news_since() + (memory.gathers ? settings.gather : core::Duration::zero());
    return std::max(gathered, waits_until.value_or(gathered));
}

void IncidentCase::tell_first(const config::Incidents& settings, UtcTime now, Hush hush, std::vector<CaseCall>& calls) {
    if (!wants_to_call() || now < first_due(settings)) return;
    if (hush == Hush::Everybody || (hush == Hush::Lesser && data.severity < Severity::Critical)) {
        note(now, "desk", "held", "a flood: it is told in a digest");
        memory.digested = true;
        memory.held_at = now;
        memory.told_severity = data.severity;
        return;
    }
    called(std::exchange(memory.maintenance_ended, false) ? NoticeReason::MaintenanceOver : NoticeReason::Opened, now,
           calls);
}

void IncidentCase::tell(const config::Incidents& settings, UtcTime now, Hush hush, std::vector<CaseCall>& calls) {
    if (memory.flood || quiet() || !awake()) return;
    if (!memory.told) return tell_first(settings, now, hush, calls);
    const bool lesser = hush != Hush::Nobody && data.severity < Severity::Critical;
    if (std::exchange(memory.maintenance_ended, false) && any_open() && data.state == IncidentState::Open)
        called(NoticeReason::MaintenanceOver, now, calls);
    if (data.severity > memory.told_severity && data.state == IncidentState::Open && !lesser)
        called(NoticeReason::Worsened, now, calls);
    if (data.cause.name == memory.told_cause) {
        memory.cause_changed.reset();
    } else if (!memory.cause_changed) {
        memory.cause_changed = now;
    } else if (now >= *memory.cause_changed + settings.gather) {
        memory.told_cause = data.cause.name;
        memory.cause_changed.reset();
        calls.push_back({NoticeReason::Cause});
    }
}

void IncidentCase::called(NoticeReason reason, UtcTime now, std::vector<CaseCall>& calls) {
    if (!calls.empty() && asks_attention(calls.back().reason)) return;  // once a moment is enough
    calls.push_back({reason});
    memory.told = true;
    memory.told_severity = std::max(memory.told_severity, data.severity);
    memory.told_cause = data.cause.name;
    memory.cause_changed.reset();
    if (!data.notified_at) data.notified_at = now;
    if (!memory.first_call) memory.first_call = now;
    memory.last_call = now;
    note(now, "desk", "notified", name(reason));
}

void IncidentCase::call_again(const config::Incidents& settings, UtcTime now, std::vector<CaseCall>& calls) {
    if (!memory.told || quiet() || !memory.first_call || !any_open()) return;
    const auto steps = static_cast<int>(settings.escalate.size());
    while (memory.escalation < steps &&
           now >= *memory.first_call + settings.escalate[static_cast<std::size_t>(memory.escalation)].after) {
        ++memory.escalation;
        calls.push_back({NoticeReason::Escalated, memory.escalation});
        memory.last_call = now;
        note(now, "desk", "escalated",
             "not acknowledged for " +
                 core::to_text(settings.escalate[static_cast<std::size_t>(memory.escalation - 1)].after));
    }
    if (settings.repeat > core::Duration::zero() && now >= *memory.last_call + settings.repeat)
        called(NoticeReason::Repeated, now, calls);
}

core::Duration IncidentCase::end_hold(const config::Incidents& settings) const {
    // What came back, or was not long, may come back: its end is told when it can no longer return.
    const bool flaps =
        memory.came_back || data.returns > 0 || *memory.good_since - data.since < settings.reopen_within * kLongFault;
    return flaps ? settings.resolve_after + settings.reopen_within
                 : std::max(settings.tell_resolved_after, settings.resolve_after);
}

void IncidentCase::tell_end(const config::Incidents& settings, UtcTime now, std::vector<CaseCall>& calls) {
    if (data.state != IncidentState::Resolved || !memory.told || memory.end_told || memory.flood) return;
    if (!memory.by_hand && now < *memory.good_since + end_hold(settings)) return;
    memory.end_told = true;
    calls.push_back({NoticeReason::Resolved});
    note(now, "desk", "notified", "resolved");
}

std::optional<UtcTime> IncidentCase::next_due(const config::Incidents& settings) const {
    std::optional<UtcTime> next;
    if (!live()) return next;
    if (data.snoozed_until) earliest(next, *data.snoozed_until);
    if (data.state == IncidentState::Resolved) {
        earliest(next, *data.resolved_at + settings.close_after);
        if (memory.told && !memory.end_told && memory.good_since)
            earliest(next, *memory.good_since + end_hold(settings));
        return next;
    }
    if (memory.good_since) earliest(next, *memory.good_since + settings.resolve_after);
    if (quiet()) return next;
    if (wants_to_call()) earliest(next, first_due(settings));
    if (memory.cause_changed) earliest(next, *memory.cause_changed + settings.gather);
    if (data.state != IncidentState::Open || !memory.told || !memory.first_call || !any_open()) return next;
    const auto step = static_cast<std::size_t>(memory.escalation);
    if (step < settings.escalate.size()) earliest(next, *memory.first_call + settings.escalate[step].after);
    if (settings.repeat > core::Duration::zero()) earliest(next, *memory.last_call + settings.repeat);
    return next;
}

void IncidentCase::acknowledge(const std::string& who, const std::string& text, UtcTime now) {
    data.state = IncidentState::Acknowledged;
    data.acknowledged_at = now;
    data.acknowledged_by = who;
    remember_silence();
    note(now, who, "acknowledged", text);
    if (memory.told) asked_.push_back({NoticeReason::Acknowledged});
}

void IncidentCase::see(const std::string& who, const std::string& text, UtcTime now) {
    data.acknowledged_by = who;  // without a time: nobody answered while it lasted, and a return is news
    note(now, who, "seen", text);
}

void IncidentCase::unacknowledge(const std::string& who, const std::string& text, UtcTime now) {
    data.state = IncidentState::Open;
    data.acknowledged_at.reset();
    data.acknowledged_by.clear();
    memory.first_call = now;
    memory.last_call = now;
    memory.escalation = 0;
    note(now, who, "unacknowledged", text);
    if (memory.told) asked_.push_back({NoticeReason::Unacknowledged});
}

void IncidentCase::snooze(const std::string& who, const std::string& reason, UtcTime until, UtcTime now) {
    data.snoozed_until = until;
    data.snoozed_by = who;
    data.snooze_reason = reason;
    remember_silence();
    note(now, who, "snoozed", "until " + core::to_rfc3339(until) + ": " + reason);
    if (memory.told) asked_.push_back({NoticeReason::Snoozed});
}

void IncidentCase::unsnooze(const std::string& who, const std::string& text, UtcTime now) {
    data.snoozed_until.reset();
    data.snoozed_by.clear();
    data.snooze_reason.clear();
    memory.first_call = now;
    memory.last_call = now;
    note(now, who, "unsnoozed", text);
}

void IncidentCase::resolve(const std::string& who, const std::string& text, UtcTime now) {
    data.state = IncidentState::Resolved;
    data.resolved_at = now;
    memory.by_hand = true;
    note(now, who, "resolved", text);
}

void IncidentCase::close(const std::string& who, const std::string& text, UtcTime now) {
    data.state = IncidentState::Closed;
    data.closed_at = now;
    data.closed_by = who;
    note(now, who, "closed", text);
    if (memory.told) asked_.push_back({memory.end_told ? NoticeReason::Closed : NoticeReason::Resolved});
    memory.end_told = true;
}

}  // namespace sightline::incidents
