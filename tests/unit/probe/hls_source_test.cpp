// SPDX-License-Identifier: Apache-2.0
#include "probe/hls_source.hpp"

#include <gnutls/crypto.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/http_server.hpp"
#include "tests/recording_sink.hpp"

using namespace std::chrono_literals;
using sightline::core::InputSpec;
using sightline::core::SystemClock;
using sightline::net::Address;
using sightline::net::Addresses;
using sightline::net::EventLoop;
using sightline::probe::Boundary;
using sightline::probe::Container;
using sightline::probe::HlsSource;
using sightline::probe::LinkState;
using sightline::tests::HttpServer;
using sightline::tests::RecordingSink;
using sightline::tests::run_until;
using Kind = Boundary::Kind;

namespace {

/// Files by target, as a web server has them; a missing one is 404.
struct HlsWorld {
    HlsWorld() : server(loop, [this](const HttpServer::Request& request) { return answer(request); }) {}
    HttpServer::Reply answer(const HttpServer::Request& request) {
        HttpServer::Reply reply;
        if (on_request) on_request(request.target);
        const auto found = files.find(request.target);
        if (found == files.end()) {
            reply.status = 404;
            return reply;
        }
        reply.body = found->second;
        const auto range = request.headers.find("range");
        if (range != request.headers.end()) {
            const std::size_t first = std::stoul(range->second.substr(6));
            const std::size_t last = std::stoul(range->second.substr(range->second.find('-') + 1));
            reply.status = 206;
            reply.body = reply.body.substr(first, last - first + 1);
        }
        return reply;
    }
    HlsSource& play(const std::string& target) {
        input.url = server.url(target);
        source = std::make_unique<HlsSource>(input, sightline::probe::SourceOptions{}, loop);
        source->start(sink);
        return *source;
    }
    void until(const std::function<bool()>& done) { REQUIRE(run_until(loop, done)); }
    void until_over() {
        until([this] {
            return !sink.links.empty() &&
                   (sink.links.back().state == LinkState::Ended || sink.links.back().state == LinkState::Failed);
        });
    }
    [[nodiscard]] std::string text() const {
        std::string result;
        for (const std::byte b : sink.bytes) result += static_cast<char>(b);
        return result;
    }
    [[nodiscard]] int asked_for(const std::string& target) const {
        int count = 0;
        for (const auto& request : server.requests) count += request.target == target ? 1 : 0;
        return count;
    }
    /// The bytes of each boundary's stretch, "S:" before a session's, "s:" before a segment's.
    [[nodiscard]] std::vector<std::string> stretches() const {
        std::vector<std::string> result;
        const std::string all = text();
        for (std::size_t i = 0; i < sink.boundaries.size(); ++i) {
            const auto& [at, boundary] = sink.boundaries[i];
            const std::size_t end = i + 1 < sink.boundaries.size() ? sink.boundaries[i + 1].first : all.size();
            result.push_back((boundary.kind == Kind::Session ? "S:" : "s:") + all.substr(at, end - at));
        }
        return result;
    }
    SystemClock clock;
    EventLoop loop{clock};
    std::map<std::string, std::string> files;
    std::function<void(const std::string& target)> on_request;
    HttpServer server;
    InputSpec input;
    RecordingSink sink;
    std::unique_ptr<HlsSource> source;
};

const std::string kHead = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:1\n";

std::string segment(const std::string& uri) {
    return "#EXTINF:1.0,\n" + uri + "\n";
}

std::string encrypt(std::string plain, const std::string& key, const std::string& iv) {
    const std::size_t padding = 16 - plain.size() % 16;
    plain.append(padding, static_cast<char>(padding));
    const auto datum = [](const std::string& text) {
        return gnutls_datum_t{reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
                              static_cast<unsigned>(text.size())};
    };
    const gnutls_datum_t key_datum = datum(key);
    const gnutls_datum_t iv_datum = datum(iv);
    gnutls_cipher_hd_t cipher = nullptr;
    REQUIRE(gnutls_cipher_init(&cipher, GNUTLS_CIPHER_AES_128_CBC, &key_datum, &iv_datum) == 0);
    REQUIRE(gnutls_cipher_encrypt(cipher, plain.data(), plain.size()) == 0);
    gnutls_cipher_deinit(cipher);
    return plain;
}

}  // namespace

