// SPDX-License-Identifier: Apache-2.0
#include "link/messages.hpp"

#include <limits>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace std::chrono_literals;
using namespace sightline;
using core::ErrorCode;

namespace {

/// Encodes, decodes, and gives back what arrived.
template <class T>
T sent(const T& message) {
    const auto frame = link::encode(message);
    REQUIRE(frame);
    const auto back = link::decode(*frame);
    REQUIRE(back);
    REQUIRE(std::holds_alternative<T>(*back));
    return std::get<T>(*back);
}

template <class T>
T observed(const T& item) {
    const auto back = sent(link::Observed{3, {item}});
    CHECK(back.stream == 3);
    REQUIRE(back.observations.size() == 1);
    REQUIRE(std::holds_alternative<T>(back.observations[0]));
    return std::get<T>(back.observations[0]);
}

std::string refusal(std::string_view frame) {
    const auto message = link::decode(frame);
    REQUIRE_FALSE(message);
    CHECK(message.error().code == ErrorCode::Corrupt);
    return message.error().message;
}

std::string json(const std::string& text) {
    return "J" + text;
}

const core::Subject kSubject{7, "720p", "a", "audio:2"};
const core::Instant kBoth{core::MediaTime{1'234'567'890'123}, core::ArrivalTime{core::Duration{9'876'543'210'987}}};

core::StreamSpec full_spec() {
    core::StreamSpec spec;
    spec.id = "news-1";
    spec.input.url = "srt://10.0.0.1:7000?passphrase=secret-words";
    spec.input.depth = core::DepthMode::Adaptive;
    spec.input.services = {101, 65'535};
    spec.input.interface = "eth1";
    spec.input.source = "10.1.1.1";
    spec.input.receive_buffer_bytes = 1 << 23;
    spec.input.allow_private = true;
    spec.input.rtmp_app = "live";
    spec.input.rtmp_key = "k";
    spec.input.http_headers = {{"Authorization", "Bearer x"}};
    spec.input.connect_timeout = 3s;
    spec.input.max_tracks = 9;
    spec.input.max_pixels = 1920LL * 1080;
    spec.expect.video = core::ExpectVideo{false, "h264", 1920, 1080, 25.0, true};
    spec.expect.audio = std::vector{core::ExpectAudio{"aac", "deu", 2, 48'000}, core::ExpectAudio{}};
    spec.expect.bitrate_min_bps = 1e6;
    spec.expect.bitrate_max_bps = 9.5e6;
    core::Rule rule;
    rule.name = "video.black";
    rule.parameters = {{"luma", 12.5}, {"mode", std::string("strict")}};
    spec.rules = {rule};
    return spec;
}

}  // namespace

TEST_CASE("A job carries everything that decides how an input is opened and analysed", "[messages]") {
    link::Job job;
    job.streams = {full_spec(), core::StreamSpec{}};
    job.streams[1].id = "plain";
    job.memory_bytes = 1LL << 40;
    job.sandbox = false;
    job.seed = std::numeric_limits<std::uint32_t>::max();
    const link::Job back = sent(job);
    CHECK(back.version == link::kVersion);
    CHECK(back.memory_bytes == job.memory_bytes);
    CHECK_FALSE(back.sandbox);
    CHECK(back.seed == job.seed);
    REQUIRE(back.streams.size() == 2);
    CHECK(back.streams[0].id == "news-1");
    CHECK(back.streams[0].input == job.streams[0].input);
    CHECK(back.streams[0].expect == job.streams[0].expect);
    REQUIRE(back.streams[0].rules.size() == 1);
    CHECK(back.streams[0].rules[0].name == "video.black");
    CHECK(back.streams[0].rules[0].parameters == job.streams[0].rules[0].parameters);
    CHECK(back.streams[1].input == job.streams[1].input);
    CHECK(back.streams[1].expect == core::Expect{});
}

TEST_CASE("Expecting no sound at all is not the same as expecting nothing", "[messages]") {
    link::Job job;
    job.streams.resize(1);
    job.streams[0].expect.audio.emplace();
    const link::Job back = sent(job);
    REQUIRE(back.streams[0].expect.audio);
    CHECK(back.streams[0].expect.audio->empty());
}

TEST_CASE("A rule's patience stays behind", "[messages]") {
    link::Job job;
    job.streams.resize(1);
    core::Rule rule;
    rule.name = "video.black";
    rule.triggers[core::Severity::Critical] = core::HoldFor{3s};
    job.streams[0].rules = {rule};
    CHECK(sent(job).streams[0].rules.empty());
}

TEST_CASE("Small messages arrive as they were sent", "[messages]") {
    const auto focus = sent(link::Focus{5, true});
    CHECK(focus.stream == 5);
    CHECK(focus.wanted);
    (void)sent(link::Stop{});
    const auto hello = sent(link::Hello{1, "seccomp, landlock, 1024 MiB"});
    CHECK(hello.version == 1);
    CHECK(hello.sandbox == "seccomp, landlock, 1024 MiB");
    const auto state = sent(link::Link{4'096, "unreachable", "connection refused", core::ArrivalTime{42s}});
    CHECK(state.stream == 4'096);
    CHECK(state.state == "unreachable");
    CHECK(state.reason == "connection refused");
    CHECK(state.at == core::ArrivalTime{42s});
    const auto totals = sent(link::Totals{1, 2, 3, 4, 5, 6, 7, 8, {{"srt.rtt_ms", 12.5}, {"x", -1}}});
    CHECK(totals.stream == 1);
    CHECK(totals.bytes == 2);
    CHECK(totals.packets == 3);
    CHECK(totals.continuity_errors == 4);
    CHECK(totals.pictures == 5);
    CHECK(totals.sounds == 6);
    CHECK(totals.decode_errors == 7);
    CHECK(totals.dropped_measurements == 8);
    CHECK(totals.link == std::map<std::string, double>{{"srt.rtt_ms", 12.5}, {"x", -1}});
}

TEST_CASE("A still is carried byte for byte", "[messages]") {
    std::string jpeg;
    for (int i = 0; i < 512; ++i) jpeg += static_cast<char>(i);
    const auto still = sent(link::Still{0x0102, jpeg});
    CHECK(still.stream == 0x0102);
    CHECK(still.jpeg == jpeg);
}

TEST_CASE("A state edge arrives with all it says", "[messages]") {
    const auto bare = observed(core::StateEdge{});
    CHECK(bare.verdict == core::Verdict::Unknown);
    CHECK(bare.at == core::Instant{});
    CHECK_FALSE(bare.value);
    CHECK_FALSE(bare.threshold);
    CHECK_FALSE(bare.pid);
    for (const core::Verdict verdict : {core::Verdict::Good, core::Verdict::Bad, core::Verdict::Unknown}) {
        const auto edge = observed(core::StateEdge{"audio.silence", kSubject, verdict, kBoth, false, 250ms, -71.25,
                                                   -60.0, "dBFS", 0x1FFF, "both channels"});
        CHECK(edge.condition == "audio.silence");
        CHECK(edge.subject == kSubject);
        CHECK(edge.verdict == verdict);
        CHECK(edge.at == kBoth);
        CHECK_FALSE(edge.exact);
        CHECK(edge.uncertainty == 250ms);
        CHECK(edge.value == -71.25);
        CHECK(edge.threshold == -60.0);
        CHECK(edge.unit == "dBFS");
        CHECK(edge.pid == 0x1FFF);
        CHECK(edge.detail == "both channels");
    }
}

TEST_CASE("Events, levels, ticks and inventories arrive with all they say", "[messages]") {
    const auto event =
        observed(core::Occurrence{"ts.continuity", kSubject, kBoth, 12'345'678'901, 256, "3 packets missing"});
    CHECK(event.condition == "ts.continuity");
    CHECK(event.subject == kSubject);
    CHECK(event.at == kBoth);
    CHECK(event.count == 12'345'678'901);
    CHECK(event.pid == 256);
    CHECK(event.detail == "3 packets missing");

    const auto level = observed(core::LevelSample{"audio.level", kSubject, kBoth, 400ms, -23.0625, 257, 2});
    CHECK(level.measurement == "audio.level");
    CHECK(level.subject == kSubject);
    CHECK(level.at == kBoth);
    CHECK(level.window == 400ms);
    CHECK(level.value == -23.0625);
    CHECK(level.pid == 257);
    CHECK(level.channel == 2);

    const auto tick = observed(core::Tick{core::ClockDomain::Transport, kBoth, "video:1"});
    CHECK(tick.domain == core::ClockDomain::Transport);
    CHECK(tick.at == kBoth);
    CHECK(tick.track == "video:1");

    core::Track video{kSubject, core::TrackKind::Video, 256, "deu", "h264", 1920, 1080, 25, true, 0, 0,
                      false,    "too many tracks"};
    core::Track other;
    other.kind = core::TrackKind::Data;
    other.codec = "scte_35";
    const auto inventory = observed(core::Inventory{"mpegts", {video, other}});
    CHECK(inventory.format == "mpegts");
    CHECK(inventory.tracks == std::vector{video, other});
}

TEST_CASE("A time before the timeline's zero survives", "[messages]") {
    CHECK(observed(core::Tick{core::ClockDomain::Media, {core::MediaTime{-40ms}, std::nullopt}, {}}).at.media ==
          core::MediaTime{-40ms});
}

TEST_CASE("Text that is no UTF-8 is cleaned on the way", "[messages]") {
    const auto edge =
        observed(core::StateEdge{"x", {}, core::Verdict::Bad, {}, true, {}, {}, {}, {}, {}, "bad \xFF byte\nand line"});
    CHECK(edge.detail == "bad \xEF\xBF\xBD byte and line");
}

TEST_CASE("A message larger than a frame is not sent", "[messages]") {
    CHECK(link::encode(link::Still{0, std::string(link::kMaxFrameBytes - 5, 'x')}));
    const auto still = link::encode(link::Still{0, std::string(link::kMaxFrameBytes - 4, 'x')});
    REQUIRE_FALSE(still);
    CHECK(still.error().code == ErrorCode::Unsupported);
    CHECK(still.error().message == "a message of 131073 bytes is larger than 131072");
    link::Observed many;
    many.observations.assign(
        4'000,
        core::StateEdge{"audio.silence", {}, core::Verdict::Bad, {}, true, {}, {}, {}, {}, {}, "some words of detail"});
    CHECK_FALSE(link::encode(many));
}

TEST_CASE("A hostile frame is refused with a reason", "[messages]") {
    const std::string text_5000(5'000, 'a');
    std::string items_5000 = "{}";
    for (int i = 1; i < 5'000; ++i) items_5000 += ",{}";
    struct Case {
        std::string frame, reason;
    };
    const std::vector<Case> cases{
        {"", "a message of 0 bytes"},
        {std::string(link::kMaxFrameBytes + 1, 'J'), "a message of 131073 bytes"},
        {"X{}", "a message of unknown kind"},
        {"P", "a message of unknown kind"},
        {std::string("P\0\0\0\0", 5), "a message of unknown kind"},
        {std::string("P\1\x10\0\0jpeg", 9), "a picture of no stream"},
        {"J", "a message that is no JSON"},
        {json(R"({"type":"stop")"), "a message that is no JSON"},
        {json(R"({"type":"stop"}trailing)"), "a message that is no JSON"},
        {json("{\"type\":\"hello\",\"sandbox\":\"\xC3\x28\"}"), "a message that is no JSON"},
        {json(R"({"type":"link","at":1e999})"), "a message that is no JSON"},
        {json("[]"), "an object is expected"},
        {json("null"), "an object is expected"},
        {json("{}"), "\"type\" names no message"},
        {json(R"({"type":"observe"})"), "\"type\" names no message"},
        {json(R"({"type":7})"), "\"type\" is not text"},
        {json(R"({"type":")" + text_5000 + R"("})"), "\"type\" is longer than 4096 bytes"},
        {json(R"({"type":"focus","stream":-1})"), "\"stream\" is not a whole number from 0 to 4096"},
        {json(R"({"type":"focus","stream":4097})"), "\"stream\" is not a whole number from 0 to 4096"},
        {json(R"({"type":"focus","stream":18446744073709551615})"), "\"stream\" is not a whole number from 0 to 4096"},
        {json(R"({"type":"focus","stream":1.5})"), "\"stream\" is not a whole number from 0 to 4096"},
        {json(R"({"type":"focus","stream":"1"})"), "\"stream\" is not a whole number from 0 to 4096"},
        {json(R"({"type":"focus","wanted":1})"), "\"wanted\" is not true or false"},
        {json(R"({"type":"link","at":-1})"), "\"at\" is not a whole number from 0 to 2305843009213693951"},
        {json(R"({"type":"observed","items":{}})"), "\"items\" is not a list of at most 4096"},
        {json(R"({"type":"observed","items":[)" + items_5000 + "]}"), "\"items\" is not a list of at most 4096"},
        {json(R"({"type":"observed","items":[7]})"), "an object is expected"},
        {json(R"({"type":"observed","items":[{"is":"edgy"}]})"), "\"is\" names no observation"},
        {json(R"({"type":"observed","items":[{"is":"edge","verdict":3}]})"),
         "\"verdict\" is not a whole number from 0 to 2"},
        {json(R"({"type":"observed","items":[{"is":"edge","about":[]}]})"), "an object is expected"},
        {json(R"({"type":"observed","items":[{"is":"edge","about":{"service":65536}}]})"),
         "\"service\" is not a whole number from 0 to 65535"},
        {json(R"({"type":"observed","items":[{"is":"edge","value":"1"}]})"), "\"value\" is not a number"},
        {json(R"({"type":"observed","items":[{"is":"edge","media":9223372036854775807}]})"),
         "\"media\" is not a whole number from -2305843009213693951 to 2305843009213693951"},
        {json(R"({"type":"observed","items":[{"is":"event","count":0}]})"),
         "\"count\" is not a whole number from 1 to 1000000000000"},
        {json(R"({"type":"observed","items":[{"is":"level","channel":1025}]})"),
         "\"channel\" is not a whole number from 0 to 1024"},
        {json(R"({"type":"observed","items":[{"is":"tick","domain":3}]})"),
         "\"domain\" is not a whole number from 0 to 2"},
        {json(R"({"type":"observed","items":[{"is":"inventory","tracks":[{"kind":5}]}]})"),
         "\"kind\" is not a whole number from 0 to 4"},
        {json(R"({"type":"totals","bytes":-5})"), "\"bytes\" is not a whole number from 0 to 4611686018427387903"},
        {json(R"({"type":"totals","link":[]})"), "\"link\" is not an object of at most 4096"},
        {json(R"({"type":"job","streams":[{"parameters":{"a":1}}]})"),
         "\"parameters\" holds something that is no object"},
        {json(R"({"type":"job","streams":[{"input":{"services":[4294967297]}}]})"),
         "\"services\" holds something that is no programme number"},
        {json(R"({"type":"job","memory":-1})"), "\"memory\" is not a whole number from 0 to 1125899906842624"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.frame.substr(0, 100));
        CHECK(refusal(c.frame) == c.reason);
    }
}

TEST_CASE("Every truncation of a frame is refused", "[messages]") {
    link::Job job;
    job.streams = {full_spec()};
    const auto whole = link::encode(job);
    REQUIRE(whole);
    std::size_t refused = 0;
    for (std::size_t size = 0; size < whole->size(); ++size)
        refused += !link::decode(std::string_view(*whole).substr(0, size));
    CHECK(refused == whole->size());
}

TEST_CASE("A frame nested as deep as it can be is refused without harm", "[messages]") {
    CHECK(refusal(json(std::string(link::kMaxFrameBytes - 1, '['))) == "a message that is no JSON");
    const std::size_t half = (link::kMaxFrameBytes - 1) / 2;
    CHECK(refusal(json(std::string(half, '[') + std::string(half, ']'))) == "an object is expected");
}

TEST_CASE("Members that are unknown or null are ignored", "[messages]") {
    const auto message = link::decode(json(R"({"type":"focus","stream":2,"wanted":null,"news":{"deep":[1,2]}})"));
    REQUIRE(message);
    CHECK(std::get<link::Focus>(*message).stream == 2);
    CHECK_FALSE(std::get<link::Focus>(*message).wanted);
}
