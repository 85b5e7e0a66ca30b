// SPDX-License-Identifier: Apache-2.0
// Requests to answers, without any socket: paths, methods, who may do what.
#pragma once

#include <optional>
#include <string>

#include "api/access.hpp"
#include "api/backend.hpp"
#include "api/request.hpp"
#include "core/clock.hpp"

namespace sightline::api {

/// Threading: any thread.
class Router {
public:
    Router(Backend& backend, AccessSettings access, const core::Clock& clock)
        : backend_(backend), access_(std::move(access)), clock_(clock) {}
    [[nodiscard]] Answer answer(const Request& request);

private:
    [[nodiscard]] Answer route(const Request& request, const std::string& path, const Caller& caller) const;
    [[nodiscard]] Answer stream(const Request& request, const std::string& rest, const Caller& caller) const;
    [[nodiscard]] Answer alarms(const Request& request) const;
    [[nodiscard]] Answer change(const Request& request, const std::string& id, const std::string& what,
                                const Caller& caller) const;

    Backend& backend_;
    Access access_;
    const core::Clock& clock_;
};

}  // namespace sightline::api
