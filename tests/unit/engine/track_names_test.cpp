// SPDX-License-Identifier: Apache-2.0
#include "engine/track_names.hpp"

#include "tests/catch.hpp"

using namespace sightline;
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
    CHECK_FALSE(names.scrambled(256));
    names.set_scrambled(256, true);
    names.set_scrambled(256, true);
    CHECK(names.scrambled(256));
    CHECK_FALSE(names.scrambled(257));
    names.set_scrambled(256, false);
    CHECK_FALSE(names.scrambled(256));
}
