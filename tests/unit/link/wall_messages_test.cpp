// SPDX-License-Identifier: Apache-2.0
#include "link/wall_messages.hpp"

#include <string>

#include "fuzz/wall_targets.hpp"
#include "tests/catch.hpp"
#include "tests/fuzz_replay.hpp"

using namespace sightline;
using link::decode_wall;
using link::encode_wall;

namespace {

template <class Message>
Message through(const Message& message) {
    const auto read = decode_wall(encode_wall(message));
    REQUIRE(read);
    REQUIRE(std::holds_alternative<Message>(*read));
    return std::get<Message>(*read);
}

std::string refusal(const std::string& frame) {
    const auto read = decode_wall(frame);
    return read ? "accepted" : read.error().message;
}

}  // namespace

TEST_CASE("Wall messages come out as they went in", "[wall_messages]") {
    CHECK(through(link::WallHello{7, "room 1", "0.2"}).version == 7);
    CHECK(through(link::WallHello{7, "room 1", "0.2"}).who == "room 1");
    CHECK(through(link::WallSegment{"news", link::SegmentKind::Pcm}).kind == link::SegmentKind::Pcm);
    CHECK(through(link::WallEnded{"news"}).stream == "news");
    CHECK(through(link::WallGone{"news"}).stream == "news");
    const core::UtcTime at{std::chrono::milliseconds{1'700'000'000'123}};
    CHECK(through(link::WallAlive{at}).at == at);
    CHECK(through(link::WallRefused{"no"}).reason == "no");
    CHECK(through(link::WallTiles{"", 320, 180}).width == 320);
    CHECK(through(link::WallTiles{"news", 0, 0}).height == 0);
    const auto focus = through(link::WallFocus{"news", true, 3});
    CHECK((focus.wanted && focus.audio == 3 && focus.stream == "news"));
}

TEST_CASE("Bad wall messages are refused in words", "[wall_messages]") {
    CHECK(refusal("") == "a message of 0 bytes is outside [1, 4096]");
    CHECK(refusal("{") == "a message that is not JSON");
    CHECK(refusal("[]") == "an object is expected");
    CHECK(refusal(R"({"type":"what"})") == "a message of unknown type");
    CHECK(refusal(R"({"type":"segment","stream":"a","kind":"x"})") == "a segment of unknown kind");
    CHECK(refusal(R"({"type":"segment","kind":"tiles"})") == "no \"stream\" is named");
    CHECK(refusal(R"({"type":"tiles","width":1921})") == "\"width\" is not a whole number from 0 to 1920");
    CHECK(refusal(R"({"type":"tiles","width":0,"height":100})") == "tiles of 0x100 are outside [16, 1920]");
    CHECK(refusal(R"({"type":"focus","stream":"a","audio":0})") == "\"audio\" is not a whole number from 1 to 64");
    CHECK(refusal(R"({"type":"focus","stream":")" + std::string(300, 'a') + R"("})") ==
          "\"stream\" is longer than 256 bytes");
}

TEST_CASE("Long and unclean texts are cut and cleaned, whole characters each", "[wall_messages]") {
    std::string long_name;
    for (int i = 0; i < 200; ++i) long_name += "\xC3\xA9";  // é
    const auto hello = through(link::WallHello{1, long_name, "\xFF\x01"});
    CHECK(hello.who.size() == 256);
    CHECK(hello.software == "\xEF\xBF\xBD ");
}

TEST_CASE("Inputs that the wall's fuzzer kept are read to their end", "[wall_messages]") {
    CHECK(tests::replay("wall", [](const std::string& bytes) { fuzz::read_wall_input(bytes); }) > 0);
}
