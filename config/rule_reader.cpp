// SPDX-License-Identifier: Apache-2.0
#include "config/rule_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/trigger_reader.hpp"
#include "config/values.hpp"

namespace sightline::config {
namespace {

using core::Severity;

constexpr std::array<Severity, 5> kSeverities{Severity::Info, Severity::Warning, Severity::Minor, Severity::Major,
                                              Severity::Critical};
constexpr core::Duration kClear = std::chrono::seconds{2};
constexpr core::Duration kClearOfEvents = std::chrono::seconds{10};

std::string range_of(const core::ParameterSpec& spec) {
    if (!spec.words.empty()) return join(std::vector<std::string>(spec.words.begin(), spec.words.end()));
    const std::string unit = spec.unit.empty() ? "" : fmt::format(" {}", spec.unit);
    return fmt::format("a number in [{}, {}]{}, such as {}", spec.min, spec.max, unit,
                       quantity_text(spec.fallback, spec.unit));
}

void read_parameter(Scope& scope, const YamlNode& node, const std::string& key, const core::ParameterSpec& spec,
                    core::RulePatch& patch) {
    const std::string name(spec.key);
    if (!spec.words.empty()) {
        const std::vector<std::string> words(spec.words.begin(), spec.words.end());
        if (const auto index = read_word(scope, node, key, words)) patch.parameters[name] = words[*index];
        return;
    }
    const auto value = read_value<double>(scope, node, key, range_of(spec),
                                          [&](const std::string& text) { return parse_quantity(text, spec.unit); });
    if (!value) return;
    if (*value < spec.min || *value > spec.max) {
        scope.problems.add(node.line, key,
                           fmt::format("{} = {} is outside [{}, {}]{}{}", spec.key, *value, spec.min, spec.max,
                                       spec.unit.empty() ? "" : " ", spec.unit));
        return;
    }
    patch.parameters[name] = *value;
}

void read_clear(MapReader& map, core::RulePatch& patch) {
    const YamlNode* node = map.take("clear");
    if (node == nullptr) return;
    Scope& scope = map.scope();
    const std::string key = map.key("clear");
    if (!node->map()) {
        patch.clear = read_duration(scope, *node, key, {}, kLongestPatience);
        return;
    }
    MapReader severities(scope, *node, key, "");
    for (const Severity severity : kSeverities) {
        const YamlNode* value = severities.take(core::name(severity));
        if (value == nullptr) continue;
        const auto duration = read_duration(scope, *value, severities.key(core::name(severity)), {}, kLongestPatience);
        if (duration) patch.clear_severity[severity] = *duration;
    }
    severities.finish();
}

/// Checks one member of `all:` or `any:`; "not CONDITION" holds where the condition is good.
void check_member(Scope& scope, const YamlNode& node, const std::string& key, const std::string& member,
                  const std::vector<std::string>& states) {
    static constexpr std::string_view kNot = "not ";
    const std::string id = member.starts_with(kNot) ? member.substr(kNot.size()) : member;
    const core::ConditionSpec* spec = find_condition(scope.around, id);
    if (spec == nullptr) {
        scope.problems.add(
            node.line, key,
            fmt::format("got {}, allowed are conditions that last: {}, each also with \"not \" before it{}",
                        shown(node), join(states), did_you_mean(node.text, states)));
    } else if (spec->kind == core::ConditionKind::Event) {
        scope.problems.add(node.line, key,
                           fmt::format("got {}, which happens at an instant; allowed are conditions that last: {}",
                                       shown(node), join(states)));
    }
}

/// `all:` or `any:`: conditions that last, so that they can hold at the same time.
std::optional<std::vector<std::string>> read_members(MapReader& map, std::string_view word) {
    const YamlNode* node = map.take(word);
    if (node == nullptr) return std::nullopt;
    Scope& scope = map.scope();
    std::vector<std::string> states;
    for (const core::ConditionSpec& spec : scope.around.catalogue) {
        if (spec.kind != core::ConditionKind::Event) states.emplace_back(spec.id);
    }
    std::vector<std::string> out;
    for (const YamlNode* item : read_list(scope, *node, map.key(word), "a list of conditions")) {
        const auto member = read_text(scope, *item, map.key(word), "a condition");
        if (!member) continue;
        check_member(scope, *item, map.key(word), *member, states);
        out.push_back(*member);
    }
    return out;
}

void read_combination(MapReader& map, const YamlNode& node, core::RulePatch& patch) {
    patch.all = read_members(map, "all");
    patch.any = read_members(map, "any");
    if (patch.all && patch.any) {
        map.scope().problems.add(node.line, map.key("any"), "got all and any in one rule, allowed is one of them");
    }
    // One given by a layer replaces the other kind below it.
    if (patch.all && !patch.any) patch.any.emplace();
    if (patch.any && !patch.all) patch.all.emplace();
}

std::string_view group_of(std::string_view id) {
    return id.substr(0, id.find('.'));
}

/// Says what rules there are: those of the same group ("video"), else the groups.
std::string unknown_rule(const std::string& name, const Surroundings& around, const std::set<std::string>& combined) {
    std::vector<std::string> known(combined.begin(), combined.end());
    std::vector<std::string> siblings;
    std::set<std::string> groups;
    for (const core::ConditionSpec& spec : around.catalogue) {
        known.emplace_back(spec.id);
        groups.insert(fmt::format("{}.…", group_of(spec.id)));
        if (group_of(spec.id) == group_of(name)) siblings.emplace_back(spec.id);
    }
    if (siblings.empty()) siblings.assign(groups.begin(), groups.end());
    return fmt::format("unknown condition{}; allowed are {}, or a rule of your own with all: or any:",
                       did_you_mean(name, known), join(siblings));
}

bool is_set_name(std::string_view name) {
    if (name.empty() || name.size() > 64) return false;
    for (const char c : name) {
        const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!word && (&c == name.data() || (c != '-' && c != '_'))) return false;
    }
    return true;
}

constexpr std::string_view kNameAllowed =
    "a name of a-z, 0-9, - and _ that begins with a letter or digit, up to 64 long";

}  // namespace

