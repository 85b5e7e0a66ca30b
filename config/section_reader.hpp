// SPDX-License-Identifier: Apache-2.0
// The sections of the file beside streams and rules: paths, receivers, store, API, heartbeat.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/scope.hpp"

namespace sightline::config {

/// Ids that `paths:` and `notify:` may name; all of them stand in the file.
using StreamIds = std::vector<std::string>;

[[nodiscard]] std::vector<Path> read_paths(Scope& scope, const YamlNode& node, const StreamIds& streams);
[[nodiscard]] std::vector<Notifier> read_notifiers(Scope& scope, const YamlNode& node, const StreamIds& streams);
[[nodiscard]] std::optional<Heartbeat> read_heartbeat(Scope& scope, const YamlNode& node);
/// `store:` and `api:`, which share a folder for the socket; null: not given.
void read_store_and_api(Scope& scope, const YamlNode* store, const YamlNode* api, Config& out);
/// `workers:`
void read_workers(Scope& scope, const YamlNode& node, Config& out);

}  // namespace sightline::config
