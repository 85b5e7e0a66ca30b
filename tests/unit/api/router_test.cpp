// SPDX-License-Identifier: Apache-2.0
#include "api/router.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fuzz/api_targets.hpp"
#include "incidents/audit_chain.hpp"
#include "tests/catch.hpp"
#include "tests/fuzz_replay.hpp"
#include "tests/unit/api/fake_backend.hpp"

using namespace sightline;
using api::Answer;
using api::Request;
using nlohmann::json;

namespace {

Request get(const std::string& path) {
    Request request;
    request.method = "GET";
    request.path = path;
    request.host = "127.0.0.1:8080";
    request.peer = "127.0.0.1";
    return request;
}

/// Over the local socket, where everything is allowed.
Request post(const std::string& path, const std::string& body) {
    Request request;
    request.method = "POST";
    request.path = path;
    request.body = body;
    request.unix_socket = true;
    request.peer = "uid 1000";
    return request;
}

struct Probe {
    Probe() {
        auto stream = std::make_shared<engine::StreamView>();
        stream->id = "news";
        stream->still = std::make_shared<const std::string>("\xFF\xD8jpeg");
        backend.snapshot->ready = true;
        backend.snapshot->probe = "hall-3";
        backend.snapshot->streams.push_back(stream);
        auto dark = std::make_shared<engine::StreamView>();
        dark->id = "dark";
        backend.snapshot->streams.push_back(dark);
    }
    Answer answer(const Request& request) { return api::Router(backend, access, clock).answer(request); }
    int status(const Request& request) { return answer(request).status; }
    api::FakeBackend backend;
    core::VirtualClock clock;
    api::AccessSettings access;  // loopback, no token
};

std::string message(const Answer& answer) {
    return json::parse(answer.body)["error"]["message"];
}
std::string code(const Answer& answer) {
    return json::parse(answer.body)["error"]["code"];
}

using Done = std::vector<std::string>;

}  // namespace

TEST_CASE("Every path answers in its own type", "[router]") {
    Probe probe;
    struct Case {
        const char *path, *type;
    };
    for (const Case& c :
         {Case{"/healthz", "text/plain"}, Case{"/readyz", "text/plain"}, Case{"/metrics", "text/plain; version=0.0.4"},
          Case{"/api/v1/streams", "application/json"}, Case{"/api/v1/streams/news", "application/json"},
          Case{"/api/v1/streams/news/thumbnail.jpg", "image/jpeg"}, Case{"/api/v1/alarms", "application/json"},
          Case{"/api/v1/paths", "application/json"}, Case{"/api/v1/streams/news/limits", "application/json"},
          Case{"/api/v1/streams/news/watch", "application/json"}, Case{"/api/v1/probe", "application/json"},
          Case{"/api/v1/events", "text/event-stream"}}) {
        CAPTURE(c.path);
        const Answer answer = probe.answer(get(c.path));
        CHECK(answer.status == 200);
        CHECK(answer.content_type == c.type);
        CHECK(answer.event_stream == (std::string(c.path) == "/api/v1/events"));
        if (answer.content_type == "application/json") CHECK(json::accept(answer.body));
        Request head = get(c.path);
        head.method = "HEAD";
        CHECK(probe.status(head) == 200);
    }
    CHECK(json::parse(probe.answer(get("/api/v1/streams")).body)["streams"].size() == 2);
    CHECK(json::parse(probe.answer(get("/api/v1/streams/news")).body)["id"] == "news");
    CHECK(probe.answer(get("/api/v1/streams/news/thumbnail.jpg")).body == "\xFF\xD8jpeg");
    CHECK(probe.answer(get("/healthz")).body == "ok\n");
    CHECK(probe.answer(get("/readyz")).body == "ready\n");
}

TEST_CASE("A stream's watch log goes a day back, its first line says how the day began", "[router]") {
    Probe probe;
    const core::UtcTime at = probe.backend.now_utc - std::chrono::hours{30};
    probe.backend.watch = {{"news", at, core::AirState::Standby, true, false},
                           {"news", at + std::chrono::hours{8}, core::AirState::OnAir, false, true}};
    CHECK(probe.answer(get("/api/v1/streams/news/watch")).body ==
          R"({"from":"2026-11-20T12:00:00.000Z","changes":[)"
          R"({"at":"2026-11-20T06:00:00.000Z","air":"standby","watched":true,"maintenance":false},)"
          R"({"at":"2026-11-20T14:00:00.000Z","air":"on_air","watched":false,"maintenance":true}]})");
    CHECK(probe.backend.done == Done{"watch news 2026-11-20T12:00:00.000Z"});
    probe.backend.error = core::Error{core::ErrorCode::Io, "the store cannot be read"};
    CHECK(probe.status(get("/api/v1/streams/news/watch")) >= 500);
    CHECK(probe.status(get("/api/v1/streams/nobody/watch")) == 404);
}

