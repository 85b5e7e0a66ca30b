// SPDX-License-Identifier: Apache-2.0
#include "config/set_option.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/rule_reader.hpp"
#include "core/text.hpp"

namespace sightline::config {
namespace {

tl::unexpected<core::Error> invalid(const std::string& message) {
    return core::fail(core::ErrorCode::InvalidConfig, core::clean_utf8(message));
}

/// The first problem, without the place in a file that it does not have.
std::string first_line(const Problems& problems) {
    std::string line = problems.lines().front();
    static constexpr std::string_view kPlaces[] = {"--set:1: ", "--set: "};
    for (const std::string_view place : kPlaces) {
        if (line.starts_with(place)) return "--set " + line.substr(place.size());
    }
    return line;
}

std::vector<std::string> rule_names(const core::RuleSet& rules, std::span<const core::ConditionSpec> catalogue) {
    std::vector<std::string> names;
    for (const core::ConditionSpec& spec : catalogue) names.emplace_back(spec.id);
    for (const core::Rule& rule : rules) {
        if (std::find(names.begin(), names.end(), rule.name) == names.end()) names.push_back(rule.name);
    }
    return names;
}

}  // namespace

core::Result<void> parse_set(std::string_view assignment, core::RuleSet& rules,
                             std::span<const core::ConditionSpec> catalogue,
                             std::span<const core::MeasurementSpec> measurements) {
    const std::size_t equals = assignment.find('=');
    const std::string_view left = assignment.substr(0, equals);
    const std::size_t dot = left.rfind('.');
    if (equals == std::string_view::npos || dot == std::string_view::npos || dot == 0 || dot + 1 == left.size()) {
        return invalid(fmt::format("--set: got \"{}\", allowed CONDITION.KEY=VALUE such as video.black.warning=2s",
                                   assignment.substr(0, 80)));
    }
    const std::string name(left.substr(0, dot));
    const std::string key(left.substr(dot + 1));
    const std::vector<std::string> names = rule_names(rules, catalogue);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
        return invalid(fmt::format("--set {}: unknown condition \"{}\"{}; allowed are {}", left, name,
                                   did_you_mean(name, names), join(names, 80)));
    }
    Surroundings around;
    around.catalogue = catalogue;
    around.measurements = measurements;
    around.default_rules = rules;
    Problems problems("--set");
    const auto value = parse_yaml(assignment.substr(equals + 1), problems);
    if (!value) return invalid(first_line(problems));
    YamlNode map;
    map.kind = YamlNode::Kind::Map;
    map.line = 1;
    map.entries.push_back({key, 1, *value});
    Scope scope{around, problems, {}, {}, {}};
    const bool combined = find_condition(around, name) == nullptr;
    const auto rule = read_rule(scope, map, {1, name}, name, combined);
    if (!rule || !problems.empty()) return invalid(first_line(problems));
    core::RuleSet changed = rules;
    complete(changed, {rule->patch}, around);
    core::apply({rule->patch}, changed);
    const PlacedLayer layer{*rule};
    const core::Rule* result = core::find(changed, name);
    if (result != nullptr) check_rule(scope, *result, {&layer}, {1, name});
    if (!problems.empty()) return invalid(first_line(problems));
    rules = std::move(changed);
    return {};
}

}  // namespace sightline::config
