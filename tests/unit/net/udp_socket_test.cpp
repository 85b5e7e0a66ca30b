// SPDX-License-Identifier: Apache-2.0
#include "net/udp_socket.hpp"

#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/udp_sender.hpp"

using namespace std::chrono_literals;
using sightline::core::ArrivalTime;
using sightline::core::SystemClock;
using sightline::core::UtcTime;
using sightline::net::Address;
using sightline::net::Datagram;
using sightline::net::EventLoop;
using sightline::net::StampConverter;
using sightline::net::UdpSocket;
using sightline::net::UdpTarget;
using sightline::tests::UdpSender;

namespace {

struct UdpWorld {
    std::unique_ptr<UdpSocket> listen(const UdpTarget& target) {
        auto socket = UdpSocket::open(
            loop, target,
            [this](std::span<const Datagram> datagrams) {
                for (const Datagram& datagram : datagrams) {
                    got.emplace_back(reinterpret_cast<const char*>(datagram.bytes.data()), datagram.bytes.size());
                    arrivals.push_back(datagram.arrival);
                }
            },
            [](const sightline::core::Error& error) { FAIL(error.message); });
        if (!socket) FAIL(socket.error().message);
        return std::move(*socket);
    }
    std::string refusal(const UdpTarget& target) {
        const auto socket = UdpSocket::open(
            loop, target, [](std::span<const Datagram>) {}, [](const sightline::core::Error&) {});
        REQUIRE_FALSE(socket);
        return socket.error().message;
    }
    void until(std::size_t count) {
        bool late = false;
        const auto guard = loop.after(20s, [&] { late = true; });
        while (got.size() < count && !late) {
            const auto tick = loop.after(1ms, [&] { loop.quit(); });
            loop.run();
        }
        REQUIRE_FALSE(late);
    }
    SystemClock clock;
    EventLoop loop{clock};
    std::vector<std::string> got;
    std::vector<ArrivalTime> arrivals;
};

UdpTarget on(const char* host) {
    UdpTarget target;
    target.local = *Address::parse(host, 0);
    return target;
}

ArrivalTime mono(std::chrono::milliseconds at) {
    return ArrivalTime{at};
}
UtcTime utc(std::chrono::milliseconds at) {
    return UtcTime{1'700'000'000s + at};
}

}  // namespace

TEST_CASE("datagrams come in order, whole, with times between sending and now", "[udp_socket]") {
    const char* host = GENERATE("127.0.0.1", "::1");
    UdpWorld world;
    const auto socket = world.listen(on(host));
    const UdpSender sender(socket->local());
    const ArrivalTime before = world.clock.now();
    std::vector<std::string> sent;
    for (int i = 0; i < 200; ++i) {  // more than one batch
        sent.push_back("packet " + std::to_string(i));
        REQUIRE(sender.send(sent.back()));
    }
    sent.push_back(std::string(60'000, 'x'));
    REQUIRE(sender.send(sent.back()));
    sent.emplace_back();
    REQUIRE(sender.send(sent.back()));
    world.until(sent.size());
    CHECK(world.got == sent);
    const ArrivalTime after = world.clock.now();
    ArrivalTime last = before - 1ms;  // both clocks are read one after the other
    for (const ArrivalTime arrival : world.arrivals) {
        CHECK(arrival >= last);
        last = std::max(last, arrival);
    }
    CHECK(last <= after);
    CHECK(socket->statistics().datagrams == sent.size());
    CHECK(socket->statistics().dropped_by_kernel == 0);
}

TEST_CASE("a socket hears again after it was quiet", "[udp_socket]") {
    UdpWorld world;
    const auto socket = world.listen(on("127.0.0.1"));
    const UdpSender sender(socket->local());
    REQUIRE(sender.send("a"));
    world.until(1);
    const auto quiet = world.loop.after(300ms, [&] { world.loop.quit(); });  // sweeping stops on the way
    world.loop.run();
    REQUIRE(sender.send("b"));
    world.until(2);
    CHECK(world.got == std::vector<std::string>{"a", "b"});
}

TEST_CASE("what the kernel had to drop is counted, and the buffer granted is shown", "[udp_socket]") {
    UdpWorld world;
    UdpTarget target = on("127.0.0.1");
    target.receive_buffer_bytes = 8192;
    const auto socket = world.listen(target);
    CHECK(socket->statistics().buffer_asked_bytes == 8192);
    CHECK(socket->statistics().buffer_granted_bytes == 8192);
    const UdpSender sender(socket->local());
    constexpr std::size_t kSent = 100;
    for (std::size_t i = 0; i < kSent; ++i) REQUIRE(sender.send(std::string(1316, 'x')));
    world.until(1);
    REQUIRE(sender.send("last"));  // carries the count
    while (world.got.back() != "last") world.until(world.got.size() + 1);
    CHECK(socket->statistics().dropped_by_kernel > 0);
    CHECK(socket->statistics().dropped_by_kernel + socket->statistics().datagrams == kSent + 1);
}

TEST_CASE("a multicast group is heard, and no other group on its port", "[udp_socket]") {
    UdpWorld world;
    UdpTarget target = on("239.255.77.1");
    target.interface = GENERATE("lo", "127.0.0.1");
    const auto socket = world.listen(target);
    UdpTarget other = target;
    other.local = *Address::parse("239.255.77.2", socket->local().port());
    const auto neighbour = UdpSocket::open(
        world.loop, other, [](std::span<const Datagram>) {}, [](const sightline::core::Error&) {});
    REQUIRE(neighbour);  // same port, another group: this machine hears both now
    const UdpSender wrong(other.local);
    const UdpSender right(socket->local());
    REQUIRE(wrong.send("wrong"));
    REQUIRE(right.send("right"));
    world.until(1);
    CHECK(world.got == std::vector<std::string>{"right"});
}

TEST_CASE("an IPv6 group is joined on its interface and left with the socket", "[udp_socket]") {
    // The loopback interface routes no IPv6 multicast, so no packet is sent: the kernel's own list is the witness.
    const auto joined = [] {
        std::ifstream list("/proc/net/igmp6");
        std::string line;
        while (std::getline(list, line)) {
            if (line.find("lo ") != std::string::npos &&
                line.find("ff010000000000000000000000771234") != std::string::npos)
                return true;
        }
        return false;
    };
    UdpWorld world;
    UdpTarget target = on("ff01::77:1234");
    target.interface = GENERATE("lo", "::1");
    auto socket = world.listen(target);
    CHECK(socket->local().host() == "ff01::77:1234%lo");
    CHECK(joined());
    socket.reset();
    CHECK_FALSE(joined());
}

TEST_CASE("of a source-specific group only the source is heard", "[udp_socket]") {
    UdpWorld world;
    UdpTarget target = on("232.1.77.1");
    target.interface = "lo";
    target.source = "127.0.0.1";
    const auto socket = world.listen(target);
    UdpTarget stranger = target;
    stranger.local = socket->local();
    stranger.source = "127.0.0.9";
    std::size_t heard_by_stranger = 0;
    const auto deaf = UdpSocket::open(
        world.loop, stranger, [&](std::span<const Datagram> got) { heard_by_stranger += got.size(); },
        [](const sightline::core::Error&) {});
    REQUIRE(deaf);
    const UdpSender sender(socket->local());
    REQUIRE(sender.send("a"));
    world.until(1);
    world.loop.poll();
    CHECK(world.got == std::vector<std::string>{"a"});
    CHECK(heard_by_stranger == 0);
}

TEST_CASE("what cannot be listened to is refused in words", "[udp_socket]") {
    UdpWorld world;
    CHECK(world.refusal(on("192.0.2.77")) == "192.0.2.77 is not an address of this machine");
    UdpTarget interface = on("239.255.77.1");
    interface.interface = "nosuch0";
    CHECK(world.refusal(interface) ==
          "interface \"nosuch0\" is neither the name nor an address of a network interface of this machine");
    UdpTarget source = on("232.1.77.1");
    source.interface = "lo";
    source.source = "encoder";
    CHECK(world.refusal(source) == "source \"encoder\" is not an IPv4 address");
    UdpTarget unicast = on("127.0.0.1");
    unicast.source = "127.0.0.1";
    CHECK(world.refusal(unicast) == "a source is for multicast only, and 127.0.0.1 is none");
    const auto first = world.listen(on("127.0.0.1"));
    UdpTarget second;
    second.local = first->local();
    CHECK(world.refusal(second) == "cannot listen on " + second.local.text() + ": address already in use");
}

TEST_CASE("a socket may be destroyed by its own datagrams", "[udp_socket]") {
    UdpWorld world;
    std::unique_ptr<UdpSocket> socket;
    int calls = 0;
    auto opened = UdpSocket::open(
        world.loop, on("127.0.0.1"),
        [&](std::span<const Datagram>) {
            ++calls;
            socket.reset();
        },
        [](const sightline::core::Error&) {});
    REQUIRE(opened);
    socket = std::move(*opened);
    const UdpSender sender(socket->local());
    for (int i = 0; i < 100; ++i) REQUIRE(sender.send("x"));
    while (socket) world.loop.poll();
    world.loop.poll();
    CHECK(calls == 1);
}

TEST_CASE("kernel stamps become monotonic by their age", "[udp_socket]") {
    StampConverter stamps(mono(1000ms));
    stamps.begin(mono(1010ms), utc(5010ms));
    CHECK(stamps.convert(utc(5003ms)) == mono(1003ms));
    CHECK(stamps.convert(utc(5009ms)) == mono(1009ms));
    CHECK(stamps.convert(utc(5008ms)) == mono(1009ms));  // never back
}

TEST_CASE("a step of the civil clock moves the packets of one sweep by no more than the sweep", "[udp_socket]") {
    StampConverter stamps(mono(1000ms));
    stamps.begin(mono(1010ms), utc(5010ms));
    CHECK(stamps.convert(utc(5005ms)) == mono(1005ms));
    stamps.drained();
    SECTION("forward by an hour") {
        stamps.begin(mono(1020ms), utc(5020ms + 1h));
        CHECK(stamps.convert(utc(5015ms)) == mono(1010ms));       // stamped before the step
        CHECK(stamps.convert(utc(5017ms + 1h)) == mono(1017ms));  // after it
    }
    SECTION("back by an hour") {
        stamps.begin(mono(1020ms), utc(5020ms - 1h));
        CHECK(stamps.convert(utc(5015ms)) == mono(1020ms));
        CHECK(stamps.convert(utc(5017ms - 1h)) == mono(1020ms));
        stamps.drained();
        stamps.begin(mono(1030ms), utc(5030ms - 1h));
        CHECK(stamps.convert(utc(5025ms - 1h)) == mono(1025ms));
    }
}
