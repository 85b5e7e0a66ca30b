// SPDX-License-Identifier: Apache-2.0
#include "alarms/judge.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

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

Judge::Judge(const core::StreamSpec& stream, std::span<const ConditionSpec> catalogue, StreamClock& clock,
             AlarmWriter& writer)
    : catalogue_(catalogue), clock_(clock), writer_(writer), book_(std::make_unique<RuleBook>(stream, catalogue)) {}

void Judge::add_slot(const ReadyRule& rule, std::unique_ptr<RuleInstance> instance, bool held) {
    const Lane lane = clock_.lane(rule.domain, instance->subject());
    slot_of_[{&rule, instance->subject()}] = slots_.size();
    if (rule.place != 0) explaining_.push_back(slots_.size());
    slots_.push_back({&rule, std::move(instance), lane, {}, held});
}

std::size_t Judge::slot_for(const ReadyRule& rule, const Subject& subject) {
    const auto found = slot_of_.find(std::make_pair(&rule, subject));
    if (found != slot_of_.end()) return found->second;
    add_slot(rule, std::make_unique<RuleInstance>(rule.rule, rule.spec, rule.domain, subject), false);
    RuleInstance& made = *slots_.back().instance;
    if (rule.muted_in(air_)) made.mute(clock_.now(rule.domain), "", writer_);
    if (explained(slots_.back())) made.allow(clock_.now(rule.domain), false, writer_);
    return slots_.size() - 1;
}

std::optional<std::size_t> Judge::simple_slot(const Condition& condition) {
    const ReadyRule* rule = book_->find(condition.spec->id);
    if (rule == nullptr || rule->spec != condition.spec) return std::nullopt;
    return slot_for(*rule, condition.subject);
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
        hold_event(*condition, edge.verdict == Verdict::Bad ? std::optional(shifted(at, kEventHolds)) : std::nullopt);
        evidence.verdict = table_.event_verdict(*condition);
    }
    const bool event = spec->kind == ConditionKind::Event && evidence.verdict == Verdict::Bad;
    tell(*condition, evidence);
    const auto slot = event ? simple_slot(*condition) : std::nullopt;
    if (slot) {
        slots_[*slot].instance->event(at, 1, writer_);
        touch(*slot);
    }
    settle_precedence(at.at);
}

void Judge::occurrence(const core::Occurrence& occurrence, const Moment& at) {
    const ConditionSpec* spec = book_->condition(occurrence.condition);
    Condition* condition = spec != nullptr ? table_.entry(*spec, occurrence.subject) : nullptr;
    if (condition == nullptr) return;
    condition->declared_unwatched = false;
    condition->awaiting_watcher = false;
    if (spec->kind == ConditionKind::Event) hold_event(*condition, shifted(at, kEventHolds));
    Evidence evidence;
    evidence.verdict = spec->kind == ConditionKind::Event ? Verdict::Bad : condition->now.verdict;
    evidence.at = at;
    evidence.pid = occurrence.pid;
    evidence.detail = occurrence.detail;
    tell(*condition, evidence);
    if (const auto slot = simple_slot(*condition)) {
        slots_[*slot].instance->event(at, occurrence.count, writer_);
        touch(*slot);
    }
    settle_precedence(at.at);
}

void Judge::sample(const ConditionSpec& spec, const core::LevelSample& sample, const Moment& end) {
    const ReadyRule* rule = book_->find(spec.id);
    if (rule == nullptr) return;
    Condition* condition = table_.entry(spec, sample.subject);
    const auto slot = condition != nullptr ? simple_slot(*condition) : std::nullopt;
    if (!slot) return;
    slots_[*slot].instance->reading({end, sample.window, sample.value}, sample.pid, writer_);
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
    tell(*condition, evidence);
    settle_precedence(end.at);
}

/// Keeps what was said and tells everyone whom it concerns.
void Judge::tell(Condition& condition, const Evidence& evidence) {
    const bool same = condition.now.verdict == evidence.verdict;
    const Moment since = same ? condition.now.at : evidence.at;
    condition.now = evidence;
    condition.now.at = since;
    if (const auto slot = simple_slot(condition)) {
        slots_[*slot].instance->evidence(evidence, writer_);
        touch(*slot);
    }
    if (!same) combine(*condition.spec, condition.subject, evidence);
    if (!same && is_signal(*condition.spec)) refresh_events(evidence.at.at);
}

