// SPDX-License-Identifier: Apache-2.0
#include "engine/limits.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "alarms/rule_book.hpp"
#include "engine/conditions.hpp"

namespace sightline::engine {
namespace {

/// A state condition that looks at the same thing as a measurement, and is bad below one of its parameters.
struct LevelParameter {
    std::string_view condition, parameter, measurement;
};
constexpr std::array kLevelParameters{LevelParameter{"audio.silence", "level", "audio.level"},
                                      LevelParameter{"audio.level_low", "level", "audio.level"}};

std::string unit_of(std::string_view measurement) {
    for (const core::MeasurementSpec& spec : measurement_catalogue())
        if (spec.id == measurement) return std::string(spec.unit);
    return {};
}

std::optional<double> parameter_of(const core::Rule& rule, const core::ConditionSpec& spec, std::string_view key) {
    const auto given = rule.parameters.find(std::string(key));
    if (given != rule.parameters.end()) {
        const double* number = std::get_if<double>(&given->second);
        return number != nullptr ? std::optional(*number) : std::nullopt;
    }
    for (const core::ParameterSpec& parameter : spec.parameters)
        if (parameter.key == key) return parameter.fallback;
    return std::nullopt;
}

void add_levels(const alarms::ReadyRule& ready, std::vector<MeasurementLimit>& out) {
    for (const auto& [severity, trigger] : ready.rule.triggers) {
        const auto* limits = std::get_if<core::OutsideLimits>(&trigger);
        if (limits == nullptr || (!limits->below && !limits->above)) continue;
        out.push_back({std::string(ready.spec->level), unit_of(ready.spec->level), ready.rule.name, severity,
                       limits->below, limits->above});
    }
}

void add_parameters(const alarms::ReadyRule& ready, std::vector<MeasurementLimit>& out) {
    if (ready.rule.triggers.empty()) return;
    for (const LevelParameter& row : kLevelParameters) {
        if (ready.rule.name != row.condition) continue;
        const auto level = parameter_of(ready.rule, *ready.spec, row.parameter);
        if (!level) continue;
        out.push_back({std::string(row.measurement), unit_of(row.measurement), ready.rule.name,
                       ready.rule.triggers.rbegin()->first, level, std::nullopt});
    }
}

}  // namespace

std::vector<MeasurementLimit> limits_of(const core::StreamSpec& stream) {
    const alarms::RuleBook book(stream, condition_catalogue());
    std::vector<MeasurementLimit> out;
    for (const alarms::ReadyRule& ready : book.rules())
        if (ready.spec != nullptr && ready.spec->kind == core::ConditionKind::Level) add_levels(ready, out);
    for (const alarms::ReadyRule& ready : book.rules())
        if (ready.spec != nullptr && ready.spec->kind == core::ConditionKind::State) add_parameters(ready, out);
    return out;
}

}  // namespace sightline::engine