const core::ConditionSpec* find_condition(const Surroundings& around, std::string_view id) {
    for (const core::ConditionSpec& spec : around.catalogue) {
        if (spec.id == id) return &spec;
    }
    return nullptr;
}

std::optional<PlacedPatch> read_rule(Scope& scope, const YamlNode& node, const Place& place, const std::string& name,
                                     bool combined) {
    PlacedPatch out;
    out.patch.name = name;
    out.place = place;
    if (node.scalar()) {
        out.patch.enabled =
            read_value<bool>(scope, node, place.key, "off, on or a map such as {critical: 10s}", parse_switch);
        return out.patch.enabled ? std::optional(out) : std::nullopt;
    }
    MapReader map(scope, node, place.key, "off, on or a map such as {critical: 10s}");
    if (!map.valid()) return std::nullopt;
    const core::ConditionSpec* spec = combined ? nullptr : find_condition(scope.around, name);
    const Judged what = judged(spec, scope.around);
    for (const Severity severity :
         {Severity::Critical, Severity::Major, Severity::Minor, Severity::Warning, Severity::Info}) {
        const char* word = core::name(severity);
        const YamlNode* value = map.take(word);
        if (value == nullptr) continue;
        out.triggers[severity] = {value->line, map.key(word)};
        if (const auto trigger = read_trigger(scope, *value, map.key(word), what))
            out.patch.triggers[severity] = *trigger;
    }
    read_clear(map, out.patch);
    if (const YamlNode* value = map.take("enabled")) {
        out.patch.enabled = read_value<bool>(scope, *value, map.key("enabled"), "true or false", parse_switch);
    }
    if (combined) read_combination(map, node, out.patch);
    if (spec != nullptr) {
        for (const core::ParameterSpec& parameter : spec->parameters) {
            if (const YamlNode* value = map.take(parameter.key)) {
                read_parameter(scope, *value, map.key(parameter.key), parameter, out.patch);
            }
        }
    }
    map.finish();
    // Patience given to a rule that a layer below switched off means that the user wants it.
    const bool raises = std::any_of(out.patch.triggers.begin(), out.patch.triggers.end(),
                                    [](const auto& t) { return t.second.has_value(); });
    if (raises && !out.patch.enabled) out.patch.enabled = true;
    return out;
}