TEST_CASE("a stream on demand is played from its beginning to its end", "[hls_source]") {
    HlsWorld world;
    world.files = {{"/a/v.m3u8", kHead + segment("1.ts") + segment("sub/2.ts") + segment("/3.ts") + "#EXT-X-ENDLIST\n"},
                   {"/a/1.ts", "Gone"},
                   {"/a/sub/2.ts", "Gtwo"},
                   {"/3.ts", "Gthree"}};
    HlsSource& source = world.play("/a/v.m3u8");
    world.until_over();
    CHECK(world.stretches() == std::vector<std::string>{"S:Gone", "s:Gtwo", "s:Gthree"});
    CHECK(world.sink.states() == std::vector<LinkState>{LinkState::Connecting, LinkState::Connected, LinkState::Ended});
    CHECK(world.sink.boundaries[0].second.declared == 1s);
    CHECK(world.sink.boundaries[0].second.container == Container::MpegTs);
    CHECK_FALSE(source.traits().live);
    CHECK(source.traits().segmented);
    CHECK(source.statistics().at("hls.segments_total") == 3);
    CHECK(world.asked_for("/a/v.m3u8") == 1);
}

TEST_CASE("a sink without room holds the fetching back", "[hls_source]") {
    struct TightSink final : sightline::probe::SourceSink {
        void on_bytes(std::span<const std::byte> bytes, sightline::core::ArrivalTime) override {
            REQUIRE(bytes.size() <= free);
            free -= bytes.size();
            got += bytes.size();
        }
        void on_boundary(const Boundary&) override {}
        void on_link(const sightline::probe::LinkStatus& status) override { last = status.state; }
        std::size_t room() const override { return free; }
        std::size_t free = 0, got = 0;
        LinkState last = LinkState::Connecting;
    };
    HlsWorld world;
    std::string playlist = kHead;
    constexpr int kSegments = 20;
    for (int i = 0; i < kSegments; ++i) playlist += segment("s.ts");
    world.files = {{"/v.m3u8", playlist + "#EXT-X-ENDLIST\n"}, {"/s.ts", std::string(4'000'000, 'G')}};
    TightSink sink;
    world.input.url = world.server.url("/v.m3u8");
    HlsSource source(world.input, {}, world.loop);
    source.start(sink);
    world.until([&] { return source.statistics().at("hls.held_bytes") >= HlsSource::kMostHeld; });
    const auto pause = world.loop.after(30ms, [&] { world.loop.quit(); });
    world.loop.run();
    CHECK(sink.got == 0);
    CHECK(world.asked_for("/s.ts") <= 5);
    world.until([&] {
        sink.free = 8U << 20;
        return sink.last == LinkState::Ended;
    });
    CHECK(sink.got == std::size_t{kSegments} * 4'000'000);
}

TEST_CASE("fragmented MP4 begins each session with its init section", "[hls_source]") {
    HlsWorld world;
    world.files = {
        {"/v.m3u8", kHead + "#EXT-X-MAP:URI=\"i1\"\n" + segment("1") + segment("2") + "#EXT-X-DISCONTINUITY\n" +
                        segment("3") + segment("4") + "#EXT-X-MAP:URI=\"i2\"\n" + segment("5") + "#EXT-X-ENDLIST\n"},
        {"/i1", "<init1>"},
        {"/i2", "<init2>"},
        {"/1", "1"},
        {"/2", "2"},
        {"/3", "3"},
        {"/4", "4"},
        {"/5", "5"}};
    world.play("/v.m3u8");
    world.until_over();
    CHECK(world.stretches() == std::vector<std::string>{"S:<init1>1", "s:2", "S:<init1>3", "s:4", "S:<init2>5"});
    CHECK(world.sink.boundaries[0].second.container == Container::Mp4Fragments);
    CHECK(world.asked_for("/i1") == 1);
    CHECK(world.source->statistics().at("hls.discontinuities_total") == 1);
}

