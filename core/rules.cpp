// SPDX-License-Identifier: Apache-2.0
#include "core/rules.hpp"

#include <algorithm>

namespace sightline::core {

void apply(const RuleLayer& layer, RuleSet& rules) {
    for (const RulePatch& patch : layer) {
        auto rule = std::find_if(rules.begin(), rules.end(), [&](const Rule& r) { return r.name == patch.name; });
        if (rule == rules.end()) {
            rules.push_back(Rule{});
            rule = std::prev(rules.end());
            rule->name = patch.name;
        }
        if (patch.enabled) rule->enabled = *patch.enabled;
        if (patch.all) rule->all = *patch.all;
        if (patch.any) rule->any = *patch.any;
        for (const auto& [severity, trigger] : patch.triggers) {
            if (trigger) {
                rule->triggers[severity] = *trigger;
            } else {
                rule->triggers.erase(severity);
            }
        }
        if (patch.clear) {
            rule->clear = *patch.clear;
            rule->clear_severity.clear();  // a layer that says `clear: 2s` means all of it
        }
        for (const auto& [severity, clear] : patch.clear_severity) rule->clear_severity[severity] = clear;
        for (const auto& [key, value] : patch.parameters) rule->parameters[key] = value;
    }
}

const Rule* find(const RuleSet& rules, std::string_view name) {
    const auto rule = std::find_if(rules.begin(), rules.end(), [&](const Rule& r) { return r.name == name; });
    return rule == rules.end() ? nullptr : &*rule;
}

}  // namespace sightline::core
