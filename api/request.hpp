// SPDX-License-Identifier: Apache-2.0
// A request and its answer, without any socket.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "incidents/owned_fd.hpp"

namespace sightline::api {

struct Request {
    std::string method, path, body;
    std::map<std::string, std::string> query;
    std::string host, origin, authorization;  ///< header values, empty if absent
    std::string signature;                    ///< X-PagerDuty-Signature
    bool unix_socket = false;
    std::string peer;  ///< who asks: "uid 1000", "127.0.0.1"

    /// Asks and changes nothing.
    [[nodiscard]] bool reads() const { return method == "GET" || method == "HEAD"; }
};

struct Answer {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    bool event_stream = false;                         ///< the body is the event log, as it grows
    std::shared_ptr<const incidents::OwnedFd> file{};  ///< the body is this regular file, from its beginning
};

/// {"error":{"code":…,"message":…}}
[[nodiscard]] Answer error_answer(int status, const std::string& code, const std::string& message);

}  // namespace sightline::api
