// SPDX-License-Identifier: Apache-2.0
// A configuration as Sightline understood it, for `sightline validate`.
#pragma once

#include <string>

#include "config/config.hpp"
#include "config/surroundings.hpp"

namespace sightline::config {

/// YAML with every default and every rule in effect written out. What ${…} brought in is shown as the user wrote it,
/// other secrets as "***". Without secrets, the loader reads it back to an equal Config, rule sets aside.
[[nodiscard]] std::string describe(const Config& config, const Surroundings& around);

}  // namespace sightline::config