TEST_CASE("AES-128 segments are opened, with an IV given or counted", "[hls_source]") {
    HlsWorld world;
    const std::string key = "0123456789abcdef";
    std::string counted(16, '\0');
    counted[15] = 8;
    const std::string given(16, '\x11');
    world.files = {
        {"/v.m3u8", kHead + "#EXT-X-MEDIA-SEQUENCE:7\n" + segment("plain") + "#EXT-X-KEY:METHOD=AES-128,URI=\"key\"\n" +
                        segment("a") + "#EXT-X-KEY:METHOD=AES-128,URI=\"key\",IV=0x11111111111111111111111111111111\n" +
                        segment("b") + "#EXT-X-KEY:METHOD=NONE\n" + segment("plain") + "#EXT-X-ENDLIST\n"},
        {"/key", key},
        {"/plain", "Gplain"},
        {"/a", encrypt("Gsecret with some length", key, counted)},
        {"/b", encrypt("G16 bytes long!!", key, given)}};
    world.play("/v.m3u8");
    world.until_over();
    CHECK(world.stretches() ==
          std::vector<std::string>{"S:Gplain", "s:Gsecret with some length", "s:G16 bytes long!!", "s:Gplain"});
    CHECK(world.asked_for("/key") == 1);
}

TEST_CASE("encryption that is not supported fails with its name", "[hls_source]") {
    HlsWorld world;
    world.files = {
        {"/v.m3u8", kHead + "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"key\"\n" + segment("a") + "#EXT-X-ENDLIST\n"}};
    world.play("/v.m3u8");
    world.until_over();
    CHECK(world.sink.links.back().state == LinkState::Failed);
    CHECK(world.sink.links.back().reason == "encrypted with SAMPLE-AES, which is not supported");
}

TEST_CASE("byte ranges are fetched as such", "[hls_source]") {
    HlsWorld world;
    world.files = {
        {"/v.m3u8", kHead + "#EXTINF:1.0,\n#EXT-X-BYTERANGE:5@2\nall\n#EXTINF:1.0,\n#EXT-X-BYTERANGE:3\nall\n" +
                        "#EXT-X-ENDLIST\n"},
        {"/all", "..FirstTwo.."}};
    world.play("/v.m3u8");
    world.until_over();
    CHECK(world.stretches() == std::vector<std::string>{"S:First", "s:Two"});
}

TEST_CASE("a segment that fails is tried again, and left out when it stays away", "[hls_source]") {
    HlsWorld world;
    world.files = {
        {"/v.m3u8", kHead + segment("1") + segment("shy") + segment("gone") + segment("4") + "#EXT-X-ENDLIST\n"},
        {"/1", "G1"},
        {"/4", "G4"}};
    world.on_request = [&](const std::string& target) {
        if (target == "/shy" && world.asked_for("/shy") == 2) world.files["/shy"] = "Gshy";
    };
    world.play("/v.m3u8");
    world.until_over();
    CHECK(world.stretches() == std::vector<std::string>{"S:G1", "s:Gshy", "s:G4"});
    CHECK(world.asked_for("/gone") == 3);
    CHECK(world.source->statistics().at("hls.skipped_segments_total") == 1);
    CHECK(world.source->statistics().at("hls.segment_errors_total") == 4);
}

TEST_CASE("a stream on demand of which no segment can be had says why", "[hls_source]") {
    HlsWorld world;
    world.files = {{"/v.m3u8", kHead + segment("gone") + segment("gone") + "#EXT-X-ENDLIST\n"}};
    world.play("/v.m3u8");
    world.until_over();
    CHECK(world.sink.links.back().state == LinkState::Failed);
    CHECK(world.sink.links.back().reason == "none of its segments could be fetched: 404 Not Found");
    CHECK(world.sink.links.back().error.has_value());
}

