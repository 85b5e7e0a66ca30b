// SPDX-License-Identifier: Apache-2.0
#include "alarms/condition_table.hpp"

#include <algorithm>
#include <array>

namespace sightline::alarms {

using core::ConditionKind;
using core::ConditionSpec;
using core::Subject;
using core::Verdict;

namespace {

constexpr std::array<std::string_view, 3> kSignal{"signal.unreachable", "signal.lost", "signal.stalled"};

/// `subject` belongs to `group` where it names nothing that the group names otherwise.
bool within(const Subject& subject, const Subject& group) {
    return (subject.service == 0 || subject.service == group.service) &&
           (subject.rendition.empty() || subject.rendition == group.rendition) &&
           (subject.leg.empty() || subject.leg == group.leg);
}

bool exactly(const Subject& subject, const Subject& group) {
    return subject.service == group.service && subject.rendition == group.rendition && subject.leg == group.leg;
}

Verdict turned(Verdict verdict, bool negated) {
    if (!negated || verdict == Verdict::Unknown) return verdict;
    return verdict == Verdict::Bad ? Verdict::Good : Verdict::Bad;
}

}  // namespace

Condition* ConditionTable::entry(const ConditionSpec& spec, const Subject& subject) {
    const Key key{&spec, subject};
    const auto found = entries_.find(key);
    if (found != entries_.end()) return &found->second;
    if (entries_.size() >= kMaxConditions) return nullptr;
    Condition& made = entries_[key];
    made.spec = &spec;
    made.subject = subject;
    made.number = by_number_.size();
    by_number_.push_back(&made);
    return &made;
}

const Condition* ConditionTable::find(const ConditionSpec& spec, const Subject& subject) const {
    const auto found = entries_.find(Key{&spec, subject});
    return found == entries_.end() ? nullptr : &found->second;
}

void ConditionTable::read_signal() {
    bool known = false;
    bool good = false;
    bool bad = false;
    for (const auto& [key, condition] : entries_) {
        if (std::find(kSignal.begin(), kSignal.end(), key.first->id) == kSignal.end()) continue;
        if (!key.second.leg.empty()) continue;  // the other leg may still carry everything
        bad = bad || condition.now.verdict == Verdict::Bad;
        known = true;
        good = good || condition.now.verdict == Verdict::Good;
    }
    signal_good_ = !bad && (!known || good);
}

Verdict ConditionTable::event_verdict(const Condition& condition) const {
    if (condition.declared_unwatched || condition.awaiting_watcher || !signal_good()) return Verdict::Unknown;
    return condition.event_until ? Verdict::Bad : Verdict::Good;
}

Verdict ConditionTable::in_all(const RuleMember& member, const Subject& group) const {
    bool bad = false;
    bool good = false;
    for (auto entry = entries_.lower_bound({member.spec, {}}); entry != entries_.end(); ++entry) {
        const auto& [key, condition] = *entry;
        if (key.first != member.spec) break;
        if (!within(key.second, group)) continue;
        const Verdict verdict = turned(condition.now.verdict, member.negated);
        bad = bad || verdict == Verdict::Bad;
        good = good || verdict == Verdict::Good;
    }
    const bool any_counts = member.spec != nullptr && member.spec->kind == ConditionKind::Event;
    if (bad && (any_counts || !good)) return Verdict::Bad;
    return good ? Verdict::Good : Verdict::Unknown;
}

std::optional<Verdict> ConditionTable::in_any(const RuleMember& member, const Subject& group) const {
    std::optional<Verdict> result;
    for (auto entry = entries_.lower_bound({member.spec, {}}); entry != entries_.end(); ++entry) {
        const auto& [key, condition] = *entry;
        if (key.first != member.spec) break;
        if (!exactly(key.second, group)) continue;
        const Verdict verdict = turned(condition.now.verdict, member.negated);
        if (verdict == Verdict::Bad) return verdict;
        if (!result || verdict == Verdict::Unknown) result = verdict;
    }
    return result;
}

Verdict ConditionTable::combined_verdict(const ReadyRule& rule, const Subject& group, bool content) const {
    bool unknown = false;
    for (const RuleMember& member : rule.all) {
        const Verdict verdict = in_all(member, group);
        if (verdict == Verdict::Good) return Verdict::Good;
        unknown = unknown || verdict == Verdict::Unknown;
    }
    if (rule.any.empty()) return unknown ? Verdict::Unknown : Verdict::Bad;
    std::optional<Verdict> any;
    for (const RuleMember& member : rule.any) {
        if (!content && member.spec != nullptr && member.spec->content) continue;
        const auto verdict = in_any(member, group);
        if (!verdict || any == Verdict::Bad) continue;
        if (verdict == Verdict::Bad || verdict == Verdict::Unknown || !any) any = verdict;
    }
    if (!any || any == Verdict::Unknown) return Verdict::Unknown;
    if (any == Verdict::Good) return Verdict::Good;
    return unknown ? Verdict::Unknown : Verdict::Bad;
}

}  // namespace sightline::alarms
