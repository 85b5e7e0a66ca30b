// SPDX-License-Identifier: Apache-2.0
#include "probe/udp_source.hpp"

#include <functional>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/recording_sink.hpp"
#include "tests/rtp_packets.hpp"
#include "tests/udp_sender.hpp"

using namespace std::chrono_literals;
using sightline::core::InputSpec;
using sightline::core::SystemClock;
using sightline::net::EventLoop;
using sightline::probe::LinkState;
using sightline::probe::parse_udp_settings;
using sightline::probe::UdpSettings;
using sightline::probe::UdpSource;
using sightline::tests::Bytes;
using sightline::tests::RecordingSink;
using sightline::tests::rtp_packet;
using sightline::tests::run_until;
using sightline::tests::ts_packets;
using sightline::tests::UdpSender;

namespace {

UdpSettings settings_of(const std::string& url) {
    InputSpec input;
    input.url = url;
    auto settings = parse_udp_settings(input);
    if (!settings) FAIL(settings.error().message);
    return *settings;
}

std::string refusal(const std::string& url) {
    InputSpec input;
    input.url = url;
    const auto settings = parse_udp_settings(input);
    return settings ? "" : settings.error().message;
}

UdpSettings on_loopback() {
    UdpSettings settings;
    settings.host = "127.0.0.1";
    return settings;
}

struct UdpWorld {
    explicit UdpWorld(const UdpSettings& settings) : source(settings, {}, loop) {
        source.start(sink);
        until([this] { return source.local().port() != 0; });
    }
    void until(const std::function<bool()>& done) { REQUIRE(run_until(loop, done)); }
    SystemClock clock;
    EventLoop loop{clock};
    RecordingSink sink;
    UdpSource source;
};

}  // namespace

TEST_CASE("udp and rtp URLs say where to listen", "[udp_source]") {
    const UdpSettings group = settings_of("udp://@239.1.2.3:5000?interface=eth1");
    CHECK(group.host == "239.1.2.3");
    CHECK(group.port == 5000);
    CHECK(group.interface == "eth1");
    CHECK(group.source.empty());
    CHECK_FALSE(group.rtp);
    CHECK(settings_of("udp://10.0.0.9@232.1.2.3:5000").source == "10.0.0.9");
    CHECK(settings_of("udp://232.1.2.3:5000?source=10.0.0.9&localaddr=10.0.0.2").interface == "10.0.0.2");
    CHECK(settings_of("udp://:5000").host.empty());
    CHECK(settings_of("udp://[ff02::1]:5000").host == "ff02::1");
    CHECK(settings_of("rtp://239.1.2.3:5000").rtp);
    CHECK(settings_of("udp://:5000?buffer_size=4000000&pkt_size=1316&fifo_size=5").receive_buffer_bytes == 4'000'000);
    InputSpec input;
    input.url = "udp://232.1.2.3:5000?source=10.0.0.9&interface=a&buffer_size=2000";
    input.source = "10.0.0.8";
    input.interface = "b";
    input.receive_buffer_bytes = 5000;
    const auto settings = parse_udp_settings(input);
    REQUIRE(settings);
    CHECK(settings->source == "10.0.0.8");
    CHECK(settings->interface == "b");
    CHECK(settings->receive_buffer_bytes == 5000);
}

TEST_CASE("wrong udp URLs are refused with what is wrong", "[udp_source]") {
    CHECK(refusal("udp://239.1.2.3") == "\"udp://239.1.2.3\" has no port");
    CHECK(refusal("udp://:1?colour=red") ==
          "option \"colour\" is not known here; allowed: interface, source, buffer_size");
    CHECK(refusal("udp://:1?buffer_size=4M") == "buffer_size = \"4M\" is not a number of bytes from 1024 on");
}

TEST_CASE("bare datagrams come as they were sent, after one session boundary", "[udp_source]") {
    UdpWorld world(on_loopback());
    CHECK(world.sink.states() == std::vector<LinkState>{LinkState::Connecting});
    CHECK(world.sink.links[0].reason == "waiting for packets at " + world.source.local().text());
    const UdpSender sender(world.source.local());
    Bytes sent;
    for (std::uint8_t i = 0; i < 10; ++i) {
        const Bytes datagram = ts_packets(7, i);
        REQUIRE(sender.send(datagram));
        sent.insert(sent.end(), datagram.begin(), datagram.end());
    }
    world.until([&] { return world.sink.bytes.size() == sent.size(); });
    CHECK(world.sink.bytes == sent);
    CHECK(world.sink.states() == std::vector<LinkState>{LinkState::Connecting, LinkState::Connected});
    CHECK(world.sink.sessions() == 1);
    CHECK(world.source.statistics().at("udp.datagrams_total") == 10);
    CHECK(world.source.statistics().at("udp.receive_buffer_bytes") > 0);
    CHECK(world.source.statistics().count("rtp.received_total") == 0);
}

