// SPDX-License-Identifier: Apache-2.0
#include "apps/sightline/api_request.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/clock.hpp"
#include "core/text.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"

namespace sightline::apps {
namespace {

using namespace std::chrono_literals;

std::string from_environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

/// Where a probe of this machine listens if nobody said otherwise: the packaged service's socket, else one beside the
/// store of a probe started here.
std::string usual_api() {
    for (const char* path : std::array{"sightline.sock", "/run/sightline/sightline.sock"}) {
        if (access(path, R_OK | W_OK) == 0) return std::string("unix:") + path;
    }
    return "http://127.0.0.1:8080";
}

core::Error words(const net::HttpResponse& response) {
    const auto body = nlohmann::json::parse(response.body, nullptr, false);
    if (body.is_object() && body.contains("error") && body["error"].is_object() && body["error"].contains("message") &&
        body["error"]["message"].is_string()) {
        return {core::ErrorCode::Refused, body["error"]["message"].get<std::string>()};
    }
    return {core::ErrorCode::Refused, net::status_text(response.status)};
}

}  // namespace

core::Result<std::string> ask_api(const ApiQuestion& question) {
    std::string api = !question.api.empty() ? question.api : from_environment("SIGHTLINE_API");
    if (api.empty()) api = usual_api();
    net::HttpRequest request;
    request.method = question.method;
    request.body = question.body;
    request.total_timeout = 10s;
    request.max_bytes = 256U << 20;
    if (api.starts_with("unix:")) {
        request.unix_socket = api.substr(5);
        request.url = "http://localhost" + question.path;
    } else {
        while (api.ends_with('/')) api.pop_back();
        request.url = api + question.path;
    }
    if (!question.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    if (const std::string token = from_environment("SIGHTLINE_API_TOKEN"); !token.empty())
        request.headers.emplace_back("Authorization", "Bearer " + token);
    const core::SystemClock clock;
    net::EventLoop loop(clock);
    net::HttpClient client(loop);
    core::Result<std::string> answer = core::fail(core::ErrorCode::Io, "no answer");
    const auto handle = client.send(std::move(request), [&](core::Result<net::HttpResponse> response) {
        if (!response) {
            answer = core::fail(response.error().code, fmt::format("no probe answers at {}: {}",
                                                                   core::mask_secrets(api), response.error().message));
        } else if (!response->ok()) {
            answer = tl::unexpected(words(*response));
        } else {
            answer = std::move(response->body);
        }
        loop.quit();
    });
    loop.run();
    return answer;
}

}  // namespace sightline::apps
