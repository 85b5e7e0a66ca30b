// SPDX-License-Identifier: Apache-2.0
#include "config/trigger_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/values.hpp"

namespace sightline::config {
namespace {

using core::Trigger;

constexpr core::Duration kShortestWindow = std::chrono::seconds{1};
constexpr int kMostCounted = 1'000'000;

bool has(const YamlNode& map, std::string_view key) {
    return std::any_of(map.entries.begin(), map.entries.end(), [&](const Entry& entry) { return entry.key == key; });
}

std::optional<double> read_limit(Scope& scope, const YamlNode& node, const std::string& key, const Judged& what) {
    const bool bitrate = what.unit == "b/s";
    const std::string allowed = bitrate             ? "a bitrate such as 800k or 4M"
                                : what.unit.empty() ? "a number"
                                                    : fmt::format("a number in {} such as {}", what.unit,
                                                                  quantity_text(what.max.value_or(1), what.unit));
    const auto value = read_value<double>(scope, node, key, allowed,
                                          [&](const std::string& text) { return parse_quantity(text, what.unit); });
    if (value && ((what.min && *value < *what.min) || (what.max && *value > *what.max))) {
        scope.problems.add(node.line, key,
                           fmt::format("got {}, {} is outside [{}, {}] {}", shown(node), *value,
                                       what.min.value_or(*value), what.max.value_or(*value), what.unit));
        return std::nullopt;
    }
    return value;
}

std::optional<Trigger> read_limits(MapReader& map, const Judged& what) {
    core::OutsideLimits out;
    bool fine = true;
    if (const YamlNode* node = map.take("below")) {
        out.below = read_limit(map.scope(), *node, map.key("below"), what);
        fine = fine && out.below.has_value();
    }
    if (const YamlNode* node = map.take("above")) {
        out.above = read_limit(map.scope(), *node, map.key("above"), what);
        fine = fine && out.above.has_value();
        if (out.below && out.above && *out.below >= *out.above) {
            map.scope().problems.add(node->line, map.key("above"),
                                     fmt::format("got {}, allowed is more than below, which is {}", shown(*node),
                                                 quantity_text(*out.below, what.unit)));
            fine = false;
        }
    }
    const YamlNode* node = map.need("for", "a duration such as 5s");
    const auto duration =
        node != nullptr ? read_duration(map.scope(), *node, map.key("for"), {}, kLongestPatience) : std::nullopt;
    if (!duration || !fine) return std::nullopt;
    out.duration = *duration;
    return out;
}

/// The `within:` of a window of at least `least`.
std::optional<core::Duration> read_window(MapReader& map, core::Duration least) {
    const YamlNode* node = map.need("within", "a duration such as 10m");
    if (node == nullptr) return std::nullopt;
    return read_duration(map.scope(), *node, map.key("within"), std::max(least, kShortestWindow), kLongestPatience);
}

std::optional<Trigger> read_seconds(MapReader& map) {
    const auto seconds = read_whole(map.scope(), *map.take("seconds"), map.key("seconds"), 1, 86'400);
    const auto within = read_window(map, std::chrono::seconds{seconds.value_or(1)});
    if (!seconds || !within) return std::nullopt;
    return core::ErroredSeconds{static_cast<int>(*seconds), *within};
}

std::optional<Trigger> read_count(MapReader& map) {
    const auto count = read_whole(map.scope(), *map.take("count"), map.key("count"), 1, kMostCounted);
    const auto within = read_window(map, {});
    if (!count || !within) return std::nullopt;
    return core::CountInWindow{static_cast<int>(*count), *within};
}

std::optional<Trigger> read_percent(MapReader& map) {
    const YamlNode& node = *map.take("percent");
    const auto percent =
        read_value<double>(map.scope(), node, map.key("percent"), "a percentage above 0, up to 100, such as 5",
                           [](const std::string& text) -> std::optional<double> {
                               auto value = parse_percent(text);
                               if (!value) value = parse_number(text);
                               return value && *value > 0 && *value <= 100 ? value : std::nullopt;
                           });
    const auto within = read_window(map, {});
    if (!percent || !within) return std::nullopt;
    return core::PercentOfWindow{*percent, *within};
}

std::optional<Trigger> read_form(Scope& scope, const YamlNode& node, const std::string& key, const Judged& what) {
    const bool state = what.kind == core::ConditionKind::State;
    const bool event = what.kind == core::ConditionKind::Event;
    const bool level = what.kind == core::ConditionKind::Level;
    const bool by_percent = state && has(node, "percent");
    const bool by_count = (state || event) && has(node, "count");
    const bool by_seconds = event && has(node, "seconds");
    const bool by_limits = level && (has(node, "below") || has(node, "above") || has(node, "for"));
    if (by_percent + by_count + by_seconds + by_limits != 1) {
        refuse(scope, node, key, allowed_triggers(what));
        return std::nullopt;
    }
    MapReader map(scope, node, key, "a map");
    const auto trigger = by_percent   ? read_percent(map)
                         : by_count   ? read_count(map)
                         : by_seconds ? read_seconds(map)
                                      : read_limits(map, what);
    map.finish();
    return trigger;
}

std::string waits(std::string_view lower, std::string_view lower_value, std::string_view higher,
                  std::string_view higher_value) {
    return fmt::format("{} waits for {}, longer than {} with {}: the lower severity must come first", lower,
                       lower_value, higher, higher_value);
}

}  // namespace

Judged judged(const core::ConditionSpec* spec, const Surroundings& around) {
    Judged what;
    if (spec == nullptr) return what;
    what.kind = spec->kind;
    if (spec->kind != core::ConditionKind::Level) return what;
    for (const core::MeasurementSpec& measurement : around.measurements) {
        if (measurement.id != spec->level) continue;
        what.unit = measurement.unit == "bps" || measurement.unit == "bit/s" ? "b/s" : std::string(measurement.unit);
        if (measurement.min < measurement.max) {
            what.min = measurement.min;
            what.max = measurement.max;
        }
        return what;
    }
    if (spec->id.starts_with("bitrate.")) what.unit = "b/s";
    return what;
}

std::string allowed_triggers(const Judged& what) {
    switch (what.kind) {
        case core::ConditionKind::State:
            return "for a state: a duration such as 3s, {percent: P, within: DURATION}, {count: N, within: DURATION} "
                   "or off";
        case core::ConditionKind::Event:
            return "for an event: {seconds: N, within: DURATION} (errored seconds), {count: N, within: DURATION} or "
                   "off";
        case core::ConditionKind::Level:
            break;
    }
    return "for a level: {below: LIMIT, for: DURATION}, {above: LIMIT, for: DURATION}, a duration alone where expect: "
           "gives "
           "the limit, or off";
}

std::optional<std::optional<Trigger>> read_trigger(Scope& scope, const YamlNode& node, const std::string& key,
                                                   const Judged& what) {
    using Outcome = std::optional<std::optional<Trigger>>;
    if (node.map()) {
        const auto trigger = read_form(scope, node, key, what);
        return trigger ? Outcome(trigger) : std::nullopt;
    }
    if (!node.scalar()) {
        refuse(scope, node, key, allowed_triggers(what));
        return std::nullopt;
    }
    if (parse_switch(node.text) == false) return Outcome(std::in_place, std::nullopt);
    if (what.kind == core::ConditionKind::Event) {
        refuse(scope, node, key, allowed_triggers(what));
        return std::nullopt;
    }
    const auto patience = read_value<core::Duration>(scope, node, key, allowed_triggers(what),
                                                     [](const std::string& text) -> std::optional<core::Duration> {
                                                         const auto duration = core::parse_duration(text);
                                                         if (!duration || *duration > kLongestPatience)
                                                             return std::nullopt;
                                                         return *duration;
                                                     });
    if (!patience) return std::nullopt;
    if (what.kind == core::ConditionKind::Level)
        return Outcome(core::OutsideLimits{std::nullopt, std::nullopt, *patience});
    return Outcome(core::HoldFor{*patience});
}

std::string order_fault(const Trigger& lower, std::string_view lower_word, const Trigger& higher,
                        std::string_view higher_word, std::string_view unit) {
    if (lower.index() != higher.index()) return {};
    const auto order = [&](double low, double high) {
        return low > high ? waits(lower_word, trigger_text(lower, unit), higher_word, trigger_text(higher, unit))
                          : std::string{};
    };
    if (const auto* a = std::get_if<core::HoldFor>(&lower)) {
        return order(core::to_seconds(a->duration), core::to_seconds(std::get<core::HoldFor>(higher).duration));
    }
    if (const auto* a = std::get_if<core::ErroredSeconds>(&lower)) {
        const auto& b = std::get<core::ErroredSeconds>(higher);
        return a->within == b.within ? order(a->seconds, b.seconds) : std::string{};
    }
    if (const auto* a = std::get_if<core::CountInWindow>(&lower)) {
        const auto& b = std::get<core::CountInWindow>(higher);
        return a->within == b.within ? order(a->count, b.count) : std::string{};
    }
    if (const auto* a = std::get_if<core::PercentOfWindow>(&lower)) {
        const auto& b = std::get<core::PercentOfWindow>(higher);
        return a->within == b.within ? order(a->percent, b.percent) : std::string{};
    }
    const auto& a = std::get<core::OutsideLimits>(lower);
    const auto& b = std::get<core::OutsideLimits>(higher);
    if ((a.below && b.below && *a.below < *b.below) || (a.above && b.above && *a.above > *b.above)) {
        return fmt::format("{} with {} is reached later than {} with {}: the lower severity must come first",
                           lower_word, trigger_text(lower, unit), higher_word, trigger_text(higher, unit));
    }
    return a.below == b.below && a.above == b.above ? order(core::to_seconds(a.duration), core::to_seconds(b.duration))
                                                    : std::string{};
}

std::string trigger_text(const Trigger& trigger, std::string_view unit) {
    if (const auto* hold = std::get_if<core::HoldFor>(&trigger)) return core::to_text(hold->duration);
    if (const auto* errored = std::get_if<core::ErroredSeconds>(&trigger)) {
        return fmt::format("{{seconds: {}, within: {}}}", errored->seconds, core::to_text(errored->within));
    }
    if (const auto* count = std::get_if<core::CountInWindow>(&trigger)) {
        return fmt::format("{{count: {}, within: {}}}", count->count, core::to_text(count->within));
    }
    if (const auto* percent = std::get_if<core::PercentOfWindow>(&trigger)) {
        return fmt::format("{{percent: {}, within: {}}}", percent->percent, core::to_text(percent->within));
    }
    const auto& limits = std::get<core::OutsideLimits>(trigger);
    std::string out = "{";
    if (limits.below) out += fmt::format("below: {}, ", quantity_text(*limits.below, unit));
    if (limits.above) out += fmt::format("above: {}, ", quantity_text(*limits.above, unit));
    return out + fmt::format("for: {}}}", core::to_text(limits.duration));
}

}  // namespace sightline::config
