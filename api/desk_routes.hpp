// SPDX-License-Identifier: Apache-2.0
// The paths of the incident desk: incidents, maintenance, reports, the audit log, and what outside systems send back.
#pragma once

#include <optional>
#include <string>

#include "api/access.hpp"
#include "api/backend.hpp"
#include "api/request.hpp"

namespace sightline::api {

/// `path` after "/api/v1/". Nothing where the path is none of the desk's.
[[nodiscard]] std::optional<Answer> desk_answer(Backend& backend, const Request& request, const std::string& path,
                                                const Caller& caller);
/// POST /api/v1/pagerduty: proves itself by its signature instead of a token. Nothing for every other path.
[[nodiscard]] std::optional<Answer> inbound_answer(Backend& backend, const Request& request);

/// 200 with a JSON body.
[[nodiscard]] Answer json(std::string body);
[[nodiscard]] Answer from_error(const core::Error& error);
/// `limit` of the query, 1 to 5000, else 200.
[[nodiscard]] core::Result<std::int64_t> read_limit(const Request& request);

}  // namespace sightline::api
