// SPDX-License-Identifier: Apache-2.0
#include "alarms/rule_instance.hpp"

#include <algorithm>

#include "alarms/messages.hpp"

namespace sightline::alarms {

using core::AlarmState;
using core::AlarmTransition;
using core::Duration;
using core::Severity;
using core::Verdict;

namespace {

/// What begins this soon after its clock counts as there from the start.
constexpr Duration kFromTheStart = std::chrono::seconds{1};

core::ConditionKind kind_of(const core::ConditionSpec* spec) {
    return spec != nullptr ? spec->kind : core::ConditionKind::State;
}

/// `until` − `since` of an alarm whose moments are of two processes.
std::optional<double> civil_span(const core::AlarmTime& since, const core::AlarmTime& until) {
    if (!since.utc || !until.utc) return std::nullopt;
    return core::to_seconds(std::max(*until.utc - *since.utc, Duration{}));
}

}  // namespace

RuleInstance::RuleInstance(core::Rule rule, const core::ConditionSpec* spec, core::ClockDomain domain,
                           core::Subject subject)
    : rule_(std::move(rule)), spec_(spec), domain_(domain), subject_(std::move(subject)) {
    make_parts();
}

void RuleInstance::make_parts() {
    parts_.clear();
    for (const auto& [severity, trigger] : rule_.triggers) {
        const auto own = rule_.clear_severity.find(severity);
        const Duration clear = own != rule_.clear_severity.end() ? own->second : rule_.clear;
        parts_.push_back({severity, make_trigger_state(trigger, kind_of(spec_), clear)});
    }
}

bool RuleInstance::holds() const {
    if (muted_) return false;
    if (alarm_) return true;
    if (latest_.verdict != Verdict::Bad) return false;
    return std::any_of(rule_.triggers.begin(), rule_.triggers.end(),
                       [](const auto& t) { return std::holds_alternative<core::HoldFor>(t.second); });
}

void RuleInstance::evidence(const Evidence& evidence, AlarmWriter& writer) {
    const bool begins = evidence.verdict == Verdict::Bad && last_known_ != Verdict::Bad;
    Evidence next = evidence;
    if (!next.pid) next.pid = latest_.pid;
    latest_ = std::move(next);
    if (evidence.verdict != Verdict::Unknown) last_known_ = evidence.verdict;
    if (muted_) return;
    if (evidence.verdict != Verdict::Unknown && !first_seen_) {
        first_seen_ = evidence.at;
        first_exact_ = evidence.exact;
    }
    for (Part& part : parts_) {
        part.state->verdict(evidence);
        if (begins && kind_of(spec_) == core::ConditionKind::State) part.state->event(evidence.at, 1);
    }
    flap_.watched(evidence.at, evidence.verdict != Verdict::Unknown);
    settle(evidence.at, writer);
}

void RuleInstance::event(const Moment& at, std::uint64_t count, AlarmWriter& writer) {
    if (muted_) return;
    for (Part& part : parts_) part.state->event(at, count);
    settle(at, writer);
}

void RuleInstance::reading(const LevelReading& reading, std::optional<int> pid, AlarmWriter& writer) {
    if (pid) latest_.pid = pid;
    latest_.at = reading.end;
    if (muted_) return;
    if (!first_seen_) first_seen_ = shifted(reading.end, -reading.window);
    for (Part& part : parts_) part.state->reading(reading);
    flap_.watched(reading.end, true);
    settle(reading.end, writer);
}

void RuleInstance::allow(const Moment& at, bool allowed, AlarmWriter& writer) {
    if (allowed_ == allowed) return;
    allowed_ = allowed;
    for (Part& part : parts_) part.state->allow(at, allowed);
    if (!muted_) settle(at, writer);
}

void RuleInstance::mute(const Moment& at, const std::string& reason, AlarmWriter& writer) {
    if (muted_) return;
    close(at, reason, writer);
    muted_ = true;
    make_parts();
    first_seen_.reset();
}

void RuleInstance::unmute(const Moment& at, AlarmWriter& writer) {
    if (!muted_) return;
    muted_ = false;
    make_parts();
    for (Part& part : parts_) part.state->allow(at, allowed_);
    last_known_ = Verdict::Unknown;
    if (latest_.verdict == Verdict::Unknown) return;
    Evidence now = latest_;
    now.at = at;
    evidence(now, writer);
}

std::optional<Moment> RuleInstance::due() const {
    if (muted_) return std::nullopt;
    std::optional<Moment> next;
    for (const Part& part : parts_) {
        const auto moment = part.state->due();
        if (moment && (!next || moment->time < next->time)) next = moment;
    }
    if (const auto flap = flap_.due(); flap && (!next || flap->at.time < next->time)) next = flap->at;
    return next;
}

void RuleInstance::advance(const Moment& at, AlarmWriter& writer) {
    for (Part& part : parts_) part.state->advance(at);
    settle(at, writer);
    const auto flap = flap_.due();
    if (!flap || flap->at.time > at.time || !alarm_) return;
    if (flap->what == FlapWatch::Due::Announce) {
        announce_flapping(flap->at, writer);
    } else {
        end_flapping(*flap, writer);
    }
}

void RuleInstance::adopt(const AlarmTransition& alarm) {
    alarm_ = alarm;
    since_.reset();
    flap_.adopt(alarm.flaps);
    latest_.pid = alarm.pid;
    adopt_parts(alarm.severity);
}

void RuleInstance::adopt_parts(Severity severity) {
    bool any = false;
    for (Part& part : parts_) {
        if (part.severity > severity && any) break;
        if (part.severity > severity && &part != &parts_.front()) break;
        part.state->adopt();
        any = true;
    }
}

void RuleInstance::take_over(RuleInstance& old, const Moment& now, AlarmWriter& writer) {
    not_before_ = now;
    alarm_ = std::move(old.alarm_);
    since_ = old.since_;
    flap_ = old.flap_;
    first_seen_ = old.first_seen_;
    first_exact_ = old.first_exact_;
    allowed_ = old.allowed_;
    for (Part& part : parts_) part.state->allow(now, allowed_);
    muted_ = old.muted_;
    if (alarm_ && !flap_.down()) adopt_parts(alarm_->severity);
    const Evidence latest = old.latest_;
    latest_.pid = latest.pid;
    if (latest.verdict != Verdict::Unknown) evidence(latest, writer);
    latest_ = latest;
    if (!muted_) settle(now, writer);
}

void RuleInstance::close(const Moment& at, const std::string& reason, AlarmWriter& writer) {
    if (alarm_) clear(at, at, reason, writer);
    flap_.end();
}

const RuleInstance::Part* RuleInstance::worst() const {
    const auto part = std::find_if(parts_.rbegin(), parts_.rend(), [](const Part& p) { return p.state->active(); });
    return part == parts_.rend() ? nullptr : &*part;
}

Moment RuleInstance::good_since(const Moment& otherwise) const {
    std::optional<Moment> latest;
    for (const Part& part : parts_) {
        const auto& good = part.state->good_since();
        if (!good) continue;
        const bool later =
            latest && latest->epoch == good->epoch ? good->time > latest->time : !latest || good->epoch > latest->epoch;
        if (later) latest = good;
    }
    return latest.value_or(otherwise);
}

void RuleInstance::settle(const Moment& when, AlarmWriter& writer) {
    const bool early = not_before_ && not_before_->epoch == when.epoch && when.time < not_before_->time;
    const Moment& at = early ? *not_before_ : when;
    const Part* part = worst();
    if (!alarm_) {
        if (part != nullptr) raise(*part, at, writer);
        return;
    }
    if (part == nullptr) {
        lapse(at, writer);
        return;
    }
    if (flap_.flapping()) {
        flap_.raised(at);
        if (part->severity <= alarm_->severity) return;
    }
    if (part->severity != alarm_->severity) change(*part, at, writer);
}

AlarmFacts RuleInstance::facts(const Moment& at) const {
    AlarmFacts facts;
    facts.rule = &rule_;
    facts.severity = alarm_->severity;
    if (since_) facts.length = span(*since_, at);
    facts.value = alarm_->value;
    facts.threshold = alarm_->threshold;
    facts.unit = alarm_->unit;
    facts.service = subject_.service;
    facts.track = subject_.track;
    facts.language = alarm_->language;
    facts.pid = alarm_->pid;
    facts.detail = latest_.detail;
    facts.flaps = alarm_->flaps;
    return facts;
}

void RuleInstance::show_reading(const Part* part, AlarmWriter& writer) {
    alarm_->value = latest_.value;
    alarm_->threshold = latest_.threshold;
    alarm_->unit = latest_.unit;
    if (const auto shown = part != nullptr ? part->state->shown() : std::nullopt) {
        alarm_->value = shown->value;
        alarm_->threshold = shown->threshold;
        alarm_->unit = shown->unit;
        if (spec_ != nullptr && spec_->kind == core::ConditionKind::Level && alarm_->unit.empty()) {
            alarm_->unit = level_unit(spec_->id);
        }
    }
    const core::Track* track = writer.track(subject_);
    if (track != nullptr && !track->language.empty()) alarm_->language = track->language;
    if (latest_.pid) {
        alarm_->pid = latest_.pid;
    } else if (track != nullptr && track->pid) {
        alarm_->pid = track->pid;
    }
}

void RuleInstance::raise(const Part& part, const Moment& at, AlarmWriter& writer) {
    const RunStart start = part.state->raised_by().value_or(RunStart{at, false, {}});
    since_ = start.since;
    AlarmTransition alarm;
    alarm.id = writer.new_id();
    alarm.stream = writer.stream();
    alarm.condition = rule_.combined() ? "rule." + rule_.name : rule_.name;
    alarm.rule = rule_.name;
    alarm.severity = part.severity;
    alarm.subject = subject_;
    alarm.since = writer.time(start.since);
    alarm.at = writer.time(at);
    alarm.exact = start.exact;
    if (!start.exact && start.uncertainty > Duration{}) alarm.uncertainty_s = core::to_seconds(start.uncertainty);
    alarm_ = std::move(alarm);
    show_reading(&part, writer);
    alarm_->message = raised_message(facts(at));
    writer.write(*alarm_);
}

void RuleInstance::change(const Part& part, const Moment& at, AlarmWriter& writer) {
    const Severity previous = alarm_->severity;
    alarm_->state = AlarmState::Changed;
    ++alarm_->sequence;
    alarm_->previous = previous;
    alarm_->severity = part.severity;
    alarm_->at = writer.time(at);
    show_reading(&part, writer);
    alarm_->message = changed_message(facts(at), previous);
    writer.write(*alarm_);
}

void RuleInstance::lapse(const Moment& at, AlarmWriter& writer) {
    if (flap_.down()) return;
    if (!flap_.cleared(at)) {
        clear(good_since(at), at, {}, writer);
        return;
    }
    if (flap_.may_announce(at)) announce_flapping(at, writer);
}

void RuleInstance::clear(const Moment& until, const Moment& at, const std::string& reason, AlarmWriter& writer) {
    alarm_->state = AlarmState::Cleared;
    ++alarm_->sequence;
    alarm_->previous.reset();
    alarm_->at = writer.time(at);
    alarm_->until = writer.time(until);
    show_reading(parts_.empty() ? nullptr : &parts_.front(), writer);
    AlarmFacts now = facts(until);
    if (since_) {
        alarm_->duration_s = core::to_seconds(now.length);
    } else {
        alarm_->duration_s = civil_span(alarm_->since, *alarm_->until);
        now.length = core::from_seconds(alarm_->duration_s.value_or(0));
    }
    alarm_->message = reason.empty() ? cleared_message(now) : reason;
    writer.write(std::move(*alarm_));
    alarm_.reset();
    since_.reset();
}

void RuleInstance::announce_flapping(const Moment& at, AlarmWriter& writer) {
    alarm_->state = AlarmState::Changed;
    ++alarm_->sequence;
    alarm_->previous.reset();
    alarm_->at = writer.time(at);
    alarm_->flaps = flap_.count();
    alarm_->message = flapping_message(facts(at));
    flap_.announced(at);
    writer.write(*alarm_);
}

void RuleInstance::end_flapping(const FlapWatch::Next& next, AlarmWriter& writer) {
    alarm_->flaps = flap_.count();
    flap_.end();
    if (next.what == FlapWatch::Due::Quiet) {
        clear(good_since(next.at), next.at, {}, writer);
        return;
    }
    const Part* part = worst();
    if (part == nullptr) {
        clear(good_since(next.at), next.at, {}, writer);
        return;
    }
    const Severity previous = alarm_->severity;
    alarm_->flaps = 0;
    alarm_->state = AlarmState::Changed;
    ++alarm_->sequence;
    alarm_->previous = part->severity != previous ? std::optional(previous) : std::nullopt;
    alarm_->severity = part->severity;
    alarm_->at = writer.time(next.at);
    show_reading(part, writer);
    alarm_->message = raised_message(facts(next.at)) + ", no longer flapping";
    writer.write(*alarm_);
}

std::optional<Severity> RuleInstance::whole_run_severity(std::optional<Duration> first) const {
    if (muted_ || !allowed_ || !first_seen_) return std::nullopt;
    if (first && first_exact_ && first_seen_->time - *first > kFromTheStart) return std::nullopt;
    const auto part =
        std::find_if(parts_.rbegin(), parts_.rend(), [](const Part& p) { return p.state->bad_throughout(); });
    return part == parts_.rend() ? std::nullopt : std::optional(part->severity);
}

}  // namespace sightline::alarms
