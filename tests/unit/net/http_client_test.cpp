// SPDX-License-Identifier: Apache-2.0
#include "net/http_client.hpp"

#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/http_server.hpp"

using namespace std::chrono_literals;
using sightline::core::Duration;
using sightline::core::ErrorCode;
using sightline::core::Result;
using sightline::core::SystemClock;
using sightline::net::Address;
using sightline::net::Addresses;
using sightline::net::EventLoop;
using sightline::net::HttpClient;
using sightline::net::HttpRequest;
using sightline::net::HttpResponse;
using sightline::tests::HttpServer;
using Reply = HttpServer::Reply;
using Then = HttpServer::Then;

namespace {

Addresses home(const std::string& /*host*/) {
    return std::vector<Address>{*Address::parse("127.0.0.1")};
}

/// Client and server on one loop.
struct World {
    explicit World(HttpServer::Handler handler) : server(loop, std::move(handler)) {}
    /// Runs the loop until an answer came (or 20 s passed, and the test fails).
    Result<HttpResponse> ask(HttpRequest request) {
        std::optional<Result<HttpResponse>> answer;
        const auto guard = loop.after(20s, [this] { loop.quit(); });
        const auto handle = client.send(std::move(request), [&](Result<HttpResponse> response) {
            answer = std::move(response);
            loop.quit();
        });
        loop.run();
        REQUIRE(answer);
        return std::move(*answer);
    }
    Result<HttpResponse> get(const std::string& target) {
        HttpRequest request;
        request.url = server.url(target);
        return ask(std::move(request));
    }
    /// Lets the loop turn until `done` says so.
    template <class Predicate>
    void until(Predicate done) {
        bool late = false;
        const auto guard = loop.after(20s, [&] {
            late = true;
            loop.quit();
        });
        const auto look = loop.every(1ms, [&] {
            if (done()) loop.quit();
        });
        loop.run();
        REQUIRE_FALSE(late);
    }
    SystemClock clock;
    EventLoop loop{clock};
    HttpServer server;
    HttpClient client{loop, home};
};

/// A gzip file of `count` letters a, by hand: one literal, then copies of 258 from one byte back (RFC 1951, 3.2.6).
std::string gzip_of_a(std::size_t count) {
    std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
    unsigned bits = 0;
    int held = 0;
    const auto put = [&](unsigned value, int width, bool high_first) {
        for (int i = 0; i < width; ++i) {
            bits |= ((value >> (high_first ? width - 1 - i : i)) & 1U) << held;
            if (++held == 8) {
                out += static_cast<char>(bits);
                bits = 0;
                held = 0;
            }
        }
    };
    put(0b011, 3, false);  // last block, fixed codes
    for (std::size_t i = 0; i < 1 + (count - 1) % 258; ++i) put(0x30 + 'a', 8, true);
    for (std::size_t i = 0; i < (count - 1) / 258; ++i) put(0b11000101, 8, true), put(0, 5, true);  // 258, distance 1
    put(0, 7, true);                                                                                // end of block
    put(0, 7, false);                                                                               // to the byte's end
    std::uint32_t crc = 0xFFFFFFFF;
    for (std::size_t i = 0; i < count; ++i) {
        crc ^= static_cast<std::uint32_t>('a');
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    for (const std::uint32_t word : {~crc, static_cast<std::uint32_t>(count)}) {
        for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(word >> shift);
    }
    return out;
}

}  // namespace

TEST_CASE("a page is fetched whole, with status, headers and who answered", "[http_client]") {
    World world([](const HttpServer::Request&) {
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
    World world([](const HttpServer::Request&) { return Reply{}; });
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
    World world([](const HttpServer::Request&) {
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
    World world([](const HttpServer::Request&) { return Reply{}; });
    for (int i = 0; i < 5; ++i) REQUIRE(world.get("/"));
    CHECK(world.server.accepted == 1);
    CHECK(world.server.requests.size() == 5);
}

TEST_CASE("a range asks for its bytes", "[http_client]") {
    World world([](const HttpServer::Request&) {
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
    World world([](const HttpServer::Request&) {
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
    World world([](const HttpServer::Request& request) {
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

TEST_CASE("what goes wrong is said in words", "[http_client]") {
    World world([](const HttpServer::Request& request) {
        Reply reply;
        const std::string& t = request.target;
        if (t == "/nothing") {
            reply.silent = true;
            reply.then = Then::Close;
        } else if (t == "/reset") {
            reply.silent = true;
            reply.then = Then::Reset;
        } else if (t == "/short") {
            reply.body = "abc";
            reply.announced_length = 100;
            reply.then = Then::Close;
        } else if (t == "/garbage") {
            reply.raw = std::string("\x47\x40\x00\x10 no http here\r\n\r\n", 22);
            reply.then = Then::Close;
        } else if (t == "/gzip") {
            reply.headers = {{"Content-Encoding", "gzip"}};
            reply.body = "this is no gzip";
        } else if (t == "/large") {
            reply.body = std::string(2000, 'x');
        } else if (t == "/endless") {
            reply.endless = true;
            reply.body = std::string(2000, 'x');
            reply.then = Then::Hold;
        } else if (t == "/stall") {
            reply.body = "x";
            reply.announced_length = 10;
            reply.then = Then::Hold;
        } else {
            reply.silent = true;
            reply.then = Then::Hold;
        }
        return reply;
    });
    struct Row {
        const char* target;
        ErrorCode code;
        const char* message;
    };
    const Row rows[] = {
        {"/nothing", ErrorCode::Io, "the server closed the connection without an answer"},
        {"/reset", ErrorCode::Io, "connection reset by peer"},
        {"/short", ErrorCode::Truncated, "the connection was closed before the end of the body"},
        {"/garbage", ErrorCode::Corrupt, "the answer is not HTTP"},
        {"/gzip", ErrorCode::Corrupt, "the answer's compression is broken"},
        {"/large", ErrorCode::Refused, "the answer is larger than 1000 bytes"},
        {"/endless", ErrorCode::Refused, "the answer is larger than 1000 bytes"},
        {"/stall", ErrorCode::Timeout, "nothing came for 30ms"},
        {"/silent", ErrorCode::Timeout, "nothing came for 30ms"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.target);
        HttpRequest request;
        request.url = world.server.url(row.target);
        request.max_bytes = 1000;
        if (std::string(row.message).find("nothing came") == 0) request.stall_timeout = 30ms;
        const auto answer = world.ask(request);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().message == row.message);
        CHECK(static_cast<int>(answer.error().code) == static_cast<int>(row.code));
    }
    HttpRequest slow;
    slow.url = world.server.url("/silent");
    slow.total_timeout = 30ms;
    const auto answer = world.ask(slow);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().message == "not finished within 30ms");
}

TEST_CASE("a refused connection and a name that is not found are said so", "[http_client]") {
    World world([](const HttpServer::Request&) { return Reply{}; });
    world.server.stop_listening();
    const auto refused = world.get("/");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "connection refused");
    HttpClient client(world.loop, [](const std::string& host) -> Addresses {
        return sightline::core::fail(ErrorCode::NotFound, "name not found: " + host);
    });
    std::optional<Result<HttpResponse>> answer;
    HttpRequest request;
    request.url = "http://nowhere.example/";
    const auto handle = client.send(request, [&](Result<HttpResponse> response) {
        answer = std::move(response);
        world.loop.quit();
    });
    world.loop.run();
    REQUIRE(answer);
    CHECK(answer->error().message == "name not found: nowhere.example");
}

TEST_CASE("only http and https URLs are fetched", "[http_client]") {
    World world([](const HttpServer::Request&) { return Reply{}; });
    for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "rtmp://127.0.0.1/a"}) {
        CAPTURE(url);
        HttpRequest request;
        request.url = url;
        const auto answer = world.ask(request);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().message == "only http and https URLs can be fetched");
    }
    for (const char* url : {"", "http://", "/path", "http://a b/", "http://h/\r\nX: y"}) {
        CAPTURE(url);
        HttpRequest request;
        request.url = url;
        const auto answer = world.ask(request);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().message == "not a URL");
    }
}

TEST_CASE("a compressed body counts as large as it is when unpacked", "[http_client]") {
    const std::string packed = gzip_of_a(1'000'000);
    World world([&](const HttpServer::Request&) {
        Reply reply;
        reply.headers = {{"Content-Encoding", "gzip"}};
        reply.body = packed;
        return reply;
    });
    REQUIRE(packed.size() < 10'000);
    HttpRequest request;
    request.url = world.server.url("/");
    request.max_bytes = 100'000;
    auto answer = world.ask(request);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().message == "the answer is larger than 100000 bytes");
    request.max_bytes = 1'000'000;
    answer = world.ask(request);
    REQUIRE(answer);
    CHECK(answer->body == std::string(1'000'000, 'a'));
}

TEST_CASE("redirects are followed, but not for ever, not elsewhere than http, and not for posts", "[http_client]") {
    World world([](const HttpServer::Request& request) {
        Reply reply;
        if (request.target == "/end") {
            reply.body = "end";
            return reply;
        }
        reply.status = 302;
        reply.headers = {{"Location", request.target == "/a"       ? "/b?x=1"
                                      : request.target == "/b?x=1" ? "end"
                                      : request.target == "/file"  ? "file:///etc/passwd"
                                                                   : "/loop"}};
        return reply;
    });
    const auto answer = world.get("/a");
    REQUIRE(answer);
    CHECK(answer->body == "end");
    CHECK(answer->url == world.server.url("/end"));
    const auto looped = world.get("/loop");
    REQUIRE_FALSE(looped);
    CHECK(looped.error().message == "more than 5 redirects");
    const auto file = world.get("/file");
    REQUIRE_FALSE(file);
    CHECK(file.error().message == "only http and https URLs can be fetched");
    HttpRequest post;
    post.method = "POST";
    post.url = world.server.url("/a");
    const auto posted = world.ask(post);
    REQUIRE(posted);
    CHECK(posted->status == 302);
}

TEST_CASE("headers that may be secret do not follow a redirect to another host", "[http_client]") {
    World world([](const HttpServer::Request&) { return Reply{}; });
    HttpServer front(world.loop, [&](const HttpServer::Request&) {
        Reply reply;
        reply.status = 307;
        reply.headers = {{"Location", world.server.url("/x")}};
        return reply;
    });
    HttpRequest request;
    request.url = front.url("/");
    request.headers = {{"Authorization", "Bearer t"}, {"X-Token", "t"}, {"User-Agent", "me"}};
    REQUIRE(world.ask(request));
    CHECK(front.requests[0].headers.at("x-token") == "t");
    const auto& got = world.server.requests[0].headers;
    CHECK(got.count("authorization") == 0);
    CHECK(got.count("x-token") == 0);
    CHECK(got.at("user-agent") == "me");
}

TEST_CASE("what a public address gave does not lead to an internal one", "[http_client]") {
    World world([](const HttpServer::Request&) { return Reply{}; });
    HttpRequest request;
    request.from_public = true;
    const std::string port = std::to_string(world.server.port());
    SECTION("by number") {
        request.url = world.server.url("/");
    }
    SECTION("by a name that stands for it") {
        request.url = "http://public.example:" + port + "/";
    }
    SECTION("by a mapped number") {
        request.url = "http://[::ffff:127.0.0.1]:" + port + "/";
    }
    SECTION("by the unspecified address") {
        request.url = "http://0.0.0.0:" + port + "/";
    }
    SECTION("in disguise") {
        request.url = "http://0x7f.1:" + port + "/";
    }
    SECTION("over a connection that others opened") {
        REQUIRE(world.get("/"));  // allowed: the user's own URL; its connection is kept
        request.url = world.server.url("/");
    }
    const std::size_t before = world.server.requests.size();
    const std::size_t accepted = world.server.accepted;
    const auto answer = world.ask(request);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::Refused);
    CHECK(answer.error().message.find("a public server led to the loopback address") == 0);
    CHECK(world.server.requests.size() == before);
    CHECK(world.server.accepted == accepted);  // not even connected
    request.allow_private = true;
    CHECK(world.ask(request));
}

TEST_CASE("a reader that is not ready holds the server back", "[http_client]") {
    const std::string body(20'000'000, 'x');  // more than all socket buffers hold
    World world([&](const HttpServer::Request&) {
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
    World world([](const HttpServer::Request& request) {
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
