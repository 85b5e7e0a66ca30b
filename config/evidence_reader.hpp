// SPDX-License-Identifier: Apache-2.0
// `evidence:`, what is kept of a stream around an incident.
#pragma once

#include <string>

#include "config/config.hpp"
#include "config/scope.hpp"

namespace sightline::config {

/// `node`: null where it is not given. The folder, where none is named, is "evidence" beside `store`.
[[nodiscard]] Evidence read_evidence(Scope& scope, const YamlNode* node, const std::string& store);
/// What read_evidence reads back, but for the folder, which the caller shows: "evidence: {…".
[[nodiscard]] std::string evidence_line(const Evidence& evidence, const std::string& shown_folder);

}  // namespace sightline::config
