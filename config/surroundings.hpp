// SPDX-License-Identifier: Apache-2.0
// What the loader needs from outside its file: the machine, and what Sightline can watch.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "core/findings.hpp"
#include "core/result.hpp"
#include "core/rules.hpp"
#include "core/stream_spec.hpp"

namespace sightline::config {

/// Given by the caller, so that config/ knows no analyzer and tests need no files.
struct Surroundings {
    /// Every condition that a rule may name; borrowed, and with static lifetime its strings.
    std::span<const core::ConditionSpec> catalogue;
    /// Units and ranges of level conditions' limits; may be empty, then limits are plain numbers.
    std::span<const core::MeasurementSpec> measurements;
    /// The shipped rules, under every stream's own.
    core::RuleSet default_rules;
    /// An environment variable's value; nothing where it is not set. Empty function: no variable is.
    std::function<std::optional<std::string>(const std::string& name)> environment;
    /// A whole file of at most `limit` bytes. Empty function: no file can be read.
    std::function<core::Result<std::string>(const std::string& path, std::size_t limit)> read_file;
    /// Whether the machine knows an IANA time zone. Empty function: it knows UTC only.
    std::function<bool(const std::string& name)> zone_exists;
    /// What the source that will open an input says of it, after the loader's own checks: InvalidConfig naming option,
    /// value and what is allowed. Empty function: nothing.
    std::function<core::Result<void>(const core::InputSpec& input)> check_input;
};

/// The process's environment, the file system and `zoneinfo_folder`. Blocks on file reads.
[[nodiscard]] Surroundings system_surroundings(std::span<const core::ConditionSpec> catalogue,
                                               std::span<const core::MeasurementSpec> measurements,
                                               core::RuleSet default_rules,
                                               const std::string& zoneinfo_folder = "/usr/share/zoneinfo");

/// Reads a regular file. @return NotFound, Refused, InvalidConfig (a directory, larger than `limit`) or Io; the text
/// names the path and the reason.
[[nodiscard]] core::Result<std::string> read_text_file(const std::string& path, std::size_t limit);

}  // namespace sightline::config
