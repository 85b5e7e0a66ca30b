// SPDX-License-Identifier: Apache-2.0
#include "link/api_client.hpp"

#include <map>
#include <optional>
#include <string>

#include "link/event_lines.hpp"
#include "tests/catch.hpp"
#include "tests/http_server.hpp"
#include "tests/run_until.hpp"

using namespace sightline;
using namespace sightline::link;
using namespace std::chrono_literals;
using Reply = tests::HttpServer::Reply;
using Request = tests::HttpServer::Request;

namespace {

constexpr const char* kStream =
    R"({"id":"news","name":"News HD","url":"srt://10.0.0.7:7001","state":"alarm","severity":"critical",
 "since":"2026-03-20T09:46:40.000Z","reason":"Black","link":{"state":"connected","reason":null},"air":"standby","depth":"adaptive",
 "format":"mpegts","bitrate_bps":4512000,"tracks":[{"id":"video:1","kind":"video","pid":256,"language":null,"codec":"h264",
 "width":1920,"height":1080,"fps":25,"interlaced":true,"watched":true,"not_watched":null}],
 "measurements":{"audio.level/audio:1/1":-23.5,"odd":null},"alarms":[],"last_alarm":null,"conditions":[],"tags":{"site":"hall 3"},
 "runbook":null,"packets":1,"continuity_errors":7,"bytes":1,"worker":{"pid":1,"restarts":2},"thumbnail_at":null})";

std::string streams(const std::string& items) {
    return R"({"probe":"hall","at":"2026-03-20T09:46:41.000Z","streams":[)" + items + "]}";
}

/// A probe with answers by path, and a client of it, on one loop.
struct ProbeWorld {
    ProbeWorld() {
        answers["/healthz"] = {};
        answers["/api/v1/streams"].body = streams(kStream);
        answers["/api/v1/alarms"].body = R"({"alarms":[]})";
        answers["/api/v1/probe"].body =
            R"({"probe":"hall","version":"0.1","clock_synchronised":true,"store_error":null})";
        answers["/api/v1/events"].then = tests::HttpServer::Then::Hold;
        answers["/api/v1/events"].endless = true;
    }
    Reply answer(const Request& request) {
        const auto at = answers.find(request.target.substr(0, request.target.find('?')));
        if (at != answers.end()) return at->second;
        Reply none;
        none.status = 404;
        none.body = R"({"error":{"code":"not_found","message":"no such thing"}})";
        return none;
    }
    void attach(std::string token = {}) { client.emplace(loop, ApiEndpoint{server.url(""), std::move(token)}); }
    template <class Predicate>
    void until(Predicate done) {
        REQUIRE(tests::run_until(loop, done));
    }
    std::size_t asked(const std::string& path) const {
        std::size_t count = 0;
        for (const auto& request : server.requests) count += request.target.starts_with(path) ? 1 : 0;
        return count;
    }
    core::SystemClock clock;
    net::EventLoop loop{clock};
    std::map<std::string, Reply> answers;
    tests::HttpServer server{loop, [this](const Request& request) { return answer(request); }};
    std::optional<ApiClient> client;
};

}  // namespace

TEST_CASE("A client reads streams and facts of its probe, and is live", "[api_client]") {
    ProbeWorld world;
    CHECK(world.server.port() > 0);
    world.attach("secret-token");
    CHECK(world.client->state()->link == ApiLink::Connecting);
    world.until([&] { return world.client->state()->streams && world.client->state()->facts.clock_synchronised; });
    const auto state = world.client->state();
    CHECK(state->link == ApiLink::Live);
    CHECK(state->streams->probe == "hall");
    REQUIRE(state->streams->streams.size() == 1);
    const StreamReport& stream = state->streams->streams[0];
    CHECK(stream.health == StreamHealth::Alarm);
    CHECK(stream.severity == core::Severity::Critical);
    CHECK(stream.air == core::AirState::Standby);
    CHECK(stream.depth == core::DepthMode::Adaptive);
    CHECK(stream.tracks.at(0).interlaced);
    CHECK(stream.measurements.size() == 1);
    CHECK(stream.tags.at("site") == "hall 3");
    CHECK(stream.worker_restarts == 2);
    CHECK_FALSE(state->incidents_served);
    for (const auto& request : world.server.requests)
        CHECK(request.headers.at("authorization") == "Bearer secret-token");
}

TEST_CASE("A probe that goes away is silent soon, and live again when it is back", "[api_client]") {
    ProbeWorld world;
    world.attach();
    world.until([&] { return world.client->state()->streams != nullptr; });
    for (auto& [path, reply] : world.answers) reply.silent = true;
    const core::ArrivalTime stopped = world.clock.now();
    world.until([&] { return world.client->state()->link == ApiLink::Silent; });
    CHECK(world.clock.now() - stopped > 1s);  // patience, but no more than the wall promises on a machine that is free
    CHECK(world.client->state()->streams != nullptr);  // the last that was known stays
    CHECK(world.client->state()->last_answer.has_value());
    for (auto& [path, reply] : world.answers) reply.silent = false;
    world.until([&] { return world.client->state()->link == ApiLink::Live; });
    CHECK(world.client->state()->error.empty());
}

