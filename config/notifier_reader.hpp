// SPDX-License-Identifier: Apache-2.0
// `notify:`, the receivers of alarms.
#pragma once

#include <string>
#include <vector>

#include "config/notifier.hpp"
#include "config/scope.hpp"
#include "config/section_reader.hpp"

namespace sightline::config {

/// Ids that receivers may name, and the zone of calendars that name none.
struct NotifierContext {
    const StreamIds& streams;
    const std::vector<Path>& paths;
    const std::string& zone;
};

[[nodiscard]] std::vector<Notifier> read_notifiers(Scope& scope, const YamlNode& node, const NotifierContext& context);

}  // namespace sightline::config
