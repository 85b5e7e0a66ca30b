// SPDX-License-Identifier: Apache-2.0
// The rules of one stream made ready to run: names resolved, limits filled in from `expect`, clocks chosen.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "core/findings.hpp"
#include "core/rules.hpp"
#include "core/stream_spec.hpp"

namespace sightline::alarms {

/// One member of a combined rule. A condition that the catalogue lacks is never reported.
struct RuleMember {
    const core::ConditionSpec* spec = nullptr;
    bool negated = false;
};

/// One rule that can raise something.
struct ReadyRule {
    core::Rule rule;                            ///< limits complete, triggers that can never fire taken out
    const core::ConditionSpec* spec = nullptr;  ///< null: combined
    core::ClockDomain domain = core::ClockDomain::Media;
    std::vector<RuleMember> all, any;
    std::uint32_t place = 0;   ///< in the precedence list, as a bit; 0: it explains nothing
    std::uint32_t higher = 0;  ///< places of those that explain it

    [[nodiscard]] bool muted_in(core::AirState air) const;
};

/// Threading: immutable after construction.
class RuleBook {
public:
    RuleBook(const core::StreamSpec& stream, std::span<const core::ConditionSpec> catalogue);

    [[nodiscard]] const std::deque<ReadyRule>& rules() const { return rules_; }
    [[nodiscard]] const ReadyRule* find(std::string_view name) const;
    [[nodiscard]] const core::ConditionSpec* condition(std::string_view id) const;
    [[nodiscard]] std::span<const core::ConditionSpec> catalogue() const { return catalogue_; }

private:
    void add_simple(const core::Rule& rule, const core::Expect& expect);
    void add_combined(const core::Rule& rule);
    [[nodiscard]] RuleMember member(std::string_view text) const;

    std::span<const core::ConditionSpec> catalogue_;
    std::deque<ReadyRule> rules_;
};

}  // namespace sightline::alarms
