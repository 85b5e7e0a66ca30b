// SPDX-License-Identifier: Apache-2.0
#include "alarms/rule_book.hpp"

#include <algorithm>

#include "alarms/default_rules.hpp"
#include "alarms/precedence.hpp"

namespace sightline::alarms {

using core::AirState;
using core::ClockDomain;

namespace {

bool is_content(const RuleMember& member) {
    return member.spec != nullptr && member.spec->content;
}

/// A limit that the rule leaves open is what the stream's `expect` says.
void fill_limits(std::string_view condition, const core::Expect& expect, core::OutsideLimits& limits) {
    if (limits.below || limits.above) return;
    if (condition == "bitrate.low") limits.below = expect.bitrate_min_bps;
    if (condition == "bitrate.high") limits.above = expect.bitrate_max_bps;
}

ClockDomain common_clock(const std::vector<RuleMember>& all, const std::vector<RuleMember>& any) {
    std::vector<ClockDomain> clocks;
    for (const auto* members : {&all, &any}) {
        for (const RuleMember& member : *members) {
            if (member.spec != nullptr) clocks.push_back(member.spec->clock);
        }
    }
    const bool one = !clocks.empty() && std::all_of(clocks.begin(), clocks.end(),
                                                    [&](ClockDomain clock) { return clock == clocks.front(); });
    return one ? clocks.front() : ClockDomain::Arrival;
}

}  // namespace

bool ReadyRule::muted_in(AirState air) const {
    if (rule.name == kOffAirContentRule) return air != AirState::OffAir;
    if (air == AirState::OnAir) return false;
    if (spec != nullptr) return spec->content;
    if (std::any_of(all.begin(), all.end(), is_content)) return true;
    return !any.empty() && std::all_of(any.begin(), any.end(), is_content);
}

RuleBook::RuleBook(const core::StreamSpec& stream, std::span<const core::ConditionSpec> catalogue)
    : catalogue_(catalogue) {
    for (const core::Rule& rule : stream.rules) {
        if (!rule.enabled || rule.triggers.empty()) continue;
        if (rule.combined()) {
            add_combined(rule);
        } else {
            add_simple(rule, stream.expect);
        }
    }
}

void RuleBook::add_simple(const core::Rule& rule, const core::Expect& expect) {
    const core::ConditionSpec* spec = condition(rule.name);
    if (spec == nullptr) return;
    ReadyRule ready;
    ready.rule = rule;
    ready.spec = spec;
    ready.domain = spec->clock;
    ready.place = place_of(spec->id);
    for (const std::string_view higher : higher_than(*spec)) ready.higher |= place_of(higher);
    if (spec->kind == core::ConditionKind::Level) {
        for (auto trigger = ready.rule.triggers.begin(); trigger != ready.rule.triggers.end();) {
            auto* limits = std::get_if<core::OutsideLimits>(&trigger->second);
            if (limits != nullptr) fill_limits(rule.name, expect, *limits);
            const bool never = limits != nullptr && !limits->below && !limits->above;
            trigger = never ? ready.rule.triggers.erase(trigger) : std::next(trigger);
        }
        if (ready.rule.triggers.empty()) return;
    }
    rules_.push_back(std::move(ready));
}

void RuleBook::add_combined(const core::Rule& rule) {
    ReadyRule ready;
    ready.rule = rule;
    for (const std::string& text : rule.all) ready.all.push_back(member(text));
    for (const std::string& text : rule.any) ready.any.push_back(member(text));
    ready.domain = common_clock(ready.all, ready.any);
    rules_.push_back(std::move(ready));
}

RuleMember RuleBook::member(std::string_view text) const {
    RuleMember member;
    member.negated = text.substr(0, kNotPrefix.size()) == kNotPrefix;
    member.spec = condition(member.negated ? text.substr(kNotPrefix.size()) : text);
    return member;
}

const ReadyRule* RuleBook::find(std::string_view name) const {
    const auto rule =
        std::find_if(rules_.begin(), rules_.end(), [&](const ReadyRule& ready) { return ready.rule.name == name; });
    return rule == rules_.end() ? nullptr : &*rule;
}

const core::ConditionSpec* RuleBook::condition(std::string_view id) const {
    const auto spec = std::find_if(catalogue_.begin(), catalogue_.end(),
                                   [&](const core::ConditionSpec& candidate) { return candidate.id == id; });
    return spec == catalogue_.end() ? nullptr : &*spec;
}

}  // namespace sightline::alarms
