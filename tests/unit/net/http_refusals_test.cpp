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
using sightline::net::Addresses;
using sightline::net::HttpClient;
using sightline::net::HttpRequest;
using sightline::net::HttpResponse;
using sightline::tests::HttpServer;
using sightline::tests::HttpWorld;
using Reply = HttpServer::Reply;
using Then = HttpServer::Then;

namespace {

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

TEST_CASE("what goes wrong is said in words", "[http_client]") {
    HttpWorld world([](const HttpServer::Request& request) {
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
    HttpWorld world([](const HttpServer::Request&) { return Reply{}; });
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
    HttpWorld world([](const HttpServer::Request&) { return Reply{}; });
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
    HttpWorld world([&](const HttpServer::Request&) {
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
    HttpWorld world([](const HttpServer::Request& request) {
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
    HttpWorld world([](const HttpServer::Request&) { return Reply{}; });
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
    HttpWorld world([](const HttpServer::Request&) { return Reply{}; });
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