void check_rule(Scope& scope, const core::Rule& rule, const std::vector<const PlacedLayer*>& layers,
                const Place& fallback) {
    Place whole = fallback;
    bool mentioned = false;
    std::map<Severity, Place> said;
    for (const PlacedLayer* layer : layers) {
        for (const PlacedPatch& patch : *layer) {
            if (patch.patch.name != rule.name) continue;
            whole = patch.place;
            mentioned = true;
            for (const auto& [severity, at] : patch.triggers) said[severity] = at;
        }
    }
    if (!mentioned) return;
    // A shipped rule may stand for neither: its meaning is built in.
    const bool known = find_condition(scope.around, rule.name) != nullptr ||
                       core::find(scope.around.default_rules, rule.name) != nullptr;
    if (!known && !rule.combined()) {
        scope.problems.add(whole.line, whole.key, "combines nothing here, allowed is a list under all: or any:");
        return;
    }
    if (rule.enabled && rule.triggers.empty() && said.empty()) {
        scope.problems.add(whole.line, whole.key,
                           "raises nothing, allowed is one or more of critical, major, minor, warning, info");
        return;
    }
    const Judged what = judged(find_condition(scope.around, rule.name), scope.around);
    const std::pair<const Severity, core::Trigger>* lower = nullptr;
    for (const auto& entry : rule.triggers) {
        if (lower != nullptr) {
            const std::string fault =
                order_fault(lower->second, core::name(lower->first), entry.second, core::name(entry.first), what.unit);
            const auto place = said.count(lower->first) > 0 ? said.find(lower->first) : said.find(entry.first);
            const Place& at = place != said.end() ? place->second : whole;
            if (!fault.empty()) scope.problems.add(at.line, at.key, fault);
        }
        lower = &entry;
    }
}

void complete(core::RuleSet& rules, const core::RuleLayer& layer, const Surroundings& around) {
    for (const core::RulePatch& patch : layer) {
        if (core::find(rules, patch.name) != nullptr) continue;
        const core::ConditionSpec* spec = find_condition(around, patch.name);
        core::Rule rule;
        rule.name = patch.name;
        rule.clear = spec != nullptr && spec->kind == core::ConditionKind::Event ? kClearOfEvents : kClear;
        rules.push_back(std::move(rule));
    }
}

RuleBook::RuleBook(Scope& scope) : scope_(scope) {
    for (const core::Rule& rule : scope.around.default_rules) {
        if (find_condition(scope.around, rule.name) == nullptr) combined_.insert(rule.name);
    }
}

void RuleBook::learn_names(const YamlNode& layer) {
    for (const Entry& rule : layer.entries) {
        const auto names_members = [](const Entry& entry) { return entry.key == "all" || entry.key == "any"; };
        if (std::any_of(rule.value.entries.begin(), rule.value.entries.end(), names_members))
            combined_.insert(rule.key);
    }
}

void RuleBook::read_sets(const YamlNode* rules, const YamlNode* streams) {
    if (streams != nullptr) {
        for (const YamlNode& stream : streams->items) {
            for (const Entry& entry : stream.entries) {
                if (entry.key != "rules") continue;
                learn_names(entry.value);
                for (const YamlNode& item : entry.value.items) learn_names(item);
            }
        }
    }
    if (rules == nullptr) return;
    if (!rules->map()) {
        refuse(scope_, *rules, "rules", "a map of rule sets, such as {broadcast: {video.black: {critical: 10s}}}");
        return;
    }
    for (const Entry& set : rules->entries) learn_names(set.value);
    if (combined_.size() > kMostCombined || rules->entries.size() > kMostRules) {
        scope_.problems.add(rules->line, "rules",
                            fmt::format("got {} sets and {} combined rules in this file, allowed are up to {} and {}",
                                        rules->entries.size(), combined_.size(), kMostRules, kMostCombined));
        return;
    }
    for (const Entry& set : rules->entries) {
        const std::string key = fmt::format("rules.{}", set.key.substr(0, 64));
        if (find_condition(scope_.around, set.key) != nullptr) {
            scope_.problems.add(
                set.line, key,
                fmt::format("got a condition where a set's name stands, allowed is rules: {{NAME: {{{}: …}}}}",
                            set.key));
        } else if (!is_set_name(set.key)) {
            scope_.problems.add(set.line, key,
                                fmt::format("got \"{}\", allowed {}", set.key.substr(0, 80), kNameAllowed));
        } else {
            sets_[set.key] = read_layer(set.value, key);
        }
    }
}

