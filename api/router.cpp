// SPDX-License-Identifier: Apache-2.0
#include "api/router.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "api/views.hpp"
#include "core/text.hpp"

namespace sightline::api {
namespace {

constexpr std::string_view kPrefix = "/api/v1/";
constexpr std::int64_t kDefaultLimit = 200, kMaxLimit = 5'000;

/// Equal without telling by its time how much of it is.
bool same_secret(std::string_view a, std::string_view b) {
    unsigned difference = a.size() == b.size() ? 0U : 1U;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    return difference == 0;
}

/// The name in a Host header, without its port.
std::string host_name(std::string_view host) {
    if (host.starts_with('[')) return std::string(host.substr(0, host.find(']') + 1));
    return std::string(host.substr(0, host.find(':')));
}

/// An address of 127.0.0.0/8 in figures: "127.evil.example" is a name that anybody's DNS may point here.
bool is_loopback_name(const std::string& host) {
    in_addr address{};
    return host == "localhost" || host == "[::1]" ||
           (host.starts_with("127.") && inet_pton(AF_INET, host.c_str(), &address) == 1);
}

Answer from_error(const core::Error& error) {
    const int status = error.code == core::ErrorCode::NotFound        ? 404
                       : error.code == core::ErrorCode::InvalidConfig ? 400
                                                                      : 503;
    return error_answer(status, core::name(error.code), error.message);
}

Answer json(std::string body) {
    return {200, "application/json", std::move(body), false};
}

}  // namespace

Answer error_answer(int status, const std::string& code, const std::string& message) {
    return {
        status, "application/json",
        fmt::format(R"({{"error":{{"code":{},"message":{}}}}})", core::json_string(code), core::json_string(message)),
        false};
}

/// Who may come in at all, and who may change something.
std::optional<Answer> Router::refuse(const Request& request) const {
    if (request.unix_socket) return std::nullopt;  // the file's permissions have decided
    if (access_.loopback_only && !is_loopback_name(host_name(request.host))) {
        return error_answer(403, "refused", "the Host header does not name this machine's loopback address");
    }
    if (!request.origin.empty()) {
        const std::size_t mark = request.origin.find("://");
        const std::string origin = mark == std::string::npos ? request.origin : request.origin.substr(mark + 3);
        if (origin != request.host) return error_answer(403, "refused", "the Origin header names another site");
    }
    const bool token = !access_.token.empty() && same_secret(request.authorization, "Bearer " + access_.token);
    const bool reading = request.method == "GET" || request.method == "HEAD";
    if (token || (reading && access_.loopback_only)) return std::nullopt;
    return error_answer(401, "refused", reading ? "a token is needed" : "changes need the token or the local socket");
}

Answer Router::answer(const Request& request) const {
    if (request.path == "/healthz") return {200, "text/plain", "ok\n", false};
    if (request.path == "/readyz") {
        const auto state = backend_.state();
        const bool ready = state != nullptr && state->ready;
        return {ready ? 200 : 503, "text/plain", ready ? "ready\n" : "starting\n", false};
    }
    if (auto refused = refuse(request)) return *refused;
    const auto state = backend_.state();
    if (state == nullptr) return error_answer(503, "try_again", "starting");
    const bool reading = request.method == "GET" || request.method == "HEAD";
    if (request.path == "/metrics" && !reading) return error_answer(405, "refused", "only GET is understood here");
    if (request.path == "/metrics") return {200, "text/plain; version=0.0.4", metrics_text(*state), false};
    if (!request.path.starts_with(kPrefix)) return error_answer(404, "not_found", "no such path");
    const std::string path = request.path.substr(kPrefix.size());
    if (path.starts_with("streams/")) return stream(request, path.substr(8));
    if (!reading) return error_answer(405, "refused", "only GET is understood here");
    if (path == "streams") return json(streams_json(*state));
    if (path == "alarms") return alarms(request);
    if (path == "probe") return json(probe_json(*state));
    if (path == "events") return {200, "text/event-stream", {}, true};
    return error_answer(404, "not_found", "no such path");
}

Answer Router::alarms(const Request& request) const {
    const auto which = request.query.find("state");
    if (which == request.query.end() || which->second == "open") return json(open_alarms_json(*backend_.state()));
    if (which->second != "all") return error_answer(400, "invalid_config", "state is open or all");
    std::int64_t limit = kDefaultLimit;
    if (const auto given = request.query.find("limit"); given != request.query.end()) {
        const std::string& text = given->second;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
        if (error != std::errc{} || end != text.data() + text.size() || limit < 1 || limit > kMaxLimit) {
            return error_answer(400, "invalid_config", fmt::format("limit is a number from 1 to {}", kMaxLimit));
        }
    }
    auto history = backend_.history(limit);
    return history ? json(alarms_json(*history)) : from_error(history.error());
}

Answer Router::stream(const Request& request, const std::string& rest) const {
    const std::size_t slash = rest.find('/');
    const std::string id = rest.substr(0, slash);
    const std::string what = slash == std::string::npos ? "" : rest.substr(slash + 1);
    if (request.method == "POST") return change(request, id, what);
    if (request.method != "GET" && request.method != "HEAD")
        return error_answer(405, "refused", "only GET and POST are understood here");
    for (const auto& stream : backend_.state()->streams) {
        if (stream->id != id) continue;
        if (what.empty()) return json(stream_json(*stream));
        if (what != "thumbnail.jpg") return error_answer(404, "not_found", "no such path");
        if (stream->still == nullptr) return error_answer(404, "not_found", "no picture yet");
        return {200, "image/jpeg", *stream->still, false};
    }
    return error_answer(404, "not_found", fmt::format("no stream is called \"{}\"", id));
}

Answer Router::change(const Request& request, const std::string& id, const std::string& what) const {
    const nlohmann::json body = nlohmann::json::parse(request.body, nullptr, false);
    if (!body.is_object()) return error_answer(400, "invalid_config", "the body is not a JSON object");
    core::Result<void> done;
    if (what == "focus") {
        if (!body.contains("wanted") || !body["wanted"].is_boolean())
            return error_answer(400, "invalid_config", "wanted is true or false");
        done = backend_.focus(id, body["wanted"].get<bool>());
    } else if (what == "air") {
        if (!body.contains("state"))
            return error_answer(400, "invalid_config", "state is on_air, standby, off_air or null (the calendar)");
        std::optional<core::AirState> wanted;
        for (const core::AirState state : {core::AirState::OnAir, core::AirState::Standby, core::AirState::OffAir}) {
            if (body["state"] == core::name(state)) wanted = state;
        }
        if (!wanted && !body["state"].is_null())
            return error_answer(400, "invalid_config", "state is on_air, standby, off_air or null (the calendar)");
        done = backend_.set_air(id, wanted, request.peer);
    } else {
        return error_answer(404, "not_found", "no such path");
    }
    return done ? json(R"({"ok":true})") : from_error(done.error());
}

}  // namespace sightline::api
