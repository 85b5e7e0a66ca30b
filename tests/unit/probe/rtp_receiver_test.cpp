// SPDX-License-Identifier: Apache-2.0
#include "probe/rtp_receiver.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/fuzz_replay.hpp"
#include "tests/rtp_packets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

using namespace std::chrono_literals;
using sightline::core::ArrivalTime;
using sightline::probe::RtpReceiver;
using sightline::tests::rtp_packet;
using sightline::tests::to_bytes;

namespace {

/// Payloads are single letters, "|" marks a restart.
struct RtpWorld {
    void send(int sequence, char letter, std::uint32_t ssrc = 1) {
        receiver.take(rtp_packet(static_cast<std::uint16_t>(sequence), to_bytes(std::string(1, letter)), ssrc), now);
        now += 1ms;
    }
    ArrivalTime now{1s};
    std::string got;
    std::vector<ArrivalTime> arrivals;
    RtpReceiver receiver{[this](std::span<const std::byte> payload, ArrivalTime arrival) {
                             got += static_cast<char>(payload[0]);
                             arrivals.push_back(arrival);
                         },
                         [this] { got += '|'; }};
};

}  // namespace

TEST_CASE("packets in order pass at once, over the wrap of the sequence number too", "[rtp]") {
    RtpWorld world;
    for (int i = 0; i < 20; ++i) world.send(65'526 + i, static_cast<char>('a' + i));
    CHECK(world.got == "abcdefghijklmnopqrst");
    CHECK_FALSE(world.receiver.waiting());
    const auto& statistics = world.receiver.statistics();
    CHECK(statistics.received == 20);
    CHECK(statistics.lost + statistics.late + statistics.reordered + statistics.duplicates + statistics.restarts == 0);
}

TEST_CASE("packets out of order are put back, and their times do not go back", "[rtp]") {
    RtpWorld world;
    for (const int i : {0, 1, 4, 3, 2, 6, 5, 7}) world.send(i, static_cast<char>('a' + i));
    CHECK(world.got == "abcdefgh");
    CHECK(world.receiver.statistics().reordered == 3);
    CHECK(world.receiver.statistics().lost == 0);
    CHECK(std::is_sorted(world.arrivals.begin(), world.arrivals.end()));
}

TEST_CASE("a gap is lost after a window of later packets", "[rtp]") {
    RtpWorld same;
    same.send(0, 'a');
    const ArrivalTime now = same.now;
    for (int i = 0; i <= static_cast<int>(RtpReceiver::kWindow); ++i) {
        CHECK(same.receiver.statistics().lost == 0);
        same.send(3 + i, 'x');
        same.now = now;  // time stands still: only the window counts
    }
    CHECK(same.receiver.statistics().lost == 2);
    CHECK(same.got == "a" + std::string(RtpReceiver::kWindow + 1, 'x'));
}

TEST_CASE("a gap is lost when it has been waited for long enough, packets or not", "[rtp]") {
    RtpWorld world;
    world.send(0, 'a');
    world.send(2, 'c');
    CHECK(world.receiver.waiting());
    world.receiver.pass_time(world.now + RtpReceiver::kPatience - 2ms);
    CHECK(world.got == "a");
    world.receiver.pass_time(world.now + RtpReceiver::kPatience);
    CHECK(world.got == "ac");
    CHECK_FALSE(world.receiver.waiting());
    CHECK(world.receiver.statistics().lost == 1);
    world.send(1, 'b');  // too late
    CHECK(world.got == "ac");
    CHECK(world.receiver.statistics().late == 1);
    CHECK(world.receiver.statistics().duplicates == 0);
}

TEST_CASE("duplicates are counted and dropped, delivered or still held", "[rtp]") {
    RtpWorld world;
    for (const int i : {0, 1, 1, 0, 3, 3, 2, 3}) world.send(i, static_cast<char>('a' + i));
    CHECK(world.got == "abcd");
    CHECK(world.receiver.statistics().duplicates == 4);
}

TEST_CASE("another sender takes over with its second packet", "[rtp]") {
    RtpWorld world;
    world.send(10, 'a');
    world.send(12, 'c');  // waits for 11
    world.send(500, 'x', 2);
    CHECK(world.got == "a");
    world.send(501, 'y', 2);
    CHECK(world.got == "ac|xy");
    CHECK(world.receiver.statistics().restarts == 1);
    CHECK(world.receiver.statistics().lost == 1);
    world.send(502, 'z', 2);
    CHECK(world.got == "ac|xyz");
}

TEST_CASE("a jump of the sequence is a restart once confirmed, a stray packet is not", "[rtp]") {
    RtpWorld world;
    world.send(0, 'a');
    world.send(20'000, 'x');
    world.send(1, 'b');
    world.send(7, 'y', 9);
    world.send(2, 'c');
    CHECK(world.got == "abc");
    CHECK(world.receiver.statistics().foreign == 2);
    world.send(40'000, 'm');
    world.send(40'001, 'n');
    CHECK(world.got == "abc|mn");
    CHECK(world.receiver.statistics().restarts == 1);
    CHECK(world.receiver.statistics().lost == 0);
}

TEST_CASE("jitter follows RFC 3550", "[rtp]") {
    RtpWorld world;
    // Timestamps 20 ms apart, arrivals 20 and 30 ms apart in turn: |D| = 0, 10, 0, 10 …
    double expected = 0;
    for (int i = 0; i < 40; ++i) {
        world.receiver.take(
            rtp_packet(static_cast<std::uint16_t>(i), to_bytes("x"), 1, static_cast<std::uint32_t>(i) * 1800),
            world.now);
        if (i > 0) expected += ((i % 2 == 0 ? 10.0 : 0.0) - expected) / 16;
        world.now += i % 2 == 0 ? 20ms : 30ms;
    }
    CHECK(world.receiver.statistics().jitter_ms == Approx(expected));
}

TEST_CASE("garbage is counted as malformed", "[rtp]") {
    RtpWorld world;
    CHECK_FALSE(world.receiver.take(to_bytes("garbage"), world.now));
    CHECK(world.receiver.statistics().malformed == 1);
    CHECK(world.receiver.statistics().received == 0);
}

TEST_CASE("what the fuzzer found stays fixed", "[rtp]") {
    const auto read = [](const std::string& bytes) {
        CHECK(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) == 0);
    };
    CHECK(sightline::tests::replay("rtp", read) > 0);
}
