// SPDX-License-Identifier: Apache-2.0
// `incidents:`, how alarms become incidents and who is called when.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/scope.hpp"

namespace sightline::config {

/// `notifiers`: the names that `escalate` may say.
[[nodiscard]] Incidents read_incidents(Scope& scope, const YamlNode& node, const std::vector<std::string>& notifiers);

/// What read_incidents reads back, key by key as indented lines of YAML; without what is as built in only where that
/// is a list.
[[nodiscard]] std::vector<std::string> incidents_lines(const Incidents& incidents);

}  // namespace sightline::config
