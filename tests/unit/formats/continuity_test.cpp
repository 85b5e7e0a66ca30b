// SPDX-License-Identifier: Apache-2.0
// Continuity errors against a second count, made in another way: whole packets sorted by PID first, then compared as
// neighbours, with runs of copies counted by length.
#include <cstring>
#include <map>
#include <random>

#include "tests/catch.hpp"
#include "tests/ts_builder.hpp"
#include "tests/unit/formats/inspect.hpp"

namespace sightline::formats::ts {
namespace {

using testing::Bytes;
using testing::PacketFields;
using testing::TsBuilder;

using Copy = std::vector<unsigned char>;

bool flag(const Copy& packet, int bit) {
    return (packet[3] & 0x20) != 0 && packet[4] > 0 && (packet[5] & bit) != 0;
}

/// The packet with its PCR blanked.
Copy without_pcr(Copy packet) {
    if (flag(packet, 0x10) && packet[4] >= 7) std::fill(packet.begin() + 6, packet.begin() + 12, 0);
    return packet;
}

std::map<int, std::uint64_t> count_independently(const Bytes& bytes) {
    std::map<int, std::vector<Copy>> by_pid;
    for (std::size_t at = 0; at + 188 <= bytes.size(); at += 188) {
        Copy packet(188);
        std::memcpy(packet.data(), bytes.data() + at, 188);
        const int pid = (packet[1] % 32) * 256 + packet[2];
        if (pid != 8191 && packet[1] < 0x80) by_pid[pid].push_back(std::move(packet));
    }
    std::map<int, std::uint64_t> errors;
    for (const auto& [pid, packets] : by_pid) {
        std::uint64_t& count = errors[pid];
        std::size_t copies = 1;
        for (std::size_t i = 1; i < packets.size(); ++i) {
            const Copy& before = packets[i - 1];
            const Copy& now = packets[i];
            const bool payload = (now[3] & 0x10) != 0;
            const bool same = payload && without_pcr(before) == without_pcr(now);
            copies = same ? copies + 1 : 1;
            if (flag(now, 0x80)) {
                copies = 1;
                continue;
            }
            const int step = (now[3] % 16 - before[3] % 16 + 16) % 16;
            const bool fine = payload ? step == 1 || (same && copies == 2) : step == 0;
            if (!fine) ++count;
        }
    }
    return errors;
}

void compare(const Bytes& bytes) {
    const auto truth = count_independently(bytes);
    for (const std::size_t block : {188U, 1000U, 65'536U}) {
        const Inspected seen = inspect(bytes, file_options(), block);
        std::uint64_t total = 0;
        for (const PidReport& pid : seen.report.pids) {
            INFO("PID " << pid.pid << ", blocks of " << block);
            const auto expected = truth.find(pid.pid);
            CHECK(pid.continuity_errors == (expected == truth.end() ? 0 : expected->second));
            total += pid.continuity_errors;
        }
        CHECK(seen.report.continuity_errors == total);
    }
}

TEST_CASE("Continuity: counters wrap, one copy is legal, a second is not") {
    TsBuilder ts;
    ts.payload(0x100, 40);
    CHECK(inspect(ts.bytes).report.continuity_errors == 0);
    ts.repeat_last();
    ts.payload(0x100, 3);
    CHECK(inspect(ts.bytes).report.continuity_errors == 0);
    ts.repeat_last();
    ts.repeat_last();
    ts.payload(0x100, 3);
    CHECK(inspect(ts.bytes).report.continuity_errors == 1);
    compare(ts.bytes);
}

TEST_CASE("Continuity: a copy is legal again after a whole turn of the counter") {
    TsBuilder ts;
    ts.payload(0x100, 5);
    ts.repeat_last();
    for (int turn = 0; turn < 3; ++turn) {
        ts.payload(0x100, 16);
        ts.repeat_last();
    }
    CHECK(inspect(ts.bytes).report.continuity_errors == 0);
    compare(ts.bytes);
}

TEST_CASE("Continuity: a copy may differ in its PCR only") {
    TsBuilder ts;
    std::array<std::byte, 100> body{};
    ts.payload(0x100, 5);
    ts.add({.pid = 0x100, .pcr = 1000, .payload = body});
    ts.add({.pid = 0x100, .pcr = 2000, .counter = 5, .payload = body});
    ts.payload(0x100, 5);
    CHECK(inspect(ts.bytes).report.continuity_errors == 0);
    body[50] = std::byte{1};
    ts.add({.pid = 0x100, .pcr = 3000, .counter = 10, .payload = body});
    ts.payload(0x100, 5);
    CHECK(inspect(ts.bytes).report.continuity_errors == 1);
    compare(ts.bytes);
}

TEST_CASE("Continuity: packets without payload repeat the counter") {
    TsBuilder ts;
    ts.payload(0x100, 5);
    ts.clock(0x100, 5000);
    ts.clock(0x100, 6000);
    ts.payload(0x100, 5);
    CHECK(inspect(ts.bytes).report.continuity_errors == 0);
    ts.add({.pid = 0x100, .adaptation_only = true, .pcr = 7000, .counter = 10});  // counts on
    ts.payload(0x100, 1);
    CHECK(inspect(ts.bytes).report.continuity_errors == 2);
    compare(ts.bytes);
}

TEST_CASE("Continuity: announced jumps, null packets and packets with errors are not judged") {
    TsBuilder ts;
    const std::array<std::byte, 184> body{};
    ts.payload(0x100, 5);
    ts.add({.pid = 0x100, .discontinuity = true, .counter = 12, .payload = body});
    ts.payload(0x100, 5);
    for (const int counter : {3, 9, 9, 9, 1}) ts.add({.pid = 0x1FFF, .counter = counter, .payload = body});
    ts.add({.pid = 0x100, .transport_error = true, .counter = 9, .payload = body});
    ts.set_counter(0x100, 12 + 6);
    ts.payload(0x100, 5);
    const Inspected seen = inspect(ts.bytes);
    CHECK(seen.report.continuity_errors == 0);
    CHECK(seen.report.transport_errors == 1);
    compare(ts.bytes);
}

TEST_CASE("Continuity: after an error the count goes on from what came") {
    TsBuilder ts;
    ts.payload(0x100, 5);
    ts.set_counter(0x100, 9);
    ts.payload(0x100, 20);
    const Inspected seen = inspect(ts.bytes);
    CHECK(seen.report.continuity_errors == 1);
    const auto events = seen.occurrences("ts.continuity");
    REQUIRE(events.size() == 1);
    CHECK(events[0].pid == 0x100);
    CHECK(events[0].detail == "counter 9 where 5 was due");
}

TEST_CASE("Continuity counts equal an independent count on streams with every kind of fault") {
    for (unsigned seed = 1; seed <= 8; ++seed) {
        std::mt19937 random(seed);
        const auto dice = [&](unsigned sides) { return static_cast<int>(random() % sides); };
        TsBuilder ts;
        Bytes earlier;
        for (int i = 0; i < 6000; ++i) {
            const int pid = 0x100 + dice(7);
            const std::array<std::byte, 184> body{static_cast<std::byte>(dice(3))};
            const std::span<const std::byte> part(body.data(), static_cast<std::size_t>(1 + dice(184)));
            switch (dice(60)) {
                case 0:
                    ts.repeat_last();
                    break;
                case 1:
                    ts.repeat_last(), ts.repeat_last();
                    break;
                case 2:
                    ts.repeat_last(), ts.repeat_last(), ts.repeat_last();
                    break;
                case 3:
                    ts.set_counter(pid, dice(16));
                    break;
                case 4:
                    ts.clock(pid, i * 1000, dice(3) == 0);
                    break;
                case 5:
                    ts.add({.pid = pid, .discontinuity = true, .counter = dice(16), .payload = part});
                    break;
                case 6:
                    ts.add({.pid = pid, .transport_error = true, .counter = dice(16), .payload = part});
                    break;
                case 7:
                    ts.add({.pid = 0x1FFF, .counter = dice(16), .payload = body});
                    break;
                case 8:
                    ts.add({.pid = pid, .adaptation_only = true, .counter = dice(16)});
                    break;
                case 9:
                    ts.add({.pid = pid, .pcr = i * 999, .payload = part});
                    break;
                case 10: {  // the newest packet once more, with another PCR
                    Bytes last(ts.bytes.end() - 188, ts.bytes.end());
                    if ((last[3] & std::byte{0x20}) != std::byte{0} && last[4] >= std::byte{7}) last[8] ^= std::byte{1};
                    testing::append(ts.bytes, last);
                    break;
                }
                case 11:  // out of order
                    if (ts.packets() > 2)
                        std::swap_ranges(ts.bytes.end() - 376, ts.bytes.end() - 188, ts.bytes.end() - 188);
                    break;
                case 12:  // splice: a piece of the past again
                    if (earlier.size() > 2000) testing::append(ts.bytes, std::span(earlier).first(188 * 9));
                    earlier = ts.since(ts.bytes.size() / 376 * 188);
                    break;
                default:
                    ts.add({.pid = pid, .payload = dice(5) == 0 ? part : std::span<const std::byte>(body)});
            }
            if (i == 3000) ts.bytes.resize(ts.bytes.size() - 188 * 5);  // lost
        }
        INFO("seed " << seed);
        compare(ts.bytes);
        CHECK(inspect(ts.bytes).report.continuity_errors > 100);
    }
}

}  // namespace
}  // namespace sightline::formats::ts
