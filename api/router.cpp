// SPDX-License-Identifier: Apache-2.0
#include "api/router.hpp"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "api/desk_routes.hpp"
#include "api/views.hpp"
#include "core/text.hpp"

namespace sightline::api {
namespace {

constexpr std::string_view kPrefix = "/api/v1/";
constexpr core::Duration kWatchShown = std::chrono::hours{24};
constexpr std::size_t kMostWatchChanges = 4'000;  // of a day; of more than these the newest
constexpr std::int64_t kDefaultLimit = 200, kMaxLimit = 5'000;

/// What a request takes: reading, acting, or seeing who did what.
config::ApiRole needed_role(const Request& request) {
    if (request.path == "/api/v1/audit") return config::ApiRole::Admin;
    return request.reads() ? config::ApiRole::Viewer : config::ApiRole::Operator;
}

}  // namespace

Answer json(std::string body) {
    return {200, "application/json", std::move(body), false};
}

Answer from_error(const core::Error& error) {
    int status = 503;
    if (error.code == core::ErrorCode::NotFound) status = 404;
    if (error.code == core::ErrorCode::InvalidConfig) status = 400;
    if (error.code == core::ErrorCode::Refused) status = 409;
    return error_answer(status, core::name(error.code), error.message);
}

core::Result<std::int64_t> read_limit(const Request& request) {
    std::int64_t limit = kDefaultLimit;
    const auto given = request.query.find("limit");
    if (given == request.query.end()) return limit;
    const std::string& text = given->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (error == std::errc{} && end == text.data() + text.size() && limit >= 1 && limit <= kMaxLimit) return limit;
    return core::fail(core::ErrorCode::InvalidConfig, fmt::format("limit is a number from 1 to {}", kMaxLimit));
}

Answer error_answer(int status, const std::string& code, const std::string& message) {
    return {
        status, "application/json",
        fmt::format(R"({{"error":{{"code":{},"message":{}}}}})", core::json_string(code), core::json_string(message)),
        false};
}

Answer Router::answer(const Request& request) {
    if (request.path == "/healthz") return {200, "text/plain", "ok\n", false};
    if (request.path == "/readyz") {
        const auto state = backend_.state();
        const bool ready = state != nullptr && state->ready;
        return {ready ? 200 : 503, "text/plain", ready ? "ready\n" : "starting\n", false};
    }
    if (auto inbound = inbound_answer(backend_, request)) return *inbound;  // signed, not by token
    auto decision = access_.admit(request, needed_role(request), clock_.now());
    if (decision.first_wrong) backend_.note(request.peer, "api.refused", request.path.substr(0, 100), "wrong token");
    if (!decision.caller) return std::move(decision.refusal);
    if (backend_.state() == nullptr) return error_answer(503, "try_again", "starting");
    if (request.path == "/metrics" && !request.reads())
        return error_answer(405, "refused", "only GET is understood here");
    if (request.path == "/metrics") return {200, "text/plain; version=0.0.4", metrics_text(*backend_.state()), false};
    if (!request.path.starts_with(kPrefix)) return error_answer(404, "not_found", "no such path");
    return route(request, request.path.substr(kPrefix.size()), *decision.caller);
}

Answer Router::route(const Request& request, const std::string& path, const Caller& caller) const {
    if (path.starts_with("streams/")) return stream(request, path.substr(8), caller);
    if (auto desk = desk_answer(backend_, request, path, caller)) return *desk;
    if (!request.reads()) return error_answer(405, "refused", "only GET is understood here");
    if (path == "streams") return json(streams_json(*backend_.state()));
    if (path == "alarms") return alarms(request);
    if (path == "paths") {
        const auto paths = backend_.paths();
        return paths ? json(paths_json(*paths)) : from_error(paths.error());
    }
    if (path == "probe") return json(probe_json(*backend_.state()));
    if (path == "events") return {200, "text/event-stream", {}, true};
    return error_answer(404, "not_found", "no such path");
}

Answer Router::alarms(const Request& request) const {
    const auto which = request.query.find("state");
    if (which == request.query.end() || which->second == "open") return json(open_alarms_json(*backend_.state()));
    if (which->second != "all") return error_answer(400, "invalid_config", "state is open or all");
    const auto limit = read_limit(request);
    if (!limit) return from_error(limit.error());
    auto history = backend_.history(*limit);
    return history ? json(alarms_json(*history)) : from_error(history.error());
}

Answer Router::stream(const Request& request, const std::string& rest, const Caller& caller) const {
    const std::size_t slash = rest.find('/');
    const std::string id = rest.substr(0, slash);
    const std::string what = slash == std::string::npos ? "" : rest.substr(slash + 1);
    if (request.method == "POST") return change(request, id, what, caller);
    if (request.method != "GET" && request.method != "HEAD")
        return error_answer(405, "refused", "only GET and POST are understood here");
    const auto state = backend_.state();  // the loop publishes another one meanwhile
    for (const auto& stream : state->streams) {
        if (stream->id != id) continue;
        if (what.empty()) return json(stream_json(*stream));
        if (what == "limits") {
            const auto limits = backend_.limits(id);
            return limits ? json(limits_json(*limits)) : from_error(limits.error());
        }
        if (what == "watch") {
            const core::UtcTime from = backend_.now() - kWatchShown;
            auto log = backend_.watch_log(id, from);
            if (!log) return from_error(log.error());
            if (log->size() > kMostWatchChanges) log->erase(log->begin(), log->end() - kMostWatchChanges);
            return json(watch_json(from, *log));
        }
        if (what != "thumbnail.jpg") return error_answer(404, "not_found", "no such path");
        if (stream->still == nullptr) return error_answer(404, "not_found", "no picture yet");
        return {200, "image/jpeg", *stream->still, false};
    }
    return error_answer(404, "not_found", fmt::format("no stream is called \"{}\"", id));
}

Answer Router::change(const Request& request, const std::string& id, const std::string& what,
                      const Caller& caller) const {
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
        done = backend_.set_air(id, wanted, caller.name);
    } else {
        return error_answer(404, "not_found", "no such path");
    }
    return done ? json(R"({"ok":true})") : from_error(done.error());
}

}  // namespace sightline::api
