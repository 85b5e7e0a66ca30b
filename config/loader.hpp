// SPDX-License-Identifier: Apache-2.0
// Reads the configuration file (docs/configuration.md) into a Config, or says everything that is wrong with it.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/config.hpp"
#include "config/surroundings.hpp"

namespace sightline::config {

/// "FILE:LINE: KEY: what was given, what is allowed", sorted by line; never empty, never with a secret.
using LoadProblems = std::vector<std::string>;

/// Reads and checks the file through `around.read_file`. Changes nothing anywhere; a file with one problem is refused
/// whole.
[[nodiscard]] tl::expected<Config, LoadProblems> load(const std::string& path, const Surroundings& around);

/// The same for text already in memory; `path` names it in messages, and its folder is what other paths are relative
/// to.
[[nodiscard]] tl::expected<Config, LoadProblems> parse(std::string_view text, const std::string& path,
                                                       const Surroundings& around);

/// All lines as one text for a caller that can show only one.
[[nodiscard]] std::string joined(const LoadProblems& problems);

}  // namespace sightline::config
