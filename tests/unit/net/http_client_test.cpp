// SPDX-License-Identifier: Apache-2.0
#include "net/http_client.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/http_server.hpp"
#include "tests/unit/net/http_world.hpp"

using namespace std::chrono_literals;
using sightline::core::ErrorCode;
using sightline::core::Result;
using sightline::core::SystemClock;
using sightline::net::Addresses;
using sightline::net::EventLoop;
using sightline::net::HttpClient;
using sightline::net::HttpRequest;
using sightline::net::HttpResponse;
using sightline::tests::home;
using sightline::tests::HttpServer;
using sightline::tests::HttpWorld;
using Reply = HttpServer::Reply;
using Then = HttpServer::Then;

TEST_CASE("a page is fetched whole, with status, headers and who answered", "[http_client]") {
    HttpWorld world([](const HttpServer::Request&) {
        Reply reply;
        reply.headers = {{"Content-Type", "text/plain"},
                         {"X-Odd",
                          "a\x01"
                          "b"}};
        reply.body = "hello";
        return reply;
    });
    const auto answer = world.get("/a?b=c");
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->ok());
    CHECK(answer->body == "hello");
    CHECK(answer->header("content-type") == "text/plain");
    CHECK(answer->header("x-odd") == "a b");
    CHECK(answer->header("absent").empty());
    CHECK(answer->remote.text() == "127.0.0.1:" + std::to_string(world.server.port()));
    CHECK_FALSE(answer->from_public);
    REQUIRE(world.server.requests.size() == 1);
    CHECK(world.server.requests[0].method == "GET");
    CHECK(world.server.requests[0].target == "/a?b=c");
}

TEST_CASE("a body is posted with its headers", "[http_client]") {
    HttpWorld world([](const HttpServer::Request&) { return Reply{}; });
    HttpRequest request;
    request.method = "POST";
    request.url = world.server.url("/hook");
    request.headers = {
        {"Content-Type", "application/json"}, {"Sightline-Event-Id", "e1"}, {"Bad\r\nX", "1"}, {"Y", "1\r\nZ: 2"}};
    request.body = "{\"a\":1}";
    const auto answer = world.ask(request);
    REQUIRE(answer);
    REQUIRE(world.server.requests.size() == 1);
    const auto& got = world.server.requests[0];
    CHECK(got.method == "POST");
    CHECK(got.body == "{\"a\":1}");
    CHECK(got.headers.at("content-type") == "application/json");
    CHECK(got.headers.at("sightline-event-id") == "e1");
    CHECK(got.headers.count("x") == 0);
    CHECK(got.headers.count("z") == 0);
    CHECK(got.headers.count("expect") == 0);
}

TEST_CASE("an error status is an answer with its body", "[http_client]") {
    HttpWorld world([](const HttpServer::Request&) {
        Reply reply;
        reply.status = 404;
        reply.body = "no";
        return reply;
    });
    bool data = false;
    HttpRequest request;
    request.url = world.server.url("/");
    request.on_data = [&](std::span<const std::byte>) { data = true; };
    const auto answer = world.ask(request);
    REQUIRE(answer);
    CHECK(answer->status == 404);
    CHECK(answer->body == "no");
    CHECK_FALSE(data);
    CHECK(sightline::net::status_text(404) == "404 Not Found");
    CHECK(sightline::net::status_text(599) == "599");
}

TEST_CASE("connections are reused", "[http_client]") {
    HttpWorld world([](const HttpServer::Request&) { return Reply{}; });
    for (int i = 0; i < 5; ++i) REQUIRE(world.get("/"));
    CHECK(world.server.accepted == 1);
    CHECK(world.server.requests.size() == 5);
}

TEST_CASE("a range asks for its bytes", "[http_client]") {
    HttpWorld world([](const HttpServer::Request&) {
        Reply reply;
        reply.status = 206;
        return reply;
    });
    HttpRequest request;
    request.url = world.server.url("/");
    request.range = {{100, 50}};
    request.compressed = false;
    REQUIRE(world.ask(request));
    CHECK(world.server.requests[0].headers.at("range") == "bytes=100-149");
    CHECK(world.server.requests[0].headers.count("accept-encoding") == 0);
}

TEST_CASE("a body that streams arrives in pieces as they are sent", "[http_client]") {
    HttpWorld world([](const HttpServer::Request&) {
        Reply reply;
        reply.endless = true;
        reply.body = "one,";
        reply.then = Then::Hold;
        return reply;
    });
    std::string got;
    int heads = 0;
    std::optional<Result<HttpResponse>> answer;
    HttpRequest request;
    request.url = world.server.url("/");
    request.max_bytes = 0;
    request.on_head = [&](const HttpResponse& head) {
        ++heads;
        CHECK(head.status == 200);
        CHECK(got.empty());
    };
    request.on_data = [&](std::span<const std::byte> data) {
        got.append(reinterpret_cast<const char*>(data.data()), data.size());
    };
    const auto handle =
        world.client.send(request, [&](Result<HttpResponse> response) { answer = std::move(response); });
    world.until([&] { return got == "one,"; });
    world.server.send_held("two,");
    world.until([&] { return got == "one,two,"; });
    CHECK_FALSE(answer);
    world.server.end_held();
    world.until([&] { return answer.has_value(); });
    REQUIRE(*answer);
    CHECK((*answer)->body.empty());
    CHECK(heads == 1);
}

