// SPDX-License-Identifier: Apache-2.0
// Requests to answers, without any socket: paths, methods, who may do what.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "api/backend.hpp"

namespace sightline::api {

struct Request {
    std::string method, path, body;
    std::map<std::string, std::string> query;
    std::string host, origin, authorization;  ///< header values, empty if absent
    bool unix_socket = false;
    std::string peer;  ///< who asks, for the audit log: "uid 1000", "127.0.0.1"
};

struct Answer {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    bool event_stream = false;  ///< the body is the event log, as it grows
};

struct Access {
    bool loopback_only = true;  ///< listening on a loopback address
    std::string token;          ///< empty: nobody may change anything over TCP
};

/// Threading: any thread.
class Router {
public:
    Router(Backend& backend, Access access) : backend_(backend), access_(std::move(access)) {}
    [[nodiscard]] Answer answer(const Request& request) const;

private:
    [[nodiscard]] std::optional<Answer> refuse(const Request& request) const;
    [[nodiscard]] Answer stream(const Request& request, const std::string& rest) const;
    [[nodiscard]] Answer alarms(const Request& request) const;
    [[nodiscard]] Answer change(const Request& request, const std::string& id, const std::string& what) const;

    Backend& backend_;
    Access access_;
};

/// {"error":{"code":…,"message":…}}
[[nodiscard]] Answer error_answer(int status, const std::string& code, const std::string& message);

}  // namespace sightline::api