TEST_CASE("Nobody there is said in words", "[api_client]") {
    ProbeWorld world;
    world.server.stop_listening();
    world.attach();
    world.until([&] { return world.client->state()->link == ApiLink::Silent; });
    CHECK(world.client->state()->error == "connection refused");
    CHECK_FALSE(world.client->state()->last_answer);
}

TEST_CASE("A wrong token is refused, not silent", "[api_client]") {
    ProbeWorld world;
    for (auto& [path, reply] : world.answers) {
        reply = {};
        reply.status = 401;
        reply.body = R"({"error":{"code":"unauthorised","message":"the token is wrong"}})";
    }
    world.attach("wrong");
    world.until([&] { return world.client->state()->link == ApiLink::Refused; });
    CHECK(world.client->state()->error == "the token is wrong");
}

TEST_CASE("An event makes the client read again at once", "[api_client]") {
    ProbeWorld world;
    world.attach();
    world.until([&] { return world.client->state()->streams && world.server.held() == 1; });
    world.answers["/api/v1/streams"].body = streams("");
    const core::ArrivalTime sent = world.clock.now();
    world.server.send_held("id: 7\nevent: alarm\ndata: {}\n\n");
    world.until([&] { return world.client->state()->streams->streams.empty(); });
    CHECK(world.clock.now() - sent < ApiClient::kRefresh + 500ms);
    world.server.end_held();
    world.until([&] { return world.server.held() == 1; });  // it listens again, from where it was
    CHECK(world.server.requests.back().headers.at("last-event-id") == "7");
}

TEST_CASE("Incidents are read where the probe has a desk, with one's timeline when wanted", "[api_client]") {
    ProbeWorld world;
    const std::string incident =
        R"({"type":"incident","id":"hall-i1","sequence":3,"state":"open","severity":"critical","title":"Encoder enc7",
 "cause":{"kind":"point","name":"encoder=enc7","stream":"news"},"why":"4 of 5","since":"2026-03-20T09:46:40.000Z","owner":null,
 "alarms":[{"id":"a1","stream":"news","condition":"video.black","severity":"critical","open":true,"role":"cause","follows":null}],
 "timeline":[{"at":"2026-03-20T09:46:40.000Z","who":"desk","kind":"opened","text":"opened"}]})";
    world.answers["/api/v1/incidents"].body = R"({"incidents":[)" + incident + "]}";
    world.answers["/api/v1/incidents/hall-i1"].body = incident;
    world.attach();
    world.client->want_detail("hall-i1");
    world.until([&] { return world.client->state()->detail != nullptr; });
    const auto state = world.client->state();
    CHECK(state->incidents_served);
    REQUIRE(state->incidents->size() == 1);
    CHECK(state->incidents->at(0).cause_name == "encoder=enc7");
    CHECK(state->incidents->at(0).alarms.at(0).role == "cause");
    CHECK(state->detail->timeline.at(0).text == "opened");
}

TEST_CASE("A command is posted, and what the probe says of it comes back", "[api_client]") {
    ProbeWorld world;
    world.answers["/api/v1/streams/news/air"].body = R"({"ok":true})";
    world.attach();
    std::optional<ApiOutcome> done, refused;
    world.client->send({"/api/v1/streams/news/air", R"({"state":"standby"})", "standby"},
                       [&](ApiOutcome outcome) { done = std::move(outcome); });
    world.client->send({"/api/v1/incidents/x/ack", "{}", "acknowledge x"},
                       [&](ApiOutcome outcome) { refused = std::move(outcome); });
    world.until([&] { return done && refused; });
    CHECK(done->done);
    CHECK_FALSE(refused->done);
    CHECK(refused->words == "this probe has no incident desk");
    bool posted = false;
    for (const auto& request : world.server.requests)
        posted = posted || (request.method == "POST" && request.body == R"({"state":"standby"})");
    CHECK(posted);
}

