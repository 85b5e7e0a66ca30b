// SPDX-License-Identifier: Apache-2.0
#include "link/tally_receiver.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "net/address.hpp"
#include "tests/catch.hpp"
#include "tests/run_until.hpp"
#include "tests/udp_sender.hpp"

using namespace sightline;
using namespace sightline::link;
using namespace std::chrono_literals;

namespace {

std::string v31(int address, unsigned control, std::string name) {
    name.resize(16, ' ');
    return std::string{static_cast<char>(0x80 + address), static_cast<char>(control)} + name;
}

struct TallyWorld {
    explicit TallyWorld(TallyOptions options = {}) {
        options.listen = "127.0.0.1";
        auto opened = TallyReceiver::open(loop, options);
        REQUIRE(opened);
        receiver = std::move(*opened);
    }
    template <class Predicate>
    void until(Predicate done) {
        REQUIRE(tests::run_until(loop, done));
    }
    core::SystemClock clock;
    net::EventLoop loop{clock};
    std::unique_ptr<TallyReceiver> receiver;
};

double processor_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

int connect_to(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto to = *net::Address::parse("127.0.0.1", port);
    REQUIRE(::connect(fd, to.data(), to.size()) == 0);
    return fd;
}

}  // namespace

TEST_CASE("Tally over UDP lands on its display, the offset added, the colours swapped where asked", "[tally]") {
    TallyOptions options;
    options.index_offset = 1;
    options.swap = true;
    TallyWorld world(options);
    const tests::UdpSender sender(*net::Address::parse("127.0.0.1", world.receiver->udp_port()));
    REQUIRE(sender.send(v31(4, 0x01, "CAM 4")));
    world.until([&] { return world.receiver->board()->find(5) != nullptr; });
    const auto board = world.receiver->board();
    CHECK(board->find(5)->lamps == TallyLamps{false, true, false});
    CHECK(board->find(5)->text == "CAM 4");
    CHECK(board->find(4) == nullptr);
    const core::ArrivalTime at = board->find(5)->at;
    CHECK_FALSE(board->find(5)->stale(at + 9s, 10s));
    CHECK(board->find(5)->stale(at + 11s, 10s));
    CHECK_FALSE(board->find(5)->stale(at + 1h, 0s));
}

TEST_CASE("Tally told over TCP is stale once its sender has gone", "[tally]") {
    TallyWorld world;
    const int fd = connect_to(world.receiver->tcp_port());
    const std::string packet = v31(9, 0x02, "PGM");
    REQUIRE(::send(fd, packet.data(), 7, 0) == 7);
    REQUIRE(::send(fd, packet.data() + 7, packet.size() - 7, 0) == static_cast<ssize_t>(packet.size() - 7));
    world.until([&] { return world.receiver->board()->find(9) != nullptr; });
    CHECK_FALSE(world.receiver->board()->find(9)->cut_off);
    ::close(fd);
    world.until([&] { return world.receiver->board()->find(9)->cut_off; });
    CHECK(world.receiver->board()->find(9)->lamps.green);
}

TEST_CASE("Garbage is counted, and a screen that is not ours changes nothing", "[tally]") {
    TallyOptions options;
    options.screen = 3;
    TallyWorld world(options);
    const tests::UdpSender sender(*net::Address::parse("127.0.0.1", world.receiver->udp_port()));
    const auto v50 = [](char screen) { return std::string{0x0A, 0, 0, 0, screen, 0, 1, 0, 0x01, 0, 0, 0}; };
    REQUIRE(sender.send("no tally at all"));
    REQUIRE(sender.send(v50(2)));
    REQUIRE(sender.send(v50(3)));
    world.until([&] { return world.receiver->board()->find(1) != nullptr; });
    CHECK(world.receiver->board()->refused == 1);
    CHECK(world.receiver->board()->messages == 2);
}

TEST_CASE("A thousand packets are all taken, and the last one of each display stands", "[tally]") {
    TallyWorld world;
    const tests::UdpSender sender(*net::Address::parse("127.0.0.1", world.receiver->udp_port()));
    for (int n = 0; n < 1000; ++n) REQUIRE(sender.send(v31(n % 100, n >= 900 ? 0x01U : 0x02U, std::to_string(n))));
    world.until([&] { return world.receiver->board()->messages == 1000; });
    const auto board = world.receiver->board();
    CHECK(board->displays.size() == 100);
    for (int n = 0; n < 100; ++n) {
        REQUIRE(board->find(n) != nullptr);
        CHECK(board->find(n)->lamps.red);
        CHECK(board->find(n)->text == std::to_string(900 + n));
    }
}

TEST_CASE("A thousand packets a second for a second: each is on the board soon, with the right lamps", "[tally]") {
    TallyWorld world;
    const tests::UdpSender sender(*net::Address::parse("127.0.0.1", world.receiver->udp_port()));
    constexpr int kPackets = 1'000;
    constexpr int kDisplays = 8;
    std::vector<core::ArrivalTime> sent;
    std::vector<core::Duration> lags(kPackets);
    std::uint64_t seen = 0;
    bool right = true;
    const core::ArrivalTime begin = world.clock.now();
    const double processor = processor_seconds();
    world.until([&] {  // looks each millisecond
        const auto due = static_cast<std::size_t>((world.clock.now() - begin) / 1ms);
        for (; sent.size() < std::min<std::size_t>(due, kPackets); sent.push_back(world.clock.now())) {
            const int n = static_cast<int>(sent.size());
            right = sender.send(v31(n % kDisplays, 1U << (n % 2), std::to_string(n))) && right;
        }
        const auto board = world.receiver->board();
        for (; seen < board->messages; ++seen) lags[seen] = world.clock.now() - sent[seen];
        for (const auto& [index, display] : board->displays)
            right = right && std::stoi(display.text) % kDisplays == index && display.lamps.red == (index % 2 == 0);
        return seen == kPackets;
    });
    std::sort(lags.begin(), lags.end());
    const auto ms = [](core::Duration d) { return core::to_seconds(d) * 1e3; };
    std::printf(
        "tally, 1,000 packets a second: on the board after %.1f ms (median), %.1f ms (longest); %.3f cores with the "
        "sender\n",
        ms(lags[kPackets / 2]), ms(lags.back()),
        (processor_seconds() - processor) / core::to_seconds(world.clock.now() - begin));
    CHECK(right);
    CHECK(world.receiver->board()->refused == 0);
    for (int n = kPackets - kDisplays; n < kPackets; ++n)
        CHECK(world.receiver->board()->find(n % kDisplays)->text == std::to_string(n));
}

TEST_CASE("A port that is taken is said by its address", "[tally]") {
    TallyWorld world;
    TallyOptions options;
    options.listen = "127.0.0.1";
    options.tcp_port = world.receiver->tcp_port();
    options.udp = false;
    const auto second = TallyReceiver::open(world.loop, options);
    REQUIRE_FALSE(second);
    CHECK(second.error().message == "tally over TCP: cannot listen on 127.0.0.1:" + std::to_string(options.tcp_port) +
                                        ": Address already in use");
    options.tcp = false;
    options.udp = true;
    options.udp_port = world.receiver->udp_port();
    CHECK(TallyReceiver::open(world.loop, options).error().message ==
          "tally over UDP: cannot listen on 127.0.0.1:" + std::to_string(options.udp_port) +
              ": address already in use");
    options.listen = "nowhere";
    CHECK(TallyReceiver::open(world.loop, options).error().message == "tally: \"nowhere\" is no address to listen on");
}