PlacedLayer RuleBook::read_layer(const YamlNode& node, const std::string& path) {
    PlacedLayer layer;
    if (!node.map()) {
        refuse(scope_, node, path, "a map of rules, such as {video.black: {critical: 10s}}");
        return layer;
    }
    if (node.entries.size() > kMostRules || combined_.size() > kMostCombined) {
        scope_.problems.add(
            node.line, path,
            fmt::format("got {} rules here and {} combined rules in this file, allowed are up to {} and {}",
                        node.entries.size(), combined_.size(), kMostRules, kMostCombined));
        return layer;
    }
    for (const Entry& entry : node.entries) {
        const Place place{entry.line, fmt::format("{}.{}", path, entry.key.substr(0, 64))};
        const bool condition = find_condition(scope_.around, entry.key) != nullptr;
        if (!condition && combined_.count(entry.key) == 0) {
            scope_.problems.add(place.line, place.key, unknown_rule(entry.key, scope_.around, combined_));
            continue;
        }
        if (!condition && !is_set_name(entry.key)) {
            scope_.problems.add(place.line, place.key,
                                fmt::format("got \"{}\", allowed {}", entry.key.substr(0, 80), kNameAllowed));
            continue;
        }
        if (auto rule = read_rule(scope_, entry.value, place, entry.key, !condition)) layer.push_back(std::move(*rule));
    }
    return layer;
}

std::vector<std::string> RuleBook::set_names() const {
    std::vector<std::string> names;
    for (const auto& [name, layer] : sets_) names.push_back(name);
    return names;
}

core::RuleSet RuleBook::resolve(const YamlNode* rules, const Place& at) {
    std::vector<const PlacedLayer*> layers;
    std::vector<PlacedLayer> own;
    if (const auto base = sets_.find("default"); base != sets_.end()) layers.push_back(&base->second);
    if (rules != nullptr) {
        const std::string key = at.key + ".rules";
        const std::string allowed = "a list of rule sets and maps of rules, such as [broadcast, {video.freeze: off}]";
        std::vector<const YamlNode*> items{rules};
        if (!rules->map()) items = read_list(scope_, *rules, key, allowed);
        if (items.size() > kMostLayers) {
            scope_.problems.add(rules->line, key,
                                fmt::format("got {} layers, allowed are up to {}", items.size(), kMostLayers));
            items.clear();
        }
        own.reserve(items.size());
        for (const YamlNode* item : items) {
            if (item->map()) {
                own.push_back(read_layer(*item, key));
                layers.push_back(&own.back());
            } else if (const auto index = read_word(scope_, *item, key, set_names())) {
                layers.push_back(&sets_.at(set_names()[*index]));
            }
        }
    }
    core::RuleSet out = scope_.around.default_rules;
    for (const PlacedLayer* layer : layers) {
        core::RuleLayer patches;
        for (const PlacedPatch& patch : *layer) patches.push_back(patch.patch);
        complete(out, patches, scope_.around);
        core::apply(patches, out);
    }
    if (!layers.empty()) {
        for (const core::Rule& rule : out) check_rule(scope_, rule, layers, at);
    }
    return out;
}

std::map<std::string, core::RuleLayer> RuleBook::layers() const {
    std::map<std::string, core::RuleLayer> out;
    for (const auto& [name, placed] : sets_) {
        core::RuleLayer& layer = out[name];
        for (const PlacedPatch& patch : placed) layer.push_back(patch.patch);
    }
    return out;
}

}  // namespace sightline::config
