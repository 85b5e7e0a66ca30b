// SPDX-License-Identifier: Apache-2.0
#include "alarms/judge.hpp"

#include <algorithm>

#include "alarms/default_rules.hpp"
#include "alarms/precedence.hpp"

namespace sightline::alarms {

using core::AirState;
using core::ClockDomain;
using core::ConditionKind;
using core::ConditionSpec;
using core::Subject;
using core::Verdict;

namespace {

constexpr core::Duration kEventHolds = std::chrono::seconds{1};
constexpr std::size_t kMaxSlots = 16'384;

bool is_signal(const ConditionSpec& spec) {
    return spec.id.substr(0, 7) == "signal.";
}

/// Watched by the supervisor, so still known when a worker dies.
bool is_supervisors(const ConditionSpec& spec) {
    return spec.id.substr(0, 6) == "probe." && spec.id != "probe.overload";
}

const char* mute_reason(const ReadyRule& rule, AirState air) {
    if (rule.rule.name == kOffAirContentRule) return "no longer off air";
    return air == AirState::Standby ? "muted: standby" : "muted: off air";
}

Subject group_of(const Subject& subject) {
    return {subject.service, subject.rendition, subject.leg, ""};
}

bool names(const ReadyRule& rule, const ConditionSpec& spec) {
    const auto same = [&](const RuleMember& member) { return member.spec == &spec; };
    return std::any_of(rule.all.begin(), rule.all.end(), same) || std::any_of(rule.any.begin(), rule.any.end(), same);
}

}  // namespace

Judge::Judge(const core::StreamSpec& stream, std::span<const ConditionSpec> catalogue, const StreamClock& clock,
             AlarmWriter& writer)
    : catalogue_(catalogue), clock_(clock), writer_(writer), book_(std::make_unique<RuleBook>(stream, catalogue)) {}

RuleInstance& Judge::instance_of(const ReadyRule& rule, const Subject& subject) {
    const auto key = std::make_pair(&rule, subject);
    const auto found = slot_of_.find(key);
    if (found != slot_of_.end()) return *slots_[found->second].instance;
    slot_of_[key] = slots_.size();
    slots_.push_back({&rule, std::make_unique<RuleInstance>(rule.rule, rule.spec, rule.domain, subject), false});
    RuleInstance& made = *slots_.back().instance;
    if (rule.muted_in(air_)) made.mute(clock_.now(rule.domain), "", writer_);
    if (explained(slots_.back())) made.allow(clock_.now(rule.domain), false, writer_);
    return made;
}

RuleInstance* Judge::simple_instance(const Condition& condition) {
    const ReadyRule* rule = book_->find(condition.spec->id);
    if (rule == nullptr || rule->spec != condition.spec || slots_.size() >= kMaxSlots) return nullptr;
    return &instance_of(*rule, condition.subject);
}

void Judge::edge(const core::StateEdge& edge, const Moment& at) {
    const ConditionSpec* spec = book_->condition(edge.condition);
    Condition* condition = spec != nullptr ? table_.entry(*spec, edge.subject) : nullptr;
    if (condition == nullptr) return;
    Evidence evidence{edge.verdict,   at,        edge.exact, edge.uncertainty, edge.value,
                      edge.threshold, edge.unit, edge.pid,   edge.detail};
    if (spec->kind == ConditionKind::Event) {
        condition->declared_unwatched = edge.verdict == Verdict::Unknown;
        condition->awaiting_watcher = false;
        if (edge.verdict != Verdict::Bad) condition->event_until.reset();
        if (edge.verdict == Verdict::Bad) condition->event_until = shifted(at, kEventHolds);
        evidence.verdict = table_.event_verdict(*condition);
    }
    const bool event = spec->kind == ConditionKind::Event && evidence.verdict == Verdict::Bad;
    tell(*condition, std::move(evidence));
    RuleInstance* instance = event ? simple_instance(*condition) : nullptr;
    if (instance != nullptr) instance->event(at, 1, writer_);
    settle_precedence(at.at);
}

void Judge::occurrence(const core::Occurrence& occurrence, const Moment& at) {
    const ConditionSpec* spec = book_->condition(occurrence.condition);
    Condition* condition = spec != nullptr ? table_.entry(*spec, occurrence.subject) : nullptr;
    if (condition == nullptr) return;
    condition->declared_unwatched = false;
    condition->awaiting_watcher = false;
    if (spec->kind == ConditionKind::Event) condition->event_until = shifted(at, kEventHolds);
    Evidence evidence;
    evidence.verdict = spec->kind == ConditionKind::Event ? Verdict::Bad : condition->now.verdict;
    evidence.at = at;
    evidence.pid = occurrence.pid;
    evidence.detail = occurrence.detail;
    tell(*condition, std::move(evidence));
    if (RuleInstance* instance = simple_instance(*condition)) instance->event(at, occurrence.count, writer_);
    timers_known_ = false;
    settle_precedence(at.at);
}

void Judge::sample(const ConditionSpec& spec, const core::LevelSample& sample, const Moment& end) {
    const ReadyRule* rule = book_->find(spec.id);
    if (rule == nullptr) return;
    Condition* condition = table_.entry(spec, sample.subject);
    RuleInstance* instance = condition != nullptr ? simple_instance(*condition) : nullptr;
    if (instance == nullptr) return;
    instance->reading({end, sample.window, sample.value}, sample.pid, writer_);
    bool bad = false;
    for (const auto& [severity, trigger] : rule->rule.triggers) {
        const auto* limits = std::get_if<core::OutsideLimits>(&trigger);
        bad = bad || (limits != nullptr && outside(*limits, sample.value));
    }
    Evidence evidence;
    evidence.verdict = bad ? Verdict::Bad : Verdict::Good;
    evidence.at = shifted(end, -sample.window);
    evidence.value = sample.value;
    evidence.pid = sample.pid;
    tell(*condition, std::move(evidence));
    settle_precedence(end.at);
}

/// Keeps what was said and tells everyone whom it concerns.
void Judge::tell(Condition& condition, Evidence evidence) {
    timers_known_ = false;
    const bool same = condition.now.verdict == evidence.verdict;
    const Moment since = same ? condition.now.at : evidence.at;
    condition.now = evidence;
    condition.now.at = since;
    if (RuleInstance* instance = simple_instance(condition)) instance->evidence(evidence, writer_);
    if (!same) combine(*condition.spec, condition.subject, evidence);
    if (!same && is_signal(*condition.spec)) refresh_events(evidence.at.at);
}

/// The signal came or went: things that do not happen are good evidence, or none.
void Judge::refresh_events(const core::Instant& at) {
    const bool good = table_.signal_good();
    if (good == signal_was_good_) return;
    signal_was_good_ = good;
    for (auto& [key, condition] : table_) {
        if (key.first->kind != ConditionKind::Event) continue;
        const Verdict verdict = table_.event_verdict(condition);
        if (verdict == condition.now.verdict) continue;
        Evidence evidence = condition.now;
        evidence.verdict = verdict;
        evidence.at = clock_.moment(key.first->clock, at);
        tell(condition, std::move(evidence));
    }
}

void Judge::combine(const ConditionSpec& spec, const Subject& subject, const Evidence& evidence) {
    for (const ReadyRule& rule : book_->rules()) {
        if (rule.spec != nullptr || !names(rule, spec)) continue;
        const Subject group = group_of(subject);
        if (slots_.size() < kMaxSlots) instance_of(rule, group);
        for (std::size_t i = 0; i < slots_.size(); ++i) {
            if (slots_[i].rule == &rule) evaluate(*slots_[i].instance, rule, evidence.at.at, evidence.exact);
        }
    }
}

void Judge::evaluate(RuleInstance& instance, const ReadyRule& rule, const core::Instant& at, bool exact) {
    const bool content = air_ == AirState::OnAir || rule.rule.name == kOffAirContentRule;
    const Verdict verdict = table_.combined_verdict(rule, instance.subject(), content);
    if (verdict == instance.verdict()) return;
    Evidence evidence;
    evidence.verdict = verdict;
    evidence.at = clock_.moment(rule.domain, at);
    evidence.exact = exact;
    instance.evidence(evidence, writer_);
}

bool Judge::explained(const Slot& slot) const {
    if (slot.rule->spec == nullptr || slot.rule->higher.empty()) return false;
    for (const Slot& other : slots_) {
        if (other.rule->spec == nullptr || !other.instance->holds()) continue;
        const auto& higher = slot.rule->higher;
        if (std::find(higher.begin(), higher.end(), other.rule->spec->id) == higher.end()) continue;
        if (explains(*other.rule->spec, other.instance->subject(), *slot.rule->spec, slot.instance->subject())) {
            return true;
        }
    }
    return false;
}

/// Silences what a higher alarm explains, and lets go of what none does any more.
void Judge::settle_precedence(const core::Instant& at) {
    bool changed = false;
    for (Slot& slot : slots_) {
        if (!slot.rule->explains_others || slot.instance->holds() == slot.held) continue;
        slot.held = !slot.held;
        changed = true;
    }
    if (!changed) return;
    for (const Slot& slot : slots_) {
        if (slot.rule->higher.empty()) continue;
        slot.instance->allow(clock_.moment(slot.rule->domain, at), !explained(slot), writer_);
    }
    timers_known_ = false;
}

void Judge::watcher_came() {
    if (!awaiting_watchers_) return;
    awaiting_watchers_ = false;
    for (auto& [key, condition] : table_) {
        if (!condition.awaiting_watcher) continue;
        if (!clock_.runs(key.first->clock)) {
            awaiting_watchers_ = true;
            continue;
        }
        condition.awaiting_watcher = false;
        Evidence evidence = condition.now;
        evidence.verdict = table_.event_verdict(condition);
        evidence.at = clock_.now(key.first->clock);
        tell(condition, std::move(evidence));
    }
}

void Judge::forget() {
    awaiting_watchers_ = true;
    for (auto& [key, condition] : table_) {
        if (is_supervisors(*key.first)) continue;
        condition.event_until.reset();
        condition.awaiting_watcher = key.first->kind == ConditionKind::Event;
        Evidence evidence = condition.now;
        evidence.verdict = Verdict::Unknown;
        evidence.at = clock_.now(key.first->clock);
        tell(condition, std::move(evidence));
    }
    signal_was_good_ = table_.signal_good();
}

void Judge::set_air(AirState air, const core::Instant& at) {
    if (air == air_) return;
    air_ = air;
    timers_known_ = false;
    for (const Slot& slot : slots_) {
        const Moment moment = clock_.moment(slot.rule->domain, at);
        if (slot.rule->muted_in(air_)) {
            slot.instance->mute(moment, mute_reason(*slot.rule, air_), writer_);
        } else {
            slot.instance->unmute(moment, writer_);
        }
        if (slot.rule->spec == nullptr) evaluate(*slot.instance, *slot.rule, at, true);
    }
    settle_precedence(at);
}

void Judge::find_timers() {
    timers_ = {};
    const auto offer = [&](ClockDomain domain, const Timer& timer) {
        auto& best = timers_[static_cast<std::size_t>(domain)];
        if (!best || timer.at.time < best->at.time) best = timer;
    };
    for (auto& [key, condition] : table_) {
        if (condition.event_until) offer(key.first->clock, {*condition.event_until, nullptr, &condition});
    }
    for (const Slot& slot : slots_) {
        if (const auto at = slot.instance->due()) offer(slot.rule->domain, {*at, slot.instance.get(), nullptr});
    }
    timers_known_ = true;
}

std::optional<Moment> Judge::due(ClockDomain domain) {
    if (!timers_known_) find_timers();
    const auto& timer = timers_[static_cast<std::size_t>(domain)];
    return timer ? std::optional(timer->at) : std::nullopt;
}

void Judge::advance(ClockDomain domain, const Moment& at) {
    if (!timers_known_) find_timers();
    const auto timer = timers_[static_cast<std::size_t>(domain)];
    if (!timer || timer->at.time > at.time) return;
    timers_known_ = false;
    if (timer->instance != nullptr) {
        timer->instance->advance(timer->at, writer_);
    } else {
        Condition& condition = *timer->condition;
        condition.event_until.reset();
        Evidence evidence = condition.now;
        evidence.verdict = table_.event_verdict(condition);
        evidence.at = timer->at;
        tell(condition, std::move(evidence));
    }
    settle_precedence(timer->at.at);
}

void Judge::reconfigure(const core::StreamSpec& stream) {
    timers_known_ = false;
    auto book = std::make_unique<RuleBook>(stream, catalogue_);
    std::vector<Slot> old = std::move(slots_);
    slots_.clear();
    slot_of_.clear();
    book_.swap(book);  // `book` keeps the old rules alive until the end
    for (Slot& slot : old) {
        const ReadyRule* rule = book_->find(slot.rule->rule.name);
        const Moment now = clock_.now(slot.rule->domain);
        if (rule == nullptr || (rule->spec == nullptr) != (slot.rule->spec == nullptr)) {
            slot.instance->close(now, "rule removed", writer_);
            continue;
        }
        slot_of_[{rule, slot.instance->subject()}] = slots_.size();
        if (rule->rule == slot.rule->rule) {
            slots_.push_back({rule, std::move(slot.instance), slot.held});
            continue;
        }
        slots_.push_back(
            {rule, std::make_unique<RuleInstance>(rule->rule, rule->spec, rule->domain, slot.instance->subject()),
             slot.held});
        slots_.back().instance->take_over(*slot.instance, clock_.now(rule->domain), writer_);
    }
    for (auto& [key, condition] : table_) {
        const ReadyRule* rule = book_->find(key.first->id);
        const bool fresh = rule != nullptr && rule->spec != nullptr && slot_of_.count({rule, key.second}) == 0;
        if (fresh && condition.now.verdict != Verdict::Unknown) {
            RuleInstance& instance = instance_of(*rule, key.second);
            instance.start_at(clock_.now(rule->domain));
            instance.evidence(condition.now, writer_);
        }
        combine(*key.first, key.second, condition.now);
    }
    settle_precedence(clock_.now(ClockDomain::Arrival).at);
}

void Judge::restore(std::span<const core::AlarmTransition> alarms) {
    awaiting_watchers_ = true;
    timers_known_ = false;
    for (const core::AlarmTransition& alarm : alarms) {
        const ReadyRule* rule = book_->find(alarm.rule);
        if (rule == nullptr) {
            core::AlarmTransition gone = alarm;
            gone.state = core::AlarmState::Cleared;
            ++gone.sequence;
            gone.previous.reset();
            gone.until = gone.at;
            gone.message = "rule removed";
            writer_.write(std::move(gone));
            continue;
        }
        if (rule->spec != nullptr) {
            if (Condition* condition = table_.entry(*rule->spec, alarm.subject)) {
                condition->awaiting_watcher = rule->spec->kind == ConditionKind::Event;
            }
        }
        instance_of(*rule, alarm.subject).adopt(alarm);
    }
    settle_precedence({});
}

std::vector<core::AlarmTransition> Judge::open() const {
    std::vector<core::AlarmTransition> alarms;
    for (const Slot& slot : slots_) {
        if (slot.instance->alarm() != nullptr) alarms.push_back(*slot.instance->alarm());
    }
    return alarms;
}

std::optional<core::Severity> Judge::whole_run_severity() const {
    std::optional<core::Severity> worst;
    for (const Slot& slot : slots_) {
        const auto severity = slot.instance->whole_run_severity(clock_.first(slot.rule->domain));
        if (severity && (!worst || *severity > *worst)) worst = severity;
    }
    return worst;
}

}  // namespace sightline::alarms
