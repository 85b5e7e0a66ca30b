// SPDX-License-Identifier: Apache-2.0
#include "probe/rtmp_protocol.hpp"

#include <algorithm>
#include <array>

#include "rtmp_script.hpp"
#include "tests/catch.hpp"
#include "tests/fuzz_replay.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace sightline::probe::rtmp {
namespace {

using Phase = ServerSession::Phase;

struct Run {
    explicit Run(const Bytes& bytes, std::size_t block = SIZE_MAX, ServerSession::Admission admission = {})
        : session({"live", "secret"}, std::move(admission)) {
        for (std::size_t at = 0; at < bytes.size() && error.empty();) {
            const std::size_t part = std::min(block, bytes.size() - at);
            const auto fed = session.feed(std::span(bytes).subspan(at, part), out);
            if (!fed) error = fed.error().message;
            at += part;
        }
    }
    ServerSession session;
    ServerSession::Output out;
    std::string error;
};

/// FLV tags as (type, milliseconds, bytes).
struct Tag {
    int type;
    std::uint32_t time;
    Bytes payload;
};
std::vector<Tag> tags_of(const Bytes& flv) {
    std::vector<Tag> tags;
    std::span<const std::byte> rest(flv);
    REQUIRE(rest.size() >= 13);
    rest = rest.subspan(13);
    while (!rest.empty()) {
        const std::size_t size = get_big_endian(rest.subspan(1, 3));
        const std::uint32_t time = get_big_endian(rest.subspan(4, 3)) | std::to_integer<std::uint32_t>(rest[7]) << 24;
        const auto payload = rest.subspan(11, size);
        tags.push_back({std::to_integer<int>(rest[0]), time, {payload.begin(), payload.end()}});
        REQUIRE(get_big_endian(rest.subspan(11 + size, 4)) == size + 11);
        rest = rest.subspan(11 + size + 4);
    }
    return tags;
}

Bytes publishing() {
    Script script;
    script.greet().connect("live").create_stream().publish("secret").metadata().chunks_of(1000);
    script.message(6, kVideo, 0, payload_of(5000, 3)).message(4, kAudio, 7, payload_of(300, 4));
    script.message(6, kVideo, 0x01000040, payload_of(2500, 5)).stop();
    return script.bytes;
}

}  // namespace

TEST_CASE("An encoder's messages become the same FLV however they are cut") {
    const std::size_t block = GENERATE(std::size_t{1}, std::size_t{7}, std::size_t{17}, std::size_t{480}, SIZE_MAX);
    const Run run(publishing(), block);
    CHECK(run.error.empty());
    CHECK(run.session.phase() == Phase::Ended);
    CHECK(run.session.reason() == "the encoder stopped publishing");
    CHECK(run.out.reply == Run(publishing()).out.reply);
    const auto& flv = run.out.flv;
    REQUIRE(flv.size() > 13);
    CHECK(holds({flv.begin(), flv.begin() + 4}, "FLV\x01"));
    CHECK(std::to_integer<int>(flv[4]) == 1);  // onMetaData announces a picture only
    const auto tags = tags_of(flv);
    REQUIRE(tags.size() == 4);
    CHECK(tags[0].type == kDataAmf0);
    CHECK(holds(tags[0].payload, "onMetaData"));
    CHECK_FALSE(holds(tags[0].payload, "@setDataFrame"));
    CHECK(tags[1].type == kVideo);
    CHECK(tags[1].payload == payload_of(5000, 3));
    CHECK(tags[2].type == kAudio);
    CHECK(tags[2].time == 7);
    CHECK(tags[2].payload == payload_of(300, 4));
    CHECK(tags[3].time == 0x01000040);  // beyond the 24 bits of a plain header
    CHECK(tags[3].payload == payload_of(2500, 5));
}

TEST_CASE("The answers are those an encoder waits for") {
    Script script;
    script.greet().connect("/live/?tag=1").create_stream().publish("secret");
    const Run run(script.bytes);
    REQUIRE(run.out.reply.size() > 1 + 2 * 1536);
    CHECK(run.out.reply[0] == std::byte{3});
    const auto c1 = payload_of(1536, 1);
    CHECK(std::equal(c1.begin(), c1.end(), run.out.reply.begin() + 1 + 1536));  // S2 echoes C1
    CHECK(holds(run.out.reply, "NetConnection.Connect.Success"));
    CHECK(holds(run.out.reply, "NetStream.Publish.Start"));
    CHECK(run.session.phase() == Phase::Publishing);

    ChunkReader reader(65536);
    std::span<const std::byte> rest(run.out.reply);
    rest = rest.subspan(1 + 2 * 1536);
    std::vector<int> types;
    while (!rest.empty()) {
        const auto message = reader.next(rest);
        REQUIRE(message);
        if (*message) types.push_back((*message)->type);
    }
    CHECK(types ==
          std::vector<int>{kWindowSize, kPeerBandwidth, kCommandAmf0, kCommandAmf0, kUserControl, kCommandAmf0});
}