TEST_CASE("RTP that comes to a udp input is unwrapped", "[udp_source]") {
    UdpWorld world(on_loopback());
    const UdpSender sender(world.source.local());
    REQUIRE(sender.send(rtp_packet(0, ts_packets(1, 'a'))));
    REQUIRE(sender.send(rtp_packet(2, ts_packets(1, 'c'))));
    REQUIRE(sender.send(rtp_packet(1, ts_packets(1, 'b'))));
    world.until([&] { return world.sink.bytes.size() == 3 * 188; });
    CHECK(world.sink.bytes[187] == std::byte{'a'});
    CHECK(world.sink.bytes[375] == std::byte{'b'});
    CHECK(world.sink.bytes[563] == std::byte{'c'});
    CHECK(world.source.statistics().at("rtp.reordered_total") == 1);
}

TEST_CASE("packets behind a gap come though nothing follows", "[udp_source]") {
    UdpWorld world(on_loopback());
    const UdpSender sender(world.source.local());
    REQUIRE(sender.send(rtp_packet(0, ts_packets(1, 'a'))));
    REQUIRE(sender.send(rtp_packet(2, ts_packets(1, 'c'))));
    world.until([&] { return world.sink.bytes.size() == 2 * 188; });
    CHECK(world.source.statistics().at("rtp.lost_total") == 1);
}

TEST_CASE("a sender that begins anew begins a session", "[udp_source]") {
    UdpWorld world(on_loopback());
    const UdpSender sender(world.source.local());
    REQUIRE(sender.send(rtp_packet(0, ts_packets(1, 'a'), 1)));
    REQUIRE(sender.send(rtp_packet(5, ts_packets(1, 'b'), 2)));
    REQUIRE(sender.send(rtp_packet(6, ts_packets(1, 'c'), 2)));
    world.until([&] { return world.sink.bytes.size() == 3 * 188; });
    CHECK(world.sink.sessions() == 2);
}

TEST_CASE("an rtp input takes nothing but RTP and says so", "[udp_source]") {
    UdpSettings settings = on_loopback();
    settings.rtp = true;
    UdpWorld world(settings);
    const UdpSender sender(world.source.local());
    REQUIRE(sender.send(ts_packets(7, 0)));
    world.until([&] { return world.sink.links.size() == 2; });
    CHECK(world.sink.links.back().state == LinkState::Connecting);
    CHECK(world.sink.links.back().reason == "packets come, but they are not RTP");
    CHECK(world.sink.bytes.empty());
    REQUIRE(sender.send(rtp_packet(0, ts_packets(7, 0), 1, 0, 96)));  // a dynamic payload type is fine
    world.until([&] { return world.sink.bytes.size() == std::size_t{7} * 188; });
    CHECK(world.source.statistics().at("rtp.malformed_total") == 1);
}

TEST_CASE("a socket that cannot be opened is unreachable and tried again", "[udp_source]") {
    SystemClock clock;
    EventLoop loop(clock);
    RecordingSink sink;
    UdpSettings settings = on_loopback();
    settings.host = "192.0.2.77";
    UdpSource source(settings, {}, loop);
    source.start(sink);
    REQUIRE(run_until(loop, [&] { return sink.links.size() >= 2; }));
    CHECK(sink.states() == std::vector<LinkState>{LinkState::Unreachable, LinkState::Unreachable});
    CHECK(sink.links[0].reason == "192.0.2.77 is not an address of this machine");
}

TEST_CASE("nothing comes after cancel, not even when a callback called it", "[udp_source]") {
    UdpWorld world(on_loopback());
    const UdpSender sender(world.source.local());
    world.sink.on_first_bytes = [&] { world.source.cancel(); };
    for (int i = 0; i < 5; ++i) REQUIRE(sender.send(ts_packets(1, 'a')));
    world.until([&] { return !world.sink.bytes.empty(); });
    for (int i = 0; i < 3; ++i) world.loop.poll();
    CHECK(world.sink.bytes.size() == 188);
}
