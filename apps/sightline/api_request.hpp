// SPDX-License-Identifier: Apache-2.0
// One question to the probe that runs on this machine, or elsewhere.
#pragma once

#include <string>

#include "core/result.hpp"

namespace sightline::apps {

struct ApiQuestion {
    std::string api;  ///< "http://host:port" or "unix:PATH"; empty: $SIGHTLINE_API, then the usual local socket
    std::string method = "GET";
    std::string path;  ///< "/api/v1/…"
    std::string body;
};

/// The answer's body. The token for changes over TCP comes from $SIGHTLINE_API_TOKEN.
/// @return what the API says is wrong, or why it cannot be reached, in words.
[[nodiscard]] core::Result<std::string> ask_api(const ApiQuestion& question);

}  // namespace sightline::apps
