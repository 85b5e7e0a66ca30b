// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "link/wall_client.hpp"
#include "link/wall_server.hpp"
#include "link/wall_socket.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"

using namespace sightline;
using link::SegmentKind;
using link::WallClient;
using link::WallServer;

namespace {

struct Probe {
    explicit Probe(std::optional<std::uint32_t> group = {}) {
        auto made = WallServer::listen(loop, {socket(), "lon1", "0.1.0", group}, [this] { ++changes; });
        REQUIRE(made);
        server = std::move(*made);
    }
    [[nodiscard]] std::string socket() const { return folder / "probe.sock.wall"; }
    WallClient wall() { return WallClient(loop, {socket(), "room 1", "0.1.0", {}}); }
    /// Everything that can happen without time going on.
    void settle() {
        while (loop.poll() > 0) {
        }
    }
    void pass(core::Duration time) {
        clock.advance(time);
        settle();
    }
    const test::TemporaryFolder folder;
    core::VirtualClock clock;
    net::EventLoop loop{clock};
    int changes = 0;
    std::unique_ptr<WallServer> server;
};

/// A tile segment with one picture whose samples are all `value`.
link::TileWriter tiles_of(int value) {
    auto writer = link::TileWriter::create(32, 18, 1);
    REQUIRE(writer);
    const auto pixels = writer->begin(32, 18);
    std::memset(pixels.data(), value, pixels.size());
    writer->commit({});
    return std::move(*writer);
}

int newest_value(link::WallFeed& feed) {
    link::TileFrame frame;
    return feed.tiles && feed.tiles->newest(frame) ? std::to_integer<int>(frame.pixels.front()) : -1;
}

/// A connection without manners.
struct Raw {
    explicit Raw(const std::string& path) {
        const auto connected = link::connect_to(path);
        REQUIRE(connected);
        socket = link::Descriptor::adopt(*connected);
    }
    [[nodiscard]] link::Sent say(const std::string& text) const { return link::send_frame(socket.get(), text, {}); }
    /// Everything the probe said so far, one word a message, and "closed".
    [[nodiscard]] std::vector<std::string> heard() const {
        std::vector<std::string> words;
        while (true) {
            const auto frame = link::receive_frame(socket.get(), link::kMaxWallFrameBytes);
            if (!frame) {
                if (frame.error().code != core::ErrorCode::TryAgain) words.emplace_back("closed");
                return words;
            }
            words.push_back(frame->bytes);
        }
    }
    link::Descriptor socket;
};

}  // namespace

TEST_CASE("A wall gets what there was before it came, and what comes after", "[wall]") {
    Probe probe;
    const auto first = tiles_of(11);
    probe.server->announce("news", SegmentKind::Tiles, first.descriptor());
    auto wall = probe.wall();
    probe.settle();
    CHECK(wall.answering());
    CHECK(wall.probe() == "lon1");
    CHECK(wall.trouble().empty());
    CHECK(probe.server->walls() == 1);
    REQUIRE(wall.feed("news") != nullptr);
    CHECK(newest_value(*wall.feed("news")) == 11);
    const auto revision = wall.revision();
    const auto second = tiles_of(22);
    probe.server->announce("news", SegmentKind::Tiles, second.descriptor());
    probe.settle();
    CHECK(wall.revision() > revision);
    CHECK(newest_value(*wall.feed("news")) == 22);
    CHECK(wall.feed("sport") == nullptr);
    probe.server->gone("news");
    probe.settle();
    CHECK(wall.feed("news") == nullptr);
}

TEST_CASE("The last picture outlives its worker, for a wall that comes later too", "[wall]") {
    Probe probe;
    {
        const auto writer = tiles_of(33);
        probe.server->announce("news", SegmentKind::Tiles, writer.descriptor());
    }
    probe.server->ended("news");
    auto wall = probe.wall();
    probe.settle();
    REQUIRE(wall.feed("news") != nullptr);
    CHECK(wall.feed("news")->ended);
    CHECK(newest_value(*wall.feed("news")) == 33);
    const auto writer = tiles_of(44);
    probe.server->announce("news", SegmentKind::Tiles, writer.descriptor());
    probe.settle();
    CHECK_FALSE(wall.feed("news")->ended);
    CHECK(newest_value(*wall.feed("news")) == 44);
}

TEST_CASE("The probe knows what all walls want together", "[wall]") {
    Probe probe;
    CHECK(probe.server->wants("news") == link::WallWants{});
    auto one = std::make_unique<WallClient>(probe.loop, WallClient::Options{probe.socket(), "1", "", {"", 320, 180}});
    auto two = std::make_unique<WallClient>(probe.loop, WallClient::Options{probe.socket(), "2", "", {"", 480, 270}});
    probe.settle();
    CHECK(probe.changes > 0);
    CHECK(probe.server->wants("news") == link::WallWants{480, 270, false, 1});
    one->want_tiles({"news", 960, 540});
    two->focus({"news", true, 2});
    probe.settle();
    CHECK(probe.server->wants("news") == link::WallWants{960, 540, true, 2});
    CHECK(probe.server->wants("sport") == link::WallWants{480, 270, false, 1});
    two.reset();
    probe.settle();
    CHECK(probe.server->wants("news") == link::WallWants{960, 540, false, 1});
    CHECK(probe.server->wants("sport") == link::WallWants{320, 180, false, 1});
    one->want_tiles({"news", 0, 0});
    probe.settle();
    CHECK(probe.server->wants("news") == link::WallWants{320, 180, false, 1});
    one.reset();
    probe.settle();
    // Whoever restarts a wall finds its tiles still there; then nobody pays for them any more.
    CHECK(probe.server->wants("news").width == 320);
    probe.pass(WallServer::kLinger);
    CHECK(probe.server->wants("news") == link::WallWants{});
}