TEST_CASE("What a probe says wrongly is refused by the member's name", "[api_client]") {
    const auto words = [](const std::string& json) {
        const auto read = parse_streams(json);
        return read ? std::string("taken") : read.error().message;
    };
    CHECK(words("[") == "the probe's streams: not JSON");
    CHECK(words("[]") == "the probe's streams: an object is expected");
    CHECK(words(R"({"streams":7})") == "the probe's streams: \"streams\" is not a list of at most 4096");
    CHECK(words(R"({"streams":[{}]})") == "the probe's streams: a stream without \"id\"");
    CHECK(words(R"({"streams":[{"id":"a","severity":"awful"}]})") ==
          "the probe's streams: \"severity\" is no severity: awful");
    CHECK(words(R"({"streams":[{"id":"a","since":"noon"}]})") == "the probe's streams: \"since\" is no time");
    CHECK(words(R"({"streams":[{"id":"a","name":"x\u0007y"}]})") == "taken");
    CHECK(parse_streams(R"({"streams":[{"id":"a","name":"x\u0007y"}]})")->streams[0].name == "x y");
    const auto paths = parse_paths(R"({"paths":[{"id":"hd","points":[{"streams":["a","b"],"delay_s":2.5},{}]}]})");
    REQUIRE(paths);
    CHECK(paths->at(0).points == std::vector<PathReport::Point>{{{"a", "b"}, 2.5}, {}});
    CHECK_FALSE(parse_paths(R"({"paths":[{"points":[{"streams":[1]}]}]})"));
    CHECK_FALSE(parse_paths(R"({"paths":{}})"));
    const auto limits = parse_limits(
        R"({"limits":[{"measurement":"bitrate.mux","unit":"bit/s","rule":"bitrate.low","severity":"major","below":4e6,"above":null}]})");
    REQUIRE(limits);
    CHECK(limits->at(0) == LimitReport{"bitrate.mux", "bit/s", "bitrate.low", core::Severity::Major, 4e6, {}});
    CHECK_FALSE(parse_limits(R"({"limits":[{"severity":"awful"}]})"));
    const auto watch = parse_watch(
        R"({"from":"2026-11-20T12:00:00Z","changes":[{"at":"2026-11-20T14:00:00Z","air":"standby","watched":false,)"
        R"("maintenance":true},{"at":"2026-11-20T06:00:00Z","air":"on_air","watched":true,"maintenance":false}]})");
    REQUIRE(watch);
    REQUIRE(watch->size() == 2);
    CHECK(watch->at(0) ==
          WatchReport{*core::parse_rfc3339("2026-11-20T06:00:00Z"), core::AirState::OnAir, true, false});
    CHECK(watch->at(1).maintenance);
    CHECK_FALSE(parse_watch(R"({"changes":[{"air":"on_air"}]})"));
    CHECK_FALSE(parse_watch(R"({"changes":[{"at":"noon"}]})"));
    CHECK_FALSE(parse_incidents("{}"));
    CHECK_FALSE(parse_incidents(R"({"incidents":[{"id":"a","severity":null}]})"));
    CHECK_FALSE(parse_alarms(R"({"alarms":{}})"));
    CHECK(error_words("not json").empty());
}

TEST_CASE("Server-sent events are read in any pieces", "[api_client]") {
    const std::string all =
        ": comment\n\nid: 57\r\nevent: alarm\r\ndata: {\"a\":1}\r\n\r\ndata: x\ndata: y\n\nevent: reset\ndata: "
        "{}\n\nevent: no data\n\n";
    for (const std::size_t block : {1U, 3U, 1000U}) {
        std::vector<std::string> seen;
        EventLines lines;
        for (std::size_t at = 0; at < all.size(); at += block) {
            lines.feed(std::string_view(all).substr(at, block), [&](const ServerEvent& event) {
                seen.push_back(event.id + "|" + event.type + "|" + event.data);
            });
        }
        CHECK(seen == std::vector<std::string>{"57|alarm|{\"a\":1}", "57|message|x\ny", "57|reset|{}"});
    }
    EventLines lines;
    int events = 0;
    lines.feed("data: " + std::string(EventLines::kMostBytes + 10, 'x') + "\n\ndata: after\n\n",
               [&](const ServerEvent& event) { events += event.data == "after" ? 1 : 100; });
    CHECK(events == 1);
}

TEST_CASE("Small pictures are fetched as they change, and only where they are wanted", "[api_client]") {
    ProbeWorld world;
    const auto with_picture = [](const std::string& id, const std::string& at) {
        std::string stream = kStream;
        stream.replace(stream.find(R"("id":"news")"), 11, R"("id":")" + id + '"');
        return stream.replace(stream.find(R"("thumbnail_at":null)"), 19, R"("thumbnail_at":")" + at + '"');
    };
    const std::string early = "2026-03-20T09:46:41.000Z";
    world.answers["/api/v1/streams"].body = streams(with_picture("a", early) + "," + with_picture("b", early));
    world.answers["/api/v1/streams/a/thumbnail.jpg"].body = "first of a";
    world.answers["/api/v1/streams/b/thumbnail.jpg"].status = 404;
    world.attach();
    world.until([&] { return world.client->state()->streams != nullptr; });
    CHECK(world.asked("/api/v1/streams/a/") == 0);
    world.client->want_stills(true);
    world.until([&] { return world.asked("/api/v1/streams/b/") == 1 && world.client->state()->stills; });
    CHECK(*world.client->state()->stills->at("a").jpeg == "first of a");
    CHECK(world.client->state()->stills->size() == 1);
    world.answers["/api/v1/streams"].body =
        streams(with_picture("a", "2026-03-20T09:46:43.000Z") + "," + with_picture("b", early));
    world.answers["/api/v1/streams/a/thumbnail.jpg"].body = "second of a";
    world.until([&] { return *world.client->state()->stills->at("a").jpeg == "second of a"; });
    CHECK(world.asked("/api/v1/streams/a/") == 2);
    CHECK(world.asked("/api/v1/streams/b/") == 1);  // the same moment is not asked for again
}