TEST_CASE("dropping the handle ends a request in every phase, and nothing comes of it", "[http_client]") {
    HttpWorld world([](const HttpServer::Request& request) {
        Reply reply;
        reply.silent = request.target == "/silent";
        reply.endless = true;
        reply.body = "x";
        reply.then = Then::Hold;
        return reply;
    });
    bool called = false;
    const auto never = [&](const Result<HttpResponse>&) { called = true; };
    HttpRequest request;
    SECTION("before it began") {
        request.url = world.server.url("/");
        auto handle = world.client.send(request, never);
        handle.reset();
    }
    SECTION("while it waits for an answer") {
        request.url = world.server.url("/silent");
        auto handle = world.client.send(request, never);
        world.until([&] { return world.server.requests.size() == 1; });
        handle.reset();
        world.until([&] { return world.server.connections() == 0; });  // it hung up
    }
    SECTION("from within its own data") {
        EventLoop::Handle handle;
        bool data = false;
        request.url = world.server.url("/");
        request.on_data = [&](std::span<const std::byte>) {
            data = true;
            handle.reset();
        };
        handle = world.client.send(request, never);
        world.until([&] { return data && world.server.connections() == 0; });
    }
    SECTION("from within its own head") {
        EventLoop::Handle handle;
        bool head = false;
        request.url = world.server.url("/");
        request.on_head = [&](const HttpResponse&) {
            head = true;
            handle.reset();
        };
        request.on_data = [&](std::span<const std::byte>) { called = true; };
        handle = world.client.send(request, never);
        world.until([&] { return head && world.server.connections() == 0; });
    }
    world.loop.poll();
    CHECK_FALSE(called);
}

TEST_CASE("the client may be destroyed by its own callbacks", "[http_client]") {
    SystemClock clock;
    EventLoop loop(clock);
    HttpServer server(loop, [](const HttpServer::Request&) {
        Reply reply;
        reply.body = "x";
        return reply;
    });
    auto client = std::make_unique<HttpClient>(loop, home);
    const auto guard = loop.after(20s, [&] { loop.quit(); });
    const bool in_data = GENERATE(true, false);
    bool ended = false;
    const auto end = [&] {
        client.reset();
        ended = true;
        loop.quit();
    };
    HttpRequest request;
    request.url = server.url("/");
    if (in_data) request.on_data = [&](std::span<const std::byte>) { end(); };
    const auto a = client->send(request, [&](const Result<HttpResponse>&) { end(); });
    const auto b = client->send(request, [&](const Result<HttpResponse>&) {
        CHECK_FALSE(ended);
        end();
    });
    loop.run();
    CHECK(ended);
    loop.poll();
}

TEST_CASE("a name that hangs is given up at once when dropped, and after the limit when not", "[http_client]") {
    SystemClock clock;
    EventLoop loop(clock);
    // Answers long after the test (its thread ends with the process).
    HttpClient client(loop, [](const std::string&) -> Addresses {
        for (;;) ::pause();
    });
    HttpRequest request;
    request.url = "http://enc.example/";
    request.connect_timeout = 20ms;
    std::optional<Result<HttpResponse>> answer;
    auto dropped = client.send(request, [&](const Result<HttpResponse>&) { FAIL("dropped"); });
    loop.poll();
    const auto begun = clock.now();
    dropped.reset();
    CHECK(clock.now() - begun < 200ms);
    const auto handle = client.send(request, [&](Result<HttpResponse> response) {
        answer = std::move(response);
        loop.quit();
    });
    loop.run();
    REQUIRE(answer);
    REQUIRE_FALSE(*answer);
    CHECK(answer->error().code == ErrorCode::Timeout);
    CHECK(answer->error().message == "name servers do not answer within 20ms");
}

TEST_CASE("a reader that is not ready holds the server back", "[http_client]") {
    const std::string body(20'000'000, 'x');  // more than all socket buffers hold
    HttpWorld world([&](const HttpServer::Request&) {
        Reply reply;
        reply.body = body;
        return reply;
    });
    bool ready = false;
    std::size_t got = 0;
    std::optional<Result<HttpResponse>> answer;
    HttpRequest request;
    request.url = world.server.url("/");
    request.max_bytes = 0;
    request.stall_timeout = 1s;  // it is not the server that stalls
    request.ready_for_data = [&] { return ready; };
    request.on_data = [&](std::span<const std::byte> data) {
        got += data.size();
        if (got < 1'000'000) ready = false;
    };
    const auto handle =
        world.client.send(request, [&](Result<HttpResponse> response) { answer = std::move(response); });
    world.until([&] { return world.server.requests.size() == 1; });
    const auto pause = world.loop.after(1300ms, [&] { world.loop.quit(); });
    world.loop.run();
    CHECK(got == 0);
    CHECK_FALSE(answer);
    world.until([&] {
        ready = true;
        return answer.has_value();
    });
    REQUIRE(*answer);
    CHECK(got == body.size());
}

TEST_CASE("many requests at once all end", "[http_client]") {
    HttpWorld world([](const HttpServer::Request& request) {
        Reply reply;
        reply.body = std::string(100'000, request.target.back());
        return reply;
    });
    std::vector<EventLoop::Handle> handles;
    int ended = 0;
    for (int i = 0; i < 40; ++i) {
        HttpRequest request;
        request.url = world.server.url("/" + std::to_string(i % 10));
        handles.push_back(world.client.send(request, [&, i](Result<HttpResponse> response) {
            REQUIRE(response);
            CHECK(response->body == std::string(100'000, static_cast<char>('0' + i % 10)));
            if (++ended == 40) world.loop.quit();
        }));
    }
    const auto guard = world.loop.after(20s, [&] { world.loop.quit(); });
    world.loop.run();
    CHECK(ended == 40);
}