/// The signal came or went: things that do not happen are good evidence, or none.
void Judge::refresh_events(const core::Instant& at) {
    const bool before = table_.signal_good();
    table_.read_signal();
    if (table_.signal_good() == before) return;
    for (auto& [key, condition] : table_) {
        if (key.first->kind != ConditionKind::Event) continue;
        const Verdict verdict = table_.event_verdict(condition);
        if (verdict == condition.now.verdict) continue;
        Evidence evidence = condition.now;
        evidence.verdict = verdict;
        evidence.at = clock_.moment(key.first->clock, at);
        tell(condition, evidence);
    }
}

void Judge::combine(const ConditionSpec& spec, const Subject& subject, const Evidence& evidence) {
    for (const ReadyRule& rule : book_->rules()) {
        if (rule.spec != nullptr || !names(rule, spec)) continue;
        slot_for(rule, group_of(subject));
        for (auto slot = slot_of_.lower_bound({&rule, {}}); slot != slot_of_.end() && slot->first.first == &rule;
             ++slot) {
            evaluate(slot->second, evidence.at.at, evidence.exact);
        }
    }
}

void Judge::evaluate(std::size_t slot, const core::Instant& at, bool exact) {
    const ReadyRule& rule = *slots_[slot].rule;
    RuleInstance& instance = *slots_[slot].instance;
    const bool content = air_ == AirState::OnAir || rule.rule.name == kOffAirContentRule;
    const Verdict verdict = table_.combined_verdict(rule, instance.subject(), content);
    if (verdict == instance.verdict()) return;
    Evidence evidence;
    evidence.verdict = verdict;
    evidence.at = clock_.moment(rule.domain, at);
    evidence.exact = exact;
    instance.evidence(evidence, writer_);
    touch(slot);
}

bool Judge::explained(const Slot& slot) const {
    if (slot.rule->higher == 0) return false;
    for (const std::size_t number : explaining_) {
        const Slot& other = slots_[number];
        if ((other.rule->place & slot.rule->higher) == 0 || !other.instance->holds()) continue;
        if (explains(*other.rule->spec, other.instance->subject(), *slot.rule->spec, slot.instance->subject())) {
            return true;
        }
    }
    return false;
}

/// Silences what a higher alarm explains, and lets go of what none does any more.
void Judge::settle_precedence(const core::Instant& at) {
    while (changed_places_ != 0) allow_below(std::exchange(changed_places_, 0), at);
}

/// Looks again at all that stand below one of `places`.
void Judge::allow_below(std::uint32_t places, const core::Instant& at) {
    for (std::size_t number = 0; number < slots_.size(); ++number) {
        const Slot& slot = slots_[number];
        if ((slot.rule->higher & places) == 0) continue;
        slot.instance->allow(clock_.moment(slot.rule->domain, at), !explained(slot), writer_);
        touch(number);
    }
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
        evidence.at = clock_.now(clock_.lane(key.first->clock, key.second));
        tell(condition, evidence);
    }
}

void Judge::forget() {
    awaiting_watchers_ = true;
    for (auto& [key, condition] : table_) {
        if (is_supervisors(*key.first)) continue;
        hold_event(condition, std::nullopt);
        condition.awaiting_watcher = key.first->kind == ConditionKind::Event;
        Evidence evidence = condition.now;
        evidence.verdict = Verdict::Unknown;
        evidence.at = clock_.now(clock_.lane(key.first->clock, key.second));
        tell(condition, evidence);
    }
    table_.read_signal();
}

void Judge::set_air(AirState air, const core::Instant& at) {
    if (air == air_) return;
    air_ = air;
    for (std::size_t number = 0; number < slots_.size(); ++number) {
        const Slot& slot = slots_[number];
        const Moment moment = clock_.moment(slot.rule->domain, at);
        if (slot.rule->muted_in(air_)) {
            slot.instance->mute(moment, mute_reason(*slot.rule, air_), writer_);
        } else {
            slot.instance->unmute(moment, writer_);
        }
        if (slot.rule->spec == nullptr) evaluate(number, at, true);
        touch(number);
    }
    settle_precedence(at);
}

