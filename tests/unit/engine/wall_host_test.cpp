// SPDX-License-Identifier: Apache-2.0
#include "engine/wall_host.hpp"

#include <fcntl.h>
#include <stdlib.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "link/tile_frames.hpp"
#include "link/wall_client.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"

using namespace sightline;
using link::Segment;
using link::SegmentKind;

namespace {

struct Host {
    Host() {
        watch({"news", "sport"});
        REQUIRE(host.listen(loop, {socket(), "lon1", "0.1.0", {}}));
    }
    [[nodiscard]] std::string socket() const { return folder / "api.sock.wall"; }
    void watch(const std::vector<std::string>& ids) {
        std::vector<core::StreamSpec> streams(ids.size());
        for (std::size_t i = 0; i < ids.size(); ++i) streams[i].id = ids[i];
        host.watch(streams);
    }
    void settle() {
        while (loop.poll() > 0) {
        }
    }
    test::TemporaryFolder folder;
    core::VirtualClock clock;
    net::EventLoop loop{clock};
    std::map<std::string, std::vector<link::Focus>> told;
    engine::WallHost host{
        [this](const std::string& stream, const link::Focus& wanted) { told[stream].push_back(wanted); }};
};

link::Descriptor tiles() {
    auto writer = link::TileWriter::create(32, 18, 1);
    REQUIRE(writer);
    return writer->descriptor();
}

}  // namespace

TEST_CASE("Workers are told what walls want, once for each change", "[wall_host]") {
    Host h;
    CHECK(h.told["news"].empty());
    {
        link::WallClient wall(h.loop, {h.socket(), "room 1", "", {}});
        h.settle();
        REQUIRE(h.told["news"].size() == 1);
        CHECK(h.told["news"][0].tile_width == 480);
        CHECK(h.told["news"][0].tile_height == 270);
        CHECK_FALSE(h.told["news"][0].wanted);
        CHECK(h.told["sport"].size() == 1);
        wall.focus({"news", true, 2});
        h.settle();
        REQUIRE(h.told["news"].size() == 2);
        CHECK(h.told["news"][1].wanted);
        CHECK(h.told["news"][1].audio == 2);
        CHECK(h.told["sport"].size() == 1);
        CHECK(h.host.walls() == 1);
    }
    h.settle();
    REQUIRE(h.told["news"].size() == 3);
    CHECK_FALSE(h.told["news"][2].wanted);
    CHECK(h.told["news"][2].tile_width == 480);
    h.clock.advance(link::WallServer::kLinger + link::WallServer::kAlivePeriod);
    h.settle();
    REQUIRE(h.told["news"].size() == 4);
    CHECK(h.told["news"][3].tile_width == 0);
}

TEST_CASE("Focus by the API decodes more and shows no more", "[wall_host]") {
    Host h;
    h.host.focus("news", true);
    REQUIRE(h.told["news"].size() == 1);
    CHECK(h.told["news"][0].wanted);
    CHECK(h.told["news"][0].tile_width == 0);
    h.host.focus("news", true);
    CHECK(h.told["news"].size() == 1);
    h.host.focus("news", false);
    REQUIRE(h.told["news"].size() == 2);
    CHECK_FALSE(h.told["news"][1].wanted);
}

TEST_CASE("Segments reach the wall, outlive their worker, and go with their stream", "[wall_host]") {
    Host h;
    CHECK(h.host.take("news", {0, SegmentKind::Tiles, tiles()}).error().code == core::ErrorCode::Cancelled);
    link::WallClient wall(h.loop, {h.socket(), "room 1", "", {}});
    h.settle();
    REQUIRE(h.host.take("news", {0, SegmentKind::Tiles, tiles()}));
    const auto pcm = h.host.take("news", {0, SegmentKind::Pcm, tiles()});
    CHECK(pcm.error().message == "no wall wants it");
    h.settle();
    REQUIRE(wall.feed("news") != nullptr);
    CHECK(wall.feed("news")->tiles);
    h.host.lost("news");
    h.settle();
    CHECK(wall.feed("news")->ended);
    CHECK(wall.feed("news")->tiles);
    h.watch({"sport"});
    h.settle();
    CHECK(wall.feed("news") == nullptr);
    CHECK(h.host.take("news", {0, SegmentKind::Tiles, tiles()}).error().code == core::ErrorCode::Cancelled);
}

TEST_CASE("What a worker passes off as a segment is refused", "[wall_host]") {
    Host h;
    link::WallClient wall(h.loop, {h.socket(), "room 1", "", {}});
    h.settle();
    const auto refusal = [&](link::Descriptor descriptor) {
        return h.host.take("news", {0, SegmentKind::Tiles, std::move(descriptor)}).error().message;
    };
    CHECK(refusal({}) == "shared memory refused: not an open descriptor");
    CHECK(refusal(link::Descriptor::adopt(open("/dev/zero", O_RDONLY | O_CLOEXEC))) ==
          "shared memory refused: not a memory file");
    h.settle();
    CHECK(wall.feed("news") == nullptr);
}
