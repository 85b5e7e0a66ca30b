// SPDX-License-Identifier: Apache-2.0
#include "engine/track_names.hpp"

#include "tests/catch.hpp"

using namespace sightline;
using namespace std::chrono_literals;
using engine::TrackNames;

namespace {

formats::ts::Programme programme(std::uint16_t number, std::uint16_t pid, const std::string& track) {
    formats::ts::Programme out;
    out.number = number;
    formats::ts::ElementaryStream stream;
    stream.pid = pid;
    stream.track = track;
    out.streams = {stream};
    return out;
}

}  // namespace

TEST_CASE("A service alone in its multiplex is not named in its subjects", "[track_names]") {
    TrackNames names;
    CHECK(names.subject(1, 256) == std::nullopt);
    names.learn({programme(1, 256, "video:1")});
    CHECK(names.subject(1, 256) == core::Subject{0, "", "", "video:1"});
    CHECK(names.subject(2, 256) == std::nullopt);
    CHECK(names.subject(1, 257) == std::nullopt);
}

TEST_CASE("Of several services each is named, a PID that two share under both", "[track_names]") {
    TrackNames names;
    names.learn({programme(1, 256, "video:1"), programme(2, 256, "video:1")});
    CHECK(names.subject(1, 256) == core::Subject{1, "", "", "video:1"});
    CHECK(names.subject(2, 256) == core::Subject{2, "", "", "video:1"});
}

TEST_CASE("A PID that is gone keeps its name for packets on their way", "[track_names]") {
    TrackNames names;
    names.learn({programme(1, 256, "video:1")});
    names.learn({programme(1, 300, "video:1")});
    CHECK(names.subject(1, 256) == core::Subject{0, "", "", "video:1"});
    CHECK(names.subject(1, 300) == core::Subject{0, "", "", "video:1"});
    names.learn({programme(1, 256, "audio:1")});
    CHECK(names.subject(1, 256) == core::Subject{0, "", "", "audio:1"});
}

TEST_CASE("Scrambling is known by PID until it ends", "[track_names]") {
    TrackNames names;
    CHECK_FALSE(names.scrambled(256, 1s));
    names.set_scrambled(256, true, 4s);
    names.set_scrambled(256, true, 5s);
    names.set_scrambled(256, false, 10s);
    CHECK_FALSE(names.scrambled(256, 3999ms));
    CHECK(names.scrambled(256, 4s));
    CHECK(names.scrambled(256, 9999ms));
    CHECK_FALSE(names.scrambled(256, 10s));
    CHECK_FALSE(names.scrambled(257, 5s));
    for (int i = 0; i < 1'000; ++i) names.set_scrambled(256, i % 2 == 0, 20s + i * 1s);
    CHECK(names.scrambled(256, 1018s));
    CHECK_FALSE(names.scrambled(256, 1019s));
}

TEST_CASE("What the PMT says a PID is, is known of all that were learned", "[track_names]") {
    TrackNames names;
    auto one = programme(1, 256, "audio:1");
    one.streams[0].kind = core::TrackKind::Audio;
    one.streams[0].codec = "ac4";
    names.learn({one});
    CHECK(names.announced(1, 256).kind == core::TrackKind::Audio);
    CHECK(names.announced(1, 256).codec == "ac4");
    CHECK(names.announced(1, 257).kind == core::TrackKind::Data);
}
