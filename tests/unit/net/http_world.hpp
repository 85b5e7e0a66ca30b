// SPDX-License-Identifier: Apache-2.0
// A client and a server on one loop.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"
#include "tests/catch.hpp"
#include "tests/http_server.hpp"
#include "tests/run_until.hpp"

namespace sightline::tests {

inline net::Addresses home(const std::string& /*host*/) {
    return std::vector<net::Address>{*net::Address::parse("127.0.0.1")};
}

/// Client and server on one loop.
struct HttpWorld {
    explicit HttpWorld(HttpServer::Handler handler) : server(loop, std::move(handler)) {}
    /// Runs the loop until an answer came (or 20 s passed, and the test fails).
    core::Result<net::HttpResponse> ask(net::HttpRequest request) {
        std::optional<core::Result<net::HttpResponse>> answer;
        const auto guard = loop.after(std::chrono::seconds{20}, [this] { loop.quit(); });
        const auto handle = client.send(std::move(request), [&](core::Result<net::HttpResponse> response) {
            answer = std::move(response);
            loop.quit();
        });
        loop.run();
        REQUIRE(answer);
        return std::move(*answer);
    }
    core::Result<net::HttpResponse> get(const std::string& target) {
        net::HttpRequest request;
        request.url = server.url(target);
        return ask(std::move(request));
    }
    /// Lets the loop turn until `done` says so.
    template <class Predicate>
    void until(Predicate done) {
        REQUIRE(run_until(loop, done));
    }
    core::SystemClock clock;
    net::EventLoop loop{clock};
    HttpServer server;
    net::HttpClient client{loop, home};
};

}  // namespace sightline::tests