TEST_CASE("A wrong app, a wrong key, a second encoder and a player are refused") {
    struct Row {
        const char* app;
        const char* key;
        const char* why_not;
        const char* code;
        const char* reason;
    };
    const Row rows[] = {
        {"other", "secret", "", "NetConnection.Connect.Rejected", "wrong app \"other\""},
        {"", "secret", "", "NetConnection.Connect.Rejected", "wrong app \"\""},
        {"live", "guess", "", "NetStream.Publish.BadName", "wrong stream key"},
        {"live", "", "", "NetStream.Publish.BadName", "wrong stream key"},
        {"live", "secret2", "", "NetStream.Publish.BadName", "wrong stream key"},
        {"live", "secre", "", "NetStream.Publish.BadName", "wrong stream key"},
        {"live", "secret", "another encoder is publishing", "NetStream.Publish.BadName",
         "another encoder is publishing"},
    };
    for (const auto& row : rows) {
        Script script;
        script.greet().connect(row.app).create_stream().publish(row.key).message(6, kVideo, 0, payload_of(10, 1));
        const Run run(script.bytes, 100, [&row] { return std::string(row.why_not); });
        CHECK(run.error.empty());
        CHECK(run.session.phase() == Phase::Refused);
        CHECK(run.session.reason() == row.reason);
        CHECK(holds(run.out.reply, row.code));
        CHECK(run.out.flv.empty());
    }
    AmfWriter play;
    play.text("play").number(5).null().text("secret");
    Script script;
    script.greet().connect("live").create_stream().message(3, kCommandAmf0, 0, play.bytes());
    CHECK(Run(script.bytes).session.phase() == Phase::Refused);
}