TEST_CASE("What does not exist is not found, by name", "[router]") {
    Probe probe;
    for (const char* path : {"/", "/api/v1", "/api/v1/", "/api/v2/streams", "/api/v1/nothing", "/api/v1/streams/news/",
                             "/api/v1/streams/news/thumbnail.png"}) {
        CAPTURE(path);
        const bool whole = std::string(path) == "/api/v1/streams/news/";  // an empty rest is the stream itself
        CHECK(probe.status(get(path)) == (whole ? 200 : 404));
    }
    CHECK(message(probe.answer(get("/api/v1/streams/other"))) == "no stream is called \"other\"");
    CHECK(message(probe.answer(get("/api/v1/streams/dark/thumbnail.jpg"))) == "no picture yet");
    CHECK(message(probe.answer(get("/api/v1/streams/a\"b"))) == "no stream is called \"a\"b\"");
}

TEST_CASE("A method that a path does not know is refused", "[router]") {
    Probe probe;
    for (const char* path : {"/metrics", "/api/v1/streams", "/api/v1/alarms", "/api/v1/probe", "/api/v1/events"}) {
        CAPTURE(path);
        CHECK(probe.status(post(path, "{}")) == 405);
    }
    Request remove = post("/api/v1/streams/news", "");
    remove.method = "DELETE";
    CHECK(probe.status(remove) == 405);
}

TEST_CASE("A probe that starts is alive and not ready", "[router]") {
    Probe probe;
    probe.backend.snapshot->ready = false;
    CHECK(probe.status(get("/healthz")) == 200);
    CHECK(probe.status(get("/readyz")) == 503);
    CHECK(probe.status(get("/api/v1/streams")) == 200);
    probe.backend.snapshot = nullptr;
    CHECK(probe.status(get("/healthz")) == 200);
    CHECK(probe.answer(get("/readyz")).body == "starting\n");
    const Answer answer = probe.answer(get("/api/v1/streams"));
    CHECK(answer.status == 503);
    CHECK(code(answer) == "try_again");
}

TEST_CASE("On loopback only a Host that is loopback may come in", "[router]") {
    Probe probe;
    const auto with_host = [&](const std::string& host) {
        Request request = get("/api/v1/streams");
        request.host = host;
        return probe.status(request);
    };
    for (const char* host :
         {"127.0.0.1", "127.0.0.1:8080", "127.1.2.3:80", "localhost", "localhost:8080", "[::1]", "[::1]:8080"}) {
        CAPTURE(host);
        CHECK(with_host(host) == 200);
    }
    // What another site's name, pointed here by its own DNS, would send.
    for (const char* host : {"", "evil.example", "127.evil.example", "127.0.0.1.evil.example:8080",
                             "localhost.evil.example", "10.0.0.1", "[::2]", "[", "[::1"}) {
        CAPTURE(host);
        CHECK(with_host(host) == 403);
    }
    Request local = get("/api/v1/streams");
    local.host.clear();
    local.unix_socket = true;
    CHECK(probe.status(local) == 200);
}

TEST_CASE("Another site's pages may not ask", "[router]") {
    Probe probe;
    const auto with_origin = [&](const std::string& origin) {
        Request request = get("/api/v1/streams");
        request.origin = origin;
        return probe.status(request);
    };
    CHECK(with_origin("http://127.0.0.1:8080") == 200);
    for (const char* origin : {"http://evil.example", "http://127.0.0.1:9090", "http://127.0.0.1", "null",
                               "https://127.0.0.1:8080.evil.example"}) {
        CAPTURE(origin);
        CHECK(with_origin(origin) == 403);
    }
}

TEST_CASE("On loopback reading is free and changing needs the token", "[router]") {
    Probe probe;
    Request change = post("/api/v1/streams/news/focus", R"({"wanted":true})");
    change.unix_socket = false;
    change.host = "localhost:8080";
    CHECK(probe.status(change) == 401);
    change.authorization = "Bearer ";
    CHECK(probe.status(change) == 401);  // no token is set: nobody has it
    probe.access.tokens = {{"noc", config::ApiRole::Operator, incidents::sha256_hex("open-sesame")}};
    for (const char* wrong : {"", "Bearer ", "Bearer open-sesam", "Bearer open-sesame2", "bearer open-sesame",
                              "open-sesame", "Basic open-sesame"}) {
        CAPTURE(wrong);
        change.authorization = wrong;
        CHECK(probe.status(change) == 401);
    }
    probe.backend.done.clear();  // each router of its own noted a first wrong token
    change.authorization.clear();
    CHECK(message(probe.answer(change)) == "changes and the audit log need a token or the local socket");
    change.authorization = "Bearer open-sesame";
    CHECK(probe.status(change) == 200);
    CHECK(probe.backend.done == Done{"focus news yes"});
    CHECK(probe.status(get("/api/v1/streams")) == 200);
    change.origin = "http://evil.example";
    CHECK(probe.status(change) == 403);
}

