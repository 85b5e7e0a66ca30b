// SPDX-License-Identifier: Apache-2.0
// Rules as the file gives them: layers of patches, checked against the catalogue, laid over the shipped rules.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/scope.hpp"
#include "core/rules.hpp"

namespace sightline::config {

/// Rules of one layer, layers of one stream, and combined rules of one file.
inline constexpr std::size_t kMostRules = 200;
inline constexpr std::size_t kMostLayers = 16;
inline constexpr std::size_t kMostCombined = 100;

/// Where something was said, for a message about it.
struct Place {
    int line = 0;
    std::string key;
};

/// One rule of one layer, and where each part of it stands.
struct PlacedPatch {
    core::RulePatch patch;
    Place place;
    std::map<core::Severity, Place> triggers;
};
using PlacedLayer = std::vector<PlacedPatch>;

[[nodiscard]] const core::ConditionSpec* find_condition(const Surroundings& around, std::string_view id);

/// Reads one rule's map (or `on`, `off`). `name` is a condition, or a combined rule where `combined` says so.
[[nodiscard]] std::optional<PlacedPatch> read_rule(Scope& scope, const YamlNode& node, const Place& place,
                                                   const std::string& name, bool combined);

/// Faults of one complete rule that no single patch shows: nothing to raise, severities in the wrong order.
/// Adds each at the patch of `layers` that spoke last about it, at `fallback` where none did.
void check_rule(Scope& scope, const core::Rule& rule, const std::vector<const PlacedLayer*>& layers,
                const Place& fallback);

/// Gives a rule that no layer below has what it needs besides what the user said: `clear` 2 s, events 10 s.
void complete(core::RuleSet& rules, const core::RuleLayer& layer, const Surroundings& around);

/// The file's named rule sets, and what each stream makes of them.
class RuleBook {
public:
    explicit RuleBook(Scope& scope);

    /// The top-level `rules:`. Call first, once; `streams` (may be null) is looked through for the names of combined
    /// rules.
    void read_sets(const YamlNode* rules, const YamlNode* streams);

    /// A stream's `rules:` (null: none given) as the complete rules in effect: shipped, the set `default` where there
    /// is one, then each of the stream's own. `at` is the stream's place.
    [[nodiscard]] core::RuleSet resolve(const YamlNode* rules, const Place& at);

    [[nodiscard]] std::map<std::string, core::RuleLayer> layers() const;

private:
    void learn_names(const YamlNode& layer);
    [[nodiscard]] PlacedLayer read_layer(const YamlNode& node, const std::string& path);
    [[nodiscard]] std::vector<std::string> set_names() const;

    Scope& scope_;
    std::map<std::string, PlacedLayer> sets_;
    std::set<std::string> combined_;  ///< names of rules that are no condition's, shipped or in this file
};

}  // namespace sightline::config
