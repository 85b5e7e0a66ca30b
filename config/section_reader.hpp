// SPDX-License-Identifier: Apache-2.0
// The sections of the file beside streams, rules and receivers: paths, store, API, heartbeat.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/scope.hpp"

namespace sightline::config {

/// Ids that `paths:` and `notify:` may name; all of them stand in the file.
using StreamIds = std::vector<std::string>;

inline constexpr std::string_view kHttpAllowed = "an http or https URL such as https://hooks.example/x";

/// The id of a stream of `streams`, appended to `out`, each once.
void read_stream_id(Scope& scope, const YamlNode& node, const std::string& key, const StreamIds& streams,
                    std::vector<std::string>& out);
/// An http or https URL at the key `name`.
void read_http_url(MapReader& map, const YamlNode& node, std::string_view name, std::string& out,
                   Shown may = Shown::Yes);
/// Says where one of `names`, which stand in `list` in that order, is given again.
void check_unique(Scope& scope, const YamlNode& list, std::string_view section, std::string_view key,
                  const std::vector<std::string>& names);

[[nodiscard]] std::vector<Path> read_paths(Scope& scope, const YamlNode& node, const StreamIds& streams);
[[nodiscard]] std::optional<Heartbeat> read_heartbeat(Scope& scope, const YamlNode& node);
/// `store:` and `api:`, which share a folder for the socket; null: not given.
void read_store_and_api(Scope& scope, const YamlNode* store, const YamlNode* api, Config& out);
/// `reports:`
[[nodiscard]] Reports read_reports(Scope& scope, const YamlNode& node);
/// `workers:`
void read_workers(Scope& scope, const YamlNode& node, Config& out);

}  // namespace sightline::config