TEST_CASE("What is not RTMP or breaks a limit is said in one line") {
    const auto error_of = [](const Bytes& bytes) { return Run(bytes, 333).error; };
    Bytes http;
    for (const char c : std::string_view("GET / HTTP/1.1\r\n\r\n")) http.push_back(static_cast<std::byte>(c));
    CHECK(error_of(http) == "not RTMP: begins with byte 71");
    Script early;
    early.greet().publish("secret");
    CHECK(error_of(early.bytes) == "RTMP command \"publish\" before connect");
    Script large;
    large.greet().connect("live").message(6, kVideo, 0, payload_of(70'000, 1));
    CHECK(error_of(large.bytes) == "an RTMP message of 70000 bytes; 65536 are allowed");
    Script middle;
    middle.greet().bytes.push_back(std::byte{0xC5});
    CHECK(error_of(middle.bytes) == "RTMP chunk stream 5 begins in its middle");
    Script many;
    many.greet();
    for (int i = 2; i < 64; ++i) many.message(static_cast<std::uint8_t>(i), kAudio, 0, payload_of(1, 1));
    for (int i = 0; i < 3; ++i) {
        const Bytes header{std::byte{0}, static_cast<std::byte>(i)};
        many.bytes.insert(many.bytes.end(), header.begin(), header.end());
        many.bytes.resize(many.bytes.size() + 11);
    }
    CHECK(error_of(many.bytes) == "more than 64 RTMP chunk streams");
    AmfWriter deep;
    for (int i = 0; i < 20; ++i) deep.begin_object().name("x");
    Script nested;
    nested.greet().message(3, kCommandAmf0, 0, deep.bytes(), 0);
    CHECK(error_of(nested.bytes) == "AMF values nest deeper than 16");
    Script zero;
    zero.greet().message(2, kSetChunkSize, 0, Bytes(4), 0);
    CHECK(error_of(zero.bytes) == "an RTMP chunk size of 0");
}

TEST_CASE("Shortened chunk headers take what they lack from the one before") {
    ChunkReader reader(1000);
    const std::array<int, 39> raw{
        0x05, 0,    0,    10,   0, 0, 2, 9, 1, 0, 0, 0, 1, 2,  // type 0: at 10, 2 bytes of video on stream 1
        0x45, 0,    0,    5,    0, 0, 1, 8, 3,                 // type 1: 5 later, 1 byte of sound
        0x85, 0,    0,    6,    4,                             // type 2: 6 later, the rest as before
        0xC5, 5,                                               // type 3: all as before, 6 later again
        0x85, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 6,                 // type 2 with an extended difference
    };
    Bytes bytes;
    for (const int b : raw) bytes.push_back(static_cast<std::byte>(b));
    std::span<const std::byte> rest(bytes);
    std::vector<Message> messages;
    while (!rest.empty()) {
        auto message = reader.next(rest);
        REQUIRE(message);
        if (*message) messages.push_back(std::move(**message));
    }
    REQUIRE(messages.size() == 5);
    CHECK(messages[0].timestamp == 10);
    CHECK(messages[0].payload == Bytes{std::byte{1}, std::byte{2}});
    CHECK(messages[1].timestamp == 15);
    CHECK(messages[1].type == kAudio);
    CHECK(messages[1].stream == 1);
    CHECK(messages[2].timestamp == 21);
    CHECK(messages[3].timestamp == 27);
    CHECK(messages[3].payload == Bytes{std::byte{5}});
    CHECK(messages[4].timestamp == 27 + 0x01000000);
}

TEST_CASE("An aggregate message is its tags, from the message's time on") {
    Bytes tags;
    for (const std::uint32_t time : {1000U, 1040U}) {
        put_big_endian(tags, kVideo, 1);
        put_big_endian(tags, 3, 3);
        put_big_endian(tags, time, 3);
        put_big_endian(tags, 0, 4);
        for (const int b : {1, 2, 3}) tags.push_back(static_cast<std::byte>(b));
        put_big_endian(tags, 14, 4);
    }
    Script script;
    script.greet().connect("live").publish("secret").message(6, kAggregate, 5000, tags);
    const auto got = tags_of(Run(script.bytes).out.flv);
    REQUIRE(got.size() == 2);
    CHECK(got[0].time == 5000);
    CHECK(got[1].time == 5040);
}

TEST_CASE("A long stream is acknowledged and a ping answered") {
    Script script;
    script.greet().connect("live").publish("secret").chunks_of(65536);
    Bytes ping;
    put_big_endian(ping, 6, 2);
    put_big_endian(ping, 0xCAFE, 4);
    script.message(2, kUserControl, 0, ping, 0);
    for (int i = 0; i < 60; ++i) script.message(6, kVideo, 40 * i, payload_of(50'000, i));
    const Run run(script.bytes, 4096);
    std::span<const std::byte> rest(run.out.reply);
    rest = rest.subspan(1 + 2 * 1536);
    ChunkReader reader(65536);
    int acknowledgements = 0, pongs = 0;
    while (!rest.empty()) {
        const auto message = reader.next(rest);
        REQUIRE(message);
        if (!*message) continue;
        if ((*message)->type == kAcknowledgement) ++acknowledgements;
        if ((*message)->type == kUserControl && get_big_endian(std::span((*message)->payload).first(2)) == 7) {
            CHECK(get_big_endian(std::span((*message)->payload).subspan(2)) == 0xCAFE);
            ++pongs;
        }
    }
    CHECK(acknowledgements == 1);  // 3 MB sent, every 2.5 MB
    CHECK(pongs == 1);
}

TEST_CASE("AMF values are read as they are written") {
    AmfWriter amf;
    amf.text("name").number(-1.5).null().begin_object().name("a").text("b").name("c").number(2).end_object();
    const auto values = parse_amf(amf.bytes());
    REQUIRE(values);
    REQUIRE(values->size() == 4);
    CHECK((*values)[0].text == "name");
    CHECK((*values)[1].number == -1.5);
    CHECK((*values)[3].text_of("a") == "b");
    REQUIRE((*values)[3].find("c") != nullptr);
    CHECK((*values)[3].find("c")->number == 2);
    CHECK((*values)[3].find("d") == nullptr);
    for (std::size_t size = 1; size < amf.bytes().size(); ++size) {  // cut anywhere: an error or fewer values
        const auto cut = parse_amf(std::span(amf.bytes()).first(size));
        if (cut) CHECK(cut->size() < 4);
    }
}

TEST_CASE("Everything the fuzzer has found is harmless") {
    const auto read = [](const std::string& bytes) {
        CHECK(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) == 0);
    };
    CHECK(tests::replay("rtmp", read) > 0);
}

}  // namespace sightline::probe::rtmp
