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

/// One of them, cut up.
struct Assignment {
    std::string left, name, key;
    std::string_view value;
};

core::Result<Assignment> cut(std::string_view text, const std::vector<std::string>& names) {
    const std::size_t equals = text.find('=');
    const std::string_view left = text.substr(0, equals);
    const std::size_t dot = left.rfind('.');
    if (equals == std::string_view::npos || dot == std::string_view::npos || dot == 0 || dot + 1 == left.size()) {
        return invalid(fmt::format("--set: got \"{}\", allowed CONDITION.KEY=VALUE such as video.black.warning=2s",
                                   text.substr(0, 80)));
    }
    Assignment cut{std::string(left), std::string(left.substr(0, dot)), std::string(left.substr(dot + 1)),
                   text.substr(equals + 1)};
    const auto known = [&](std::string_view name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (known(cut.left)) {  // "audio.silence=off", as the file has it
        cut.name = cut.left;
        cut.key = "enabled";
    } else if (!known(cut.name)) {
        return invalid(fmt::format("--set {}: unknown condition \"{}\"{}; allowed are {}", cut.left, cut.name,
                                   did_you_mean(cut.name, names), join(names, 80)));
    }
    return cut;
}

/// @param whole  no other assignment to this rule follows: what the rule has become is checked
core::Result<void> assign(const Assignment& one, bool whole, core::RuleSet& rules, const Surroundings& around) {
    Problems problems("--set");
    const auto value = parse_yaml(one.value, problems);
    if (!value) return invalid(first_line(problems));
    YamlNode map;
    map.kind = YamlNode::Kind::Map;
    map.line = 1;
    map.entries.push_back({one.key, 1, *value});
    Scope scope{around, problems, {}, {}, {}};
    const bool combined = find_condition(around, one.name) == nullptr;
    const auto rule = read_rule(scope, map, {1, one.name}, one.name, combined);
    if (!rule || !problems.empty()) return invalid(first_line(problems));
    complete(rules, {rule->patch}, around);
    core::apply({rule->patch}, rules);
    const PlacedLayer layer{*rule};
    const core::Rule* result = core::find(rules, one.name);
    if (whole && result != nullptr) check_rule(scope, *result, {&layer}, {1, one.name});
    if (!problems.empty()) return invalid(first_line(problems));
    return {};
}

}  // namespace

core::Result<void> parse_sets(std::span<const std::string> assignments, core::RuleSet& rules,
                              std::span<const core::ConditionSpec> catalogue,
                              std::span<const core::MeasurementSpec> measurements) {
    const std::vector<std::string> names = rule_names(rules, catalogue);
    std::vector<Assignment> all;
    for (const std::string& text : assignments) {
        auto one = cut(text, names);
        if (!one) return tl::unexpected(one.error());
        all.push_back(std::move(*one));
    }
    Surroundings around;
    around.catalogue = catalogue;
    around.measurements = measurements;
    around.default_rules = rules;
    core::RuleSet changed = rules;
    for (auto one = all.begin(); one != all.end(); ++one) {
        const bool whole =
            std::none_of(one + 1, all.end(), [&](const Assignment& later) { return later.name == one->name; });
        if (auto done = assign(*one, whole, changed, around); !done) return done;
    }
    rules = std::move(changed);
    return {};
}

}  // namespace sightline::config