TEST_CASE("On an open address everything but health needs the token", "[router]") {
    Probe probe;
    probe.access = {
        false, {{"screen", config::ApiRole::Viewer, incidents::sha256_hex("open-sesame")}}, {"probe.example"}};
    Request request = get("/api/v1/streams");
    request.host = "probe.example:8080";
    const Answer refused = probe.answer(request);
    CHECK(refused.status == 401);
    CHECK(message(refused) == "a token is needed");
    request.authorization = "Bearer open-sesame";
    CHECK(probe.status(request) == 200);
    request.authorization.clear();
    for (const char* path : {"/metrics", "/api/v1/events", "/nothing"}) {
        CAPTURE(path);
        request.path = path;
        CHECK(probe.status(request) == 401);
    }
    for (const char* path : {"/healthz", "/readyz"}) {
        CAPTURE(path);
        request.path = path;
        CHECK(probe.status(request) == 200);
    }
}

TEST_CASE("Changes reach the probe with who asked", "[router]") {
    Probe probe;
    CHECK(probe.answer(post("/api/v1/streams/news/air", R"({"state":"standby"})")).body == R"({"ok":true})");
    CHECK(probe.status(post("/api/v1/streams/news/air", R"({"state":"on_air"})")) == 200);
    CHECK(probe.status(post("/api/v1/streams/news/air", R"({"state":"off_air"})")) == 200);
    CHECK(probe.status(post("/api/v1/streams/news/air", R"({"state":null})")) == 200);
    CHECK(probe.status(post("/api/v1/streams/news/focus", R"({"wanted":false})")) == 200);
    CHECK(probe.backend.done == Done{"air news standby by uid 1000", "air news on_air by uid 1000",
                                     "air news off_air by uid 1000", "air news calendar by uid 1000", "focus news no"});
}

TEST_CASE("A bad body changes nothing and is told what is wrong", "[router]") {
    Probe probe;
    struct Case {
        std::string path, body, message;
    };
    const std::string states = "state is on_air, standby, off_air or null (the calendar)";
    const std::vector<Case> cases{
        {"focus", "", "the body is not a JSON object"},
        {"focus", "[true]", "the body is not a JSON object"},
        {"focus", "{\"wanted\":tru", "the body is not a JSON object"},
        {"focus", "{\"wanted\":\"\xFF\"}", "the body is not a JSON object"},
        {"focus", std::string(60'000, '['), "the body is not a JSON object"},
        {"focus", "{}", "wanted is true or false"},
        {"focus", R"({"wanted":1})", "wanted is true or false"},
        {"air", "{}", states},
        {"air", R"({"state":"on air"})", states},
        {"air", R"({"state":0})", states},
        {"air", R"({"state":["standby"]})", states},
    };
    for (const Case& c : cases) {
        CAPTURE(c.path, c.body.substr(0, 50));
        const Answer answer = probe.answer(post("/api/v1/streams/news/" + c.path, c.body));
        CHECK(answer.status == 400);
        CHECK(code(answer) == "invalid_config");
        CHECK(message(answer) == c.message);
    }
    CHECK(probe.status(post("/api/v1/streams/news/volume", "{}")) == 404);
    CHECK(probe.status(post("/api/v1/streams/news", "{}")) == 404);
    CHECK(probe.backend.done.empty());
}

TEST_CASE("What the probe says no to becomes the status it deserves", "[router]") {
    Probe probe;
    const auto with = [&](core::ErrorCode error) {
        probe.backend.error = core::Error{error, "why not"};
        const Answer answer = probe.answer(post("/api/v1/streams/x/focus", R"({"wanted":true})"));
        CHECK(message(answer) == "why not");
        CHECK(code(answer) == core::name(error));
        return answer.status;
    };
    CHECK(with(core::ErrorCode::NotFound) == 404);
    CHECK(with(core::ErrorCode::InvalidConfig) == 400);
    CHECK(with(core::ErrorCode::Timeout) == 503);
    CHECK(with(core::ErrorCode::Io) == 503);
}

TEST_CASE("Alarms are the open ones, or the past within a limit", "[router]") {
    Probe probe;
    const auto ask = [&](const std::map<std::string, std::string>& query) {
        Request request = get("/api/v1/alarms");
        request.query = query;
        return probe.answer(request);
    };
    CHECK(ask({}).body == R"({"alarms":[]})");
    CHECK(ask({{"state", "open"}}).status == 200);
    CHECK(probe.backend.done.empty());
    CHECK(ask({{"state", "all"}}).status == 200);
    CHECK(ask({{"state", "all"}, {"limit", "1"}}).status == 200);
    CHECK(ask({{"state", "all"}, {"limit", "5000"}}).status == 200);
    CHECK(probe.backend.done == Done{"history 200", "history 1", "history 5000"});
    for (const char* limit : {"0", "5001", "-1", "", "ten", "10x", " 10", "99999999999999999999"}) {
        CAPTURE(limit);
        const Answer answer = ask({{"state", "all"}, {"limit", limit}});
        CHECK(answer.status == 400);
        CHECK(message(answer) == "limit is a number from 1 to 5000");
    }
    CHECK(message(ask({{"state", "closed"}})) == "state is open or all");
    probe.backend.error = core::Error{core::ErrorCode::Io, "disk full"};
    CHECK(ask({{"state", "all"}}).status == 503);
}

TEST_CASE("Requests that the fuzzer kept are answered, and change nothing without a token") {
    CHECK(tests::replay("api", [](const std::string& bytes) { fuzz::answer_request(bytes); }) >= 7);
}
