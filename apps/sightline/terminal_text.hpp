// SPDX-License-Identifier: Apache-2.0
// What an answer says, as a terminal may show it: nothing in it moves the cursor or changes colours, whoever wrote it.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/result.hpp"

namespace sightline::apps {

inline constexpr int kUnknown = 3;  ///< exit status of monitoring plugins

/// One member, "-" where it is missing or null; without control characters and invalid UTF-8.
[[nodiscard]] std::string text(const nlohmann::json& object, const char* key);
/// An answer whose member `list` is an array of objects: each through `row`, or all as it came where `as_json`.
/// @return exit status: 0, or kUnknown where it is no such answer (said on standard error).
int print_list(const core::Result<std::string>& answer, const char* list, bool as_json,
               const std::function<void(const nlohmann::json&)>& row);
/// Says on standard error what went wrong. @return kUnknown.
int failed(const core::Error& error);

}  // namespace sightline::apps
