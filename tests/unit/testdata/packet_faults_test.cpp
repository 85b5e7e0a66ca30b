// SPDX-License-Identifier: Apache-2.0
#include "testdata/packet_faults.hpp"

#include <string>
#include <vector>

#include "tests/catch.hpp"

namespace sightline::testdata {
namespace {

/// A packet every 10 ms on PID 256, counters in step, its number in the payload.
std::vector<TsPacket> steady(int count) {
    std::vector<TsPacket> packets;
    for (int i = 0; i < count; ++i) {
        TsPacket packet;
        packet.role = PacketRole::Video;
        packet.time = std::chrono::milliseconds(10) * i;
        packet.bytes.fill(static_cast<std::uint8_t>(i));
        packet.bytes[0] = 0x47;
        packet.bytes[1] = 1;
        packet.bytes[2] = 0;
        packet.bytes[3] = static_cast<std::uint8_t>(0x10 | (i & 15));
        packets.push_back(packet);
    }
    return packets;
}

struct Outcome {
    std::vector<TsPacket> packets;
    PidTruth truth;
};

Outcome with_faults(const std::vector<std::string>& faults, int count = 100, std::uint64_t seed = 1) {
    std::vector<Fault> schedule;
    for (const std::string& text : faults) schedule.push_back(*parse_fault(text));
    PacketFaults damage(schedule, seed, nullptr);
    Outcome outcome;
    for (const TsPacket& packet : steady(count)) damage.apply(packet, outcome.packets);
    damage.flush(outcome.packets);
    outcome.truth = damage.pids().at(256);
    return outcome;
}

TEST_CASE("No fault changes nothing") {
    const Outcome outcome = with_faults({});
    CHECK(outcome.packets.size() == 100);
    CHECK(outcome.truth.continuity_errors == 0);
}

TEST_CASE("Packets dropped in a row are one error; sixteen are none") {
    CHECK(with_faults({"drop@0.5"}).truth.continuity_errors == 1);
    const Outcome three = with_faults({"drop@0.5:pid=video,count=3"});
    CHECK(three.packets.size() == 97);
    CHECK(three.truth.dropped == 3);
    CHECK(three.truth.continuity_errors == 1);
    CHECK(with_faults({"drop@0.5:count=16"}).truth.continuity_errors == 0);
    CHECK(with_faults({"drop@0.2", "drop@0.5"}).truth.continuity_errors == 2);
}

TEST_CASE("One copy is legal, two are an error") {
    const Outcome one = with_faults({"duplicate@0.5"});
    CHECK(one.packets.size() == 101);
    CHECK(one.truth.continuity_errors == 0);
    CHECK(with_faults({"duplicate@0.5:copies=2"}).truth.continuity_errors == 1);
    CHECK(with_faults({"duplicate@0.5:copies=3"}).truth.continuity_errors == 2);
}

TEST_CASE("Swapped packets break the count three times") {
    const Outcome outcome = with_faults({"reorder@0.5"});
    CHECK(outcome.packets.size() == 100);
    CHECK(outcome.truth.reordered == 1);
    CHECK(outcome.packets[50].bytes[100] == 51);
    CHECK(outcome.packets[51].bytes[100] == 50);
    CHECK(outcome.truth.continuity_errors == 3);
}

TEST_CASE("A packet with an error indicator or a broken sync byte is as if it had not come") {
    const Outcome flagged = with_faults({"transport-error@0.5"});
    CHECK(flagged.truth.transport_errors == 1);
    CHECK(flagged.truth.continuity_errors == 1);
    const Outcome broken = with_faults({"sync-byte@0.5:count=2"});
    CHECK(broken.truth.sync_bytes_broken == 2);
    CHECK(broken.packets[50].bytes[0] != 0x47);
    CHECK(broken.truth.continuity_errors == 1);
}

TEST_CASE("Corruption and scrambling leave the counters alone") {
    const Outcome corrupt = with_faults({"corrupt@0.5:count=5"});
    CHECK(corrupt.truth.corrupted == 5);
    CHECK(corrupt.truth.continuity_errors == 0);
    CHECK(corrupt.packets[50].bytes != steady(51)[50].bytes);
    const Outcome scrambled = with_faults({"scramble@0.5+0.2"});
    CHECK(scrambled.truth.scrambled == 20);
    CHECK((scrambled.packets[50].bytes[3] & 0xc0) == 0x80);
    CHECK((scrambled.packets[70].bytes[3] & 0xc0) == 0);
    CHECK(scrambled.truth.continuity_errors == 0);
}

TEST_CASE("A rate is met on average and repeats with its seed") {
    const Outcome a = with_faults({"drop@0+100:rate=0.1"}, 10'000);
    const Outcome b = with_faults({"drop@0+100:rate=0.1"}, 10'000);
    const Outcome c = with_faults({"drop@0+100:rate=0.1"}, 10'000, 2);
    CHECK(static_cast<double>(a.truth.dropped) == Approx(1000).margin(120));
    CHECK(a.truth.dropped == b.truth.dropped);
    CHECK(a.truth.continuity_errors == b.truth.continuity_errors);
    CHECK(a.truth.dropped != c.truth.dropped);
}

TEST_CASE("Periodic faults come again") {
    CHECK(with_faults({"drop@0.1:every=200ms"}).truth.dropped == 5);
}

TEST_CASE("The count knows the standard's exceptions") {
    auto packets = steady(6);
    const auto errors = [&] {
        ContinuityCount count;
        for (const TsPacket& packet : packets) count.feed(packet.bytes);
        return count.errors(256);
    };
    SECTION("an adaptation field alone repeats the counter") {
        TsPacket alone = packets[2];
        alone.bytes[3] = static_cast<std::uint8_t>(0x20 | 2);
        alone.bytes[4] = 183;
        alone.bytes[5] = 0;
        packets.insert(packets.begin() + 3, alone);
        CHECK(errors() == 0);
        packets[3].bytes[3] = 0x20 | 3;  // and is an error if it does not
        CHECK(errors() == 2);
    }
    SECTION("discontinuity_indicator excuses any value") {
        for (std::size_t i = 3; i < 6; ++i) packets[i].bytes[3] = static_cast<std::uint8_t>(0x10 | (i + 5));
        CHECK(errors() == 1);
        packets[3].bytes[3] |= 0x20;
        packets[3].bytes[4] = 1;
        packets[3].bytes[5] = 0x80;
        CHECK(errors() == 0);
    }
    SECTION("a repetition may differ in its PCR and in nothing else") {
        packets[2].bytes[3] |= 0x20;
        packets[2].bytes[4] = 7;
        packets[2].bytes[5] = 0x10;
        TsPacket again = packets[2];
        again.bytes[8] ^= 1;
        packets.insert(packets.begin() + 3, again);
        CHECK(errors() == 0);
        packets[3].bytes[100] ^= 1;
        CHECK(errors() == 1);
    }
    SECTION("null packets are not judged") {
        for (TsPacket& packet : packets) {
            packet.bytes[1] = 0x1f;
            packet.bytes[2] = 0xff;
            packet.bytes[3] = 0x10;
        }
        ContinuityCount count;
        for (const TsPacket& packet : packets) count.feed(packet.bytes);
        CHECK(count.errors(8191) == 0);
    }
}

}  // namespace
}  // namespace sightline::testdata
