// SPDX-License-Identifier: Apache-2.0
// The wall's link between real processes: a writer killed in the middle of a picture, a wall of another user.
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "link/tile_frames.hpp"
#include "link/wall_server.hpp"
#include "link/wall_socket.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"

extern char** environ;

using namespace sightline;

namespace {

/// wall_child with these arguments; our end of its descriptor 3.
class Child {
public:
    explicit Child(std::vector<std::string> arguments) {
        std::array<int, 2> ends{};
        REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
        socket = link::Descriptor::adopt(ends[0]);
        const link::Descriptor far = link::Descriptor::adopt(ends[1]);
        arguments.insert(arguments.begin(), SIGHTLINE_BIN_DIR "/wall_child");
        std::vector<char*> words;
        for (std::string& word : arguments) words.push_back(word.data());
        words.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, far.get(), 3);
        REQUIRE(posix_spawn(&pid, words[0], &actions, nullptr, words.data(), environ) == 0);
        posix_spawn_file_actions_destroy(&actions);
    }
    ~Child() { kill(); }
    void kill() {
        if (pid <= 0) return;
        ::kill(pid, SIGKILL);
        int status = 0;
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        pid = -1;
    }
    /// Waits for its next message. Empty: it ended.
    [[nodiscard]] link::ReceivedFrame next() const {
        while (true) {
            pollfd ready{socket.get(), POLLIN, 0};
            REQUIRE(poll(&ready, 1, 60'000) > 0);
            auto frame = link::receive_frame(socket.get(), 4'096);
            if (frame) return std::move(*frame);
            if (frame.error().code != core::ErrorCode::TryAgain) return {};
        }
    }
    link::Descriptor socket;
    pid_t pid = -1;
};

bool whole(const link::TileFrame& frame) {
    const auto value = static_cast<std::byte>(static_cast<std::uint64_t>(frame.info.at.count()) % 251);
    return frame.info.width == 480 && frame.info.height == 270 && frame.pixels.size() == frame.info.bytes() &&
           std::all_of(frame.pixels.begin(), frame.pixels.end(), [&](std::byte sample) { return sample == value; });
}

}  // namespace

TEST_CASE("A writer at full speed, killed at any moment, never shows a torn picture", "[wall_processes]") {
    std::minstd_rand random(20'261'122);
    std::uint64_t seen = 0;
    for (int round = 0; round < 20; ++round) {
        Child writer({"writer"});
        const auto handed = writer.next();
        REQUIRE(handed.bytes == "tiles");
        auto reader = link::TileReader::open(handed.descriptor.get());
        REQUIRE(reader);
        link::TileFrame frame;
        // Anywhere within the writer's pictures: after this many looks that found something, plus a random spin.
        const std::uint64_t looks = 1 + random() % 40;
        for (std::uint64_t found = 0; found < looks;) {
            if (!reader->newest(frame)) continue;
            ++found;
            ++seen;
            if (!whole(frame)) FAIL("a torn picture, number " << frame.info.at.count());
        }
        for (auto spin = random() % 20'000; spin > 0; --spin) (void)reader->has_news();
        writer.kill();
        // The writer is gone: its last whole picture is there, for this reader and for one that comes only now.
        const std::int64_t newest_seen = frame.info.at.count();
        if (reader->newest(frame)) CHECK(whole(frame));
        auto late = link::TileReader::open(handed.descriptor.get());
        REQUIRE(late);
        link::TileFrame last;
        REQUIRE(late->newest(last));
        CHECK(whole(last));
        CHECK(last.info.at.count() >= newest_seen);
    }
    CHECK(seen >= 20);
}

TEST_CASE("A wall of another user is refused in words", "[wall_processes]") {
    if (geteuid() != 0) {
        WARN("only root can start a wall as another user");
        return;
    }
    const test::TemporaryFolder folder;
    chmod(folder.path().c_str(), 0755);
    const core::SystemClock clock;
    net::EventLoop loop(clock);
    const auto heard = [&](std::optional<std::uint32_t> group) {
        auto server = link::WallServer::listen(loop, {folder / "wall", "lon1", "0.1.0", group}, [] {});
        REQUIRE(server);
        const Child nobody({"nobody", folder / "wall"});
        std::vector<std::string> words;
        for (int turns = 0; turns < 60'000 && words.empty(); ++turns) {
            loop.poll();
            pollfd ready{nobody.socket.get(), POLLIN, 0};
            if (poll(&ready, 1, 1) <= 0) continue;
            words.push_back(nobody.next().bytes);
        }
        return words;
    };
    CHECK(heard({}) == std::vector<std::string>{
                           R"({"type":"refused","reason":"user 65534 may not watch this probe: it runs as user 0"})"});
    CHECK(
        heard(7) ==
        std::vector<std::string>{
            R"({"type":"refused","reason":"user 65534 may not watch this probe: it runs as user 0 and admits group 7"})"});
    CHECK(heard(65'534) == std::vector<std::string>{R"({"type":"hello","version":1,"who":"lon1","software":"0.1.0"})"});
}