std::set<Judge::Timer>& Judge::timers(Lane lane) {
    if (lane >= timers_.size()) timers_.resize(lane + 1);
    return timers_[lane];
}

/// The instance may have other plans now.
void Judge::touch(std::size_t number) {
    Slot& slot = slots_[number];
    if (slot.rule->place != 0 && slot.instance->holds() != slot.held) {
        slot.held = !slot.held;
        changed_places_ |= slot.rule->place;
    }
    const auto due = slot.instance->due();
    const auto timer = due ? std::optional(Timer{due->time, true, number}) : std::nullopt;
    if (timer == slot.timer) return;
    if (slot.timer) timers(slot.lane).erase(*slot.timer);
    if (timer) timers(slot.lane).insert(*timer);
    slot.timer = timer;
}

/// An event condition is bad until then, if nothing more happens.
void Judge::hold_event(Condition& condition, std::optional<Moment> until) {
    auto& lane = timers(clock_.lane(condition.spec->clock, condition.subject));
    if (condition.event_until) lane.erase(Timer{condition.event_until->time, false, condition.number});
    if (until) lane.insert(Timer{until->time, false, condition.number});
    condition.event_until = until;
}

std::optional<Moment> Judge::due(Lane lane) {
    if (lane >= timers_.size() || timers_[lane].empty()) return std::nullopt;
    const Timer& next = *timers_[lane].begin();
    const auto due = next.of_slot ? slots_[next.number].instance->due() : table_.numbered(next.number).event_until;
    assert(due && due->time == next.time);  // touch() follows every change
    return due;
}

void Judge::advance(Lane lane) {
    const auto due = this->due(lane);
    if (!due) return;
    const Timer next = *timers_[lane].begin();
    if (next.of_slot) {
        slots_[next.number].instance->advance(*due, writer_);
        touch(next.number);
    } else {
        Condition& condition = table_.numbered(next.number);
        hold_event(condition, std::nullopt);
        Evidence evidence = condition.now;
        evidence.verdict = table_.event_verdict(condition);
        evidence.at = *due;
        tell(condition, evidence);
    }
    settle_precedence(due->at);
}

void Judge::reconfigure(const core::StreamSpec& stream) {
    auto book = std::make_unique<RuleBook>(stream, catalogue_);
    std::vector<Slot> old = std::move(slots_);
    for (Slot& slot : old) {
        if (slot.timer) timers(slot.lane).erase(*slot.timer);
    }
    slots_.clear();
    slot_of_.clear();
    explaining_.clear();
    book_.swap(book);  // `book` keeps the old rules alive until the end
    for (Slot& slot : old) {
        const ReadyRule* rule = book_->find(slot.rule->rule.name);
        if (rule == nullptr || (rule->spec == nullptr) != (slot.rule->spec == nullptr)) {
            slot.instance->close(clock_.now(slot.rule->domain), "rule removed", writer_);
            continue;
        }
        if (rule->rule == slot.rule->rule) {
            add_slot(*rule, std::move(slot.instance), slot.held);
        } else {
            add_slot(*rule,
                     std::make_unique<RuleInstance>(rule->rule, rule->spec, rule->domain, slot.instance->subject()),
                     slot.held);
            slots_.back().instance->take_over(*slot.instance, clock_.now(rule->domain), writer_);
        }
        touch(slots_.size() - 1);
    }
    for (auto& [key, condition] : table_) {
        const ReadyRule* rule = book_->find(key.first->id);
        const bool fresh = rule != nullptr && rule->spec != nullptr && slot_of_.count({rule, key.second}) == 0;
        if (fresh && condition.now.verdict != Verdict::Unknown) {
            const std::size_t number = slot_for(*rule, key.second);
            slots_[number].instance->start_at(clock_.now(rule->domain));
            slots_[number].instance->evidence(condition.now, writer_);
            touch(number);
        }
        combine(*key.first, key.second, condition.now);
    }
    const core::Instant now = clock_.now(ClockDomain::Arrival).at;
    settle_precedence(now);
    allow_below(~std::uint32_t{0}, now);  // what explained them may be gone
}

void Judge::restore(std::span<const core::AlarmTransition> alarms) {
    awaiting_watchers_ = true;
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
        const std::size_t number = slot_for(*rule, alarm.subject);
        slots_[number].instance->adopt(alarm);
        touch(number);
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