TEST_CASE("The ring of a stream opens with a wall's focus and closes with it, for each wall by itself", "[wall]") {
    Probe probe;
    auto one = probe.wall();
    probe.settle();
    one.focus({"news", true, 1});
    const auto ring = link::PcmWriter::create(2, 48'000);
    REQUIRE(ring);
    probe.server->announce("news", SegmentKind::Pcm, ring->descriptor());
    probe.settle();
    REQUIRE(one.feed("news") != nullptr);
    CHECK(one.feed("news")->pcm);
    // Another wall, which had let the ring pass because it heard nothing then.
    auto two = probe.wall();
    probe.settle();
    CHECK((two.feed("news") == nullptr || !two.feed("news")->pcm));
    two.focus({"news", true, 1});
    probe.settle();
    REQUIRE(two.feed("news") != nullptr);
    CHECK(two.feed("news")->pcm);
    one.focus({"news", false, 1});
    CHECK_FALSE(one.feed("news")->pcm);
    probe.settle();
    CHECK(two.feed("news")->pcm);
    one.focus({"news", true, 1});
    probe.settle();
    CHECK(one.feed("news")->pcm);
}

TEST_CASE("A wall comes back by itself and says again what it wants", "[wall]") {
    Probe probe;
    auto wall = probe.wall();
    wall.focus({"news", true, 1});
    probe.settle();
    const auto writer = tiles_of(55);
    probe.server->announce("news", SegmentKind::Tiles, writer.descriptor());
    probe.settle();
    probe.server.reset();
    probe.settle();
    CHECK_FALSE(wall.answering());
    CHECK(wall.trouble() == "the probe closed the connection");
    REQUIRE(wall.feed("news") != nullptr);
    CHECK(wall.feed("news")->ended);
    CHECK(newest_value(*wall.feed("news")) == 55);
    probe.pass(WallClient::kRetry);
    CHECK(wall.trouble() == "no probe answers at " + probe.socket() + ": No such file or directory");
    auto made = WallServer::listen(probe.loop, {probe.socket(), "lon1", "0.1.0", {}}, [] {});
    REQUIRE(made);
    probe.server = std::move(*made);
    probe.pass(WallClient::kRetry);
    CHECK(wall.answering());
    CHECK(probe.server->wants("news") == link::WallWants{480, 270, true, 1});
}

TEST_CASE("A probe that stands still is noticed", "[wall]") {
    Probe probe;
    auto wall = probe.wall();
    probe.settle();
    for (int i = 0; i < 10; ++i) {
        probe.pass(WallServer::kAlivePeriod);
        CHECK(wall.answering());
    }
    probe.clock.advance(WallClient::kSilence);  // the loop does not run: nobody speaks
    CHECK_FALSE(wall.answering());
}

TEST_CASE("Whoever breaks the protocol is told why and let go", "[wall]") {
    Probe probe;
    const auto answer = [&](const std::vector<std::string>& words) {
        const Raw raw(probe.socket());
        for (const auto& word : words) (void)raw.say(word);
        probe.settle();
        const auto heard = raw.heard();
        REQUIRE(heard.size() == 3);
        CHECK(heard[0] == R"({"type":"hello","version":1,"who":"lon1","software":"0.1.0"})");
        CHECK(heard[2] == "closed");
        return heard[1];
    };
    const std::string hello = R"({"type":"hello","version":1,"who":"x"})";
    CHECK(answer({R"({"type":"hello","version":9})"}) ==
          R"({"type":"refused","reason":"this probe speaks version 1, the wall version 9"})");
    CHECK(answer({R"({"type":"tiles"})"}) == R"({"type":"refused","reason":"a wall says hello first"})");
    CHECK(answer({hello, "garbage"}) == R"({"type":"refused","reason":"a message that is not JSON"})");
    CHECK(answer({hello, std::string(5'000, 'x')}) ==
          R"({"type":"refused","reason":"a message of 4097 bytes is outside [1, 4096]"})");
    CHECK(answer({hello, R"({"type":"gone","stream":"a"})"}) ==
          R"({"type":"refused","reason":"a message that only a probe sends"})");
    CHECK(probe.server->refusals() == 5);
    CHECK(probe.server->walls() == 0);
}

TEST_CASE("A wall that says nothing, or too much, is let go", "[wall]") {
    Probe probe;
    const Raw silent(probe.socket());
    probe.settle();
    probe.pass(WallServer::kHelloPatience + WallServer::kAlivePeriod);
    CHECK(silent.heard().back() == "closed");
    const Raw talker(probe.socket());
    probe.settle();
    (void)talker.say(R"({"type":"hello","version":1})");
    int said = 0;
    for (; said < 2'000; ++said) {
        const auto sent = talker.say(R"({"type":"focus","stream":"a","wanted":true})");
        if (sent == link::Sent::Gone) break;
        if (sent == link::Sent::Later) probe.settle();
    }
    probe.settle();
    const auto heard = talker.heard();
    REQUIRE(heard.size() >= 2);
    CHECK(heard[heard.size() - 2] == R"({"type":"refused","reason":"more than 500 messages in one second"})");
    CHECK(heard.back() == "closed");
    CHECK(probe.server->wants("a") == link::WallWants{});
}

TEST_CASE("No more walls than there is room for", "[wall]") {
    Probe probe;
    std::vector<std::unique_ptr<Raw>> walls;
    for (std::size_t i = 0; i < WallServer::kMaxWalls; ++i) {
        walls.push_back(std::make_unique<Raw>(probe.socket()));
        probe.settle();
    }
    const Raw late(probe.socket());
    probe.settle();
    CHECK(late.heard() ==
          std::vector<std::string>{R"({"type":"refused","reason":"16 walls are connected already"})", "closed"});
    walls.pop_back();
    probe.settle();
    const Raw next(probe.socket());
    probe.settle();
    CHECK(next.heard().size() == 1);
}

TEST_CASE("A wall that does not read costs nothing and learns what is so when it reads again", "[wall]") {
    Probe probe;
    const Raw stopped(probe.socket());
    (void)stopped.say(R"({"type":"hello","version":1})");
    probe.settle();
    std::vector<link::TileWriter> writers;
    for (int i = 0; i < 4; ++i) writers.push_back(tiles_of(i + 1));
    // Two hours of a day with restarts: 50 streams whose segments keep changing.
    for (int round = 0; round < 1'000; ++round) {
        for (int stream = 0; stream < 50; ++stream) {
            const std::string id = "s" + std::to_string(stream);
            probe.server->announce(id, SegmentKind::Tiles, writers[static_cast<std::size_t>(round % 4)].descriptor());
            if (round % 7 == 0) probe.server->ended(id);
        }
        probe.pass(WallServer::kAlivePeriod);
    }
    CHECK(probe.server->walls() == 1);
    std::map<std::string, int> last;
    std::size_t frames = 0;
    for (bool more = true; more;) {
        more = false;
        while (true) {
            auto frame = link::receive_frame(stopped.socket.get(), link::kMaxWallFrameBytes);
            if (!frame) break;
            more = true;
            ++frames;
            const auto message = link::decode_wall(frame->bytes);
            REQUIRE(message);
            const auto* segment = std::get_if<link::WallSegment>(&*message);
            if (segment == nullptr) continue;
            auto reader = link::TileReader::open(frame->descriptor.get());
            REQUIRE(reader);
            link::TileFrame picture;
            REQUIRE(reader->newest(picture));
            last[segment->stream] = std::to_integer<int>(picture.pixels.front());
        }
        probe.settle();
    }
    REQUIRE(last.size() == 50);
    for (const auto& [stream, value] : last) CHECK(value == 999 % 4 + 1);
    CHECK(frames < 2'000);  // what the socket held, and then each stream once; of 50,000 changes
}

TEST_CASE("What is no socket is not replaced, and a living probe's socket is not taken", "[wall]") {
    Probe probe;
    const auto again = WallServer::listen(probe.loop, {probe.socket(), "x", "", {}}, [] {});
    REQUIRE_FALSE(again);
    CHECK(again.error().message == "another probe answers at " + probe.socket());
    const std::string file = probe.folder / "file";
    ::close(open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    const auto on_file = WallServer::listen(probe.loop, {file, "x", "", {}}, [] {});
    REQUIRE_FALSE(on_file);
    CHECK(on_file.error().message == file + " is there already and is no socket");
    const auto long_path = WallServer::listen(probe.loop, {std::string(200, 'x'), "x", "", {}}, [] {});
    REQUIRE_FALSE(long_path);
    CHECK(long_path.error().code == core::ErrorCode::InvalidConfig);
}

TEST_CASE("A descriptor that is no segment is refused in words, and the wall lives on", "[wall]") {
    Probe probe;
    auto wall = probe.wall();
    probe.settle();
    probe.server->announce("news", SegmentKind::Tiles,
                           link::Descriptor::adopt(open("/dev/null", O_RDONLY | O_CLOEXEC)));
    const auto writer = tiles_of(5);
    probe.server->announce("sport", SegmentKind::Levels, writer.descriptor());
    probe.settle();
    REQUIRE(wall.feed("news") != nullptr);
    CHECK(wall.feed("news")->refusal == "shared memory refused: not a memory file");
    CHECK_FALSE(wall.feed("news")->tiles);
    CHECK(wall.feed("sport")->refusal == "level memory refused: 36864 bytes are fewer than 360848");
    CHECK(wall.answering());
}
