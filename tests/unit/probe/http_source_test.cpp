// SPDX-License-Identifier: Apache-2.0
#include "probe/http_source.hpp"

#include <functional>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/http_server.hpp"
#include "tests/recording_sink.hpp"

using namespace std::chrono_literals;
using sightline::core::InputSpec;
using sightline::core::SystemClock;
using sightline::net::EventLoop;
using sightline::probe::HttpSource;
using sightline::probe::LinkState;
using sightline::tests::HttpServer;
using sightline::tests::RecordingSink;
using sightline::tests::run_until;
using Reply = HttpServer::Reply;
using Then = HttpServer::Then;

namespace {

struct HttpWorld {
    explicit HttpWorld(HttpServer::Handler handler) : server(loop, std::move(handler)) {
        input.url = server.url("/live");
        input.http_headers = {{"X-Token", "t"}};
        source = std::make_unique<HttpSource>(input, sightline::probe::SourceOptions{}, loop);
        source->start(sink);
    }
    void until(const std::function<bool()>& done) { REQUIRE(run_until(loop, done)); }
    [[nodiscard]] std::string text() const {
        std::string result;
        for (const std::byte b : sink.bytes) result += static_cast<char>(b);
        return result;
    }
    SystemClock clock;
    EventLoop loop{clock};
    HttpServer server;
    InputSpec input;
    RecordingSink sink;
    std::unique_ptr<HttpSource> source;
};

}  // namespace

TEST_CASE("an endless body is handed over as it comes, and fetched again when it ends", "[http_source]") {
    int connections = 0;
    HttpWorld world([&](const HttpServer::Request&) {
        Reply reply;
        reply.endless = true;
        reply.body = "connection " + std::to_string(++connections) + ";";
        reply.then = Then::Hold;
        return reply;
    });
    world.until([&] { return world.text() == "connection 1;"; });
    CHECK(world.source->traits().live);
    world.server.send_held("more;");
    world.until([&] { return world.text() == "connection 1;more;"; });
    CHECK(world.sink.states() == std::vector<LinkState>{LinkState::Connecting, LinkState::Connected});
    CHECK(world.sink.sessions() == 1);
    world.server.end_held(Then::Close);
    world.until([&] { return world.text() == "connection 1;more;connection 2;"; });
    CHECK(world.sink.states() == std::vector<LinkState>{LinkState::Connecting, LinkState::Connected,
                                                        LinkState::Unreachable, LinkState::Connecting,
                                                        LinkState::Connected});
    CHECK(world.sink.links[2].reason == "the server ended the stream");
    CHECK(world.sink.sessions() == 2);
    world.server.end_held(Then::Reset);
    world.until([&] { return world.sink.links.back().state == LinkState::Unreachable; });
    CHECK(world.sink.links.back().reason == "connection reset by peer");
    CHECK(world.server.requests[0].headers.at("x-token") == "t");
    CHECK(world.source->statistics().at("http.connections_total") == 2);
}

TEST_CASE("a body with a length is a file: it ends", "[http_source]") {
    HttpWorld world([](const HttpServer::Request&) {
        Reply reply;
        reply.body = "Gfile";
        return reply;
    });
    world.until([&] { return world.sink.links.back().state == LinkState::Ended; });
    CHECK(world.text() == "Gfile");
    CHECK_FALSE(world.source->traits().live);
    CHECK(world.server.requests.size() == 1);
}

TEST_CASE("an error status is why the stream is unreachable", "[http_source]") {
    HttpWorld world([](const HttpServer::Request&) {
        Reply reply;
        reply.status = 403;
        reply.body = "<html>go away</html>";
        return reply;
    });
    world.until([&] { return world.server.requests.size() == 2; });
    CHECK(world.sink.links[1].state == LinkState::Unreachable);
    CHECK(world.sink.links[1].reason == "403 Forbidden");
    CHECK(world.sink.bytes.empty());
}

TEST_CASE("an answer that is a playlist is played as HLS", "[http_source]") {
    HttpWorld world([](const HttpServer::Request& request) {
        Reply reply;
        if (request.target == "/live") {
            reply.headers = {{"Content-Type", "application/vnd.apple.mpegurl"}};
            reply.body = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\n1.ts\n#EXT-X-ENDLIST\n";
        } else {
            reply.body = "Gsegment";
        }
        return reply;
    });
    world.until([&] { return world.sink.links.back().state == LinkState::Ended; });
    CHECK(world.text() == "Gsegment");
    CHECK(world.source->traits().segmented);
    CHECK(world.source->statistics().at("hls.segments_total") == 1);
}