TEST_CASE("a live stream whose segments are gone says so until one comes again", "[hls_source]") {
    HlsWorld world;
    world.files = {{"/v.m3u8", kHead + "#EXT-X-MEDIA-SEQUENCE:1\n" + segment("1")}, {"/1", "G1"}, {"/3", "G3"}};
    HlsSource& source = world.play("/v.m3u8");
    world.until([&] { return source.statistics().at("hls.segments_total") == 1; });
    CHECK(source.trouble().empty());
    world.files["/v.m3u8"] = kHead + "#EXT-X-MEDIA-SEQUENCE:2\n" + segment("gone");
    world.until([&] { return !source.trouble().empty(); });
    CHECK(source.trouble() == "segments cannot be fetched: 404 Not Found");
    world.files["/v.m3u8"] = kHead + "#EXT-X-MEDIA-SEQUENCE:2\n" + segment("gone") + segment("3");
    world.until([&] { return source.statistics().at("hls.segments_total") == 2; });
    CHECK(source.trouble().empty());
}

TEST_CASE("the highest variant is chosen, and sound of its own playlist is named as not watched", "[hls_source]") {
    HlsWorld world;
    world.files = {
        {"/m.m3u8",
         "#EXTM3U\n"
         "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"English\",LANGUAGE=\"eng\",DEFAULT=YES,URI=\"a.m3u8\"\n"
         "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"b\",NAME=\"Other\",URI=\"b.m3u8\"\n"
         "#EXT-X-STREAM-INF:BANDWIDTH=100000\nlow/v.m3u8\n"
         "#EXT-X-STREAM-INF:BANDWIDTH=900000,AUDIO=\"a\"\nhigh/v.m3u8?t=1\n"},
        {"/high/v.m3u8?t=1", kHead + segment("1") + "#EXT-X-ENDLIST\n"},
        {"/high/1", "Ghigh"}};
    HlsSource& source = world.play("/m.m3u8");
    world.until_over();
    CHECK(world.text() == "Ghigh");
    CHECK(source.not_watched() == std::vector<std::string>{"sound of a separate HLS rendition (eng)"});
    CHECK(source.statistics().at("hls.bandwidth_bps") == 900'000);
}

TEST_CASE("a live stream is begun three target durations from its end and followed", "[hls_source]") {
    HlsWorld world;
    std::string list;
    for (int i = 10; i < 20; ++i) {
        list += segment(std::to_string(i));
        world.files["/" + std::to_string(i)] = "G" + std::to_string(i);
    }
    world.files["/v.m3u8"] = kHead + "#EXT-X-MEDIA-SEQUENCE:10\n" + list;
    HlsSource& source = world.play("/v.m3u8");
    world.until([&] { return source.statistics().at("hls.segments_total") == 3; });
    CHECK(world.text() == "G17G18G19");
    CHECK(source.traits().live);
    // Two segments came and went (20, 21) before the next look; 22 is there, then the end.
    world.files["/22"] = "G22";
    world.files["/v.m3u8"] = kHead + "#EXT-X-MEDIA-SEQUENCE:22\n" + segment("22") + "#EXT-X-ENDLIST\n";
    world.until_over();
    CHECK(world.stretches() == std::vector<std::string>{"S:G17", "s:G18", "s:G19", "s:G22"});
    CHECK(source.statistics().at("hls.missed_segments_total") == 2);
    CHECK(world.asked_for("/17") == 1);
    CHECK(world.sink.links.back().state == LinkState::Ended);
}

TEST_CASE("a playlist without news counts as stalled, and one that began anew is begun anew", "[hls_source]") {
    HlsWorld world;
    world.files = {{"/v.m3u8", kHead + "#EXT-X-MEDIA-SEQUENCE:500\n" + segment("a")}, {"/a", "Ga"}, {"/b", "Gb"}};
    HlsSource& source = world.play("/v.m3u8");
    world.until([&] { return source.statistics().at("hls.segments_total") == 1; });
    CHECK(source.statistics().at("hls.stalled") == 0);
    world.until([&] { return source.statistics().at("hls.stalled") == 1; });
    world.files["/v.m3u8"] = kHead + "#EXT-X-MEDIA-SEQUENCE:0\n" + segment("b");
    world.until([&] { return source.statistics().at("hls.segments_total") == 2; });
    CHECK(world.stretches() == std::vector<std::string>{"S:Ga", "S:Gb"});
    CHECK(source.statistics().at("hls.stalled") == 0);
}

TEST_CASE("a playlist that cannot be had makes the link unreachable, with the reason, and is tried again",
          "[hls_source]") {
    HlsWorld world;
    SECTION("404") {
        world.play("/v.m3u8");
        world.until([&] { return world.sink.links.size() >= 2; });
        CHECK(world.sink.links[1].state == LinkState::Unreachable);
        CHECK(world.sink.links[1].reason == "404 Not Found");
        world.files = {{"/v.m3u8", kHead + segment("1") + "#EXT-X-ENDLIST\n"}, {"/1", "G"}};
        world.until_over();
        CHECK(world.text() == "G");
    }
    SECTION("not a playlist") {
        world.files = {{"/v.m3u8", "<html>"}};
        world.play("/v.m3u8");
        world.until([&] { return world.sink.links.size() >= 2; });
        CHECK(world.sink.links[1].state == LinkState::Unreachable);
        CHECK(world.sink.links[1].reason.find("the playlist cannot be read: ") == 0);
    }
}

TEST_CASE("what a public playlist refers to may not be on this machine", "[hls_source]") {
    // The playlist's server is public by name only: the policy sees the address, so the segment's is asked for as from
    // one.
    HlsWorld world;
    world.files = {{"/1", "G"}};
    sightline::net::HttpClient client(world.loop);
    sightline::probe::HlsSegmentFetcher fetcher(world.input, world.loop, client);
    sightline::probe::HlsSegmentPlan plan;
    plan.media.url = world.server.url("/1");
    plan.from_public = true;
    std::string why;
    const auto ask = [&] {
        why.clear();
        fetcher.fetch(plan, [&](const sightline::core::Result<sightline::probe::HlsSegment>& segment) {
            why = segment ? "got it" : segment.error().message;
        });
        world.until([&] { return !why.empty(); });
    };
    ask();
    CHECK(why.find("a public server led to the loopback address 127.0.0.1") == 0);
    CHECK(world.server.requests.empty());
    world.input.allow_private = true;
    ask();
    CHECK(why == "got it");
}

TEST_CASE("secret headers stay with the host they were meant for", "[hls_source]") {
    HlsWorld world;
    HttpServer cdn(world.loop, [](const HttpServer::Request&) {
        HttpServer::Reply reply;
        reply.body = "G";
        return reply;
    });
    world.files = {{"/v.m3u8", kHead + segment("1") + segment(cdn.url("/2")) + "#EXT-X-ENDLIST\n"}, {"/1", "G"}};
    world.input.http_headers = {{"X-Token", "secret"}, {"User-Agent", "me"}};
    world.play("/v.m3u8");
    world.until_over();
    for (const auto& request : world.server.requests) CHECK(request.headers.at("x-token") == "secret");
    REQUIRE(cdn.requests.size() == 1);
    CHECK(cdn.requests[0].headers.count("x-token") == 0);
    CHECK(cdn.requests[0].headers.at("user-agent") == "me");
}

TEST_CASE("an HLS source says nothing more once cancelled", "[hls_source]") {
    HlsWorld world;
    world.files = {{"/v.m3u8", kHead + segment("1") + segment("1") + "#EXT-X-ENDLIST\n"}, {"/1", "G"}};
    HlsSource& source = world.play("/v.m3u8");
    world.sink.on_first_bytes = [&] { source.cancel(); };
    world.until([&] { return !world.sink.bytes.empty(); });
    for (int i = 0; i < 5; ++i) world.loop.poll();
    CHECK(world.text() == "G");
    CHECK(world.sink.links.back().state == LinkState::Connected);
}
