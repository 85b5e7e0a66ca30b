// SPDX-License-Identifier: Apache-2.0
#include "testdata/ts_mux.hpp"

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "testdata/continuity_count.hpp"
#include "testdata/psi_sections.hpp"
#include "tests/catch.hpp"

namespace sightline::testdata {
namespace {

using core::PtsTicks;

std::vector<Track> picture_and_sound() {
    Track video;
    video.video = true;
    video.codec = Codec::H264;
    Track audio;
    audio.codec = Codec::Mp2;
    audio.sample_rate = 48'000;
    audio.channels = 2;
    audio.language = "eng";
    return {video, audio};
}

/// One second of units of the given size: 25 pictures, 48 sound frames of 20 ms.
std::vector<TsPacket> mux_second(TsSettings settings, std::size_t size, std::vector<Fault> faults = {}) {
    auto mux = TsMux::open(settings, picture_and_sound(), std::move(faults));
    REQUIRE(mux);
    std::vector<TsPacket> out;
    std::int64_t sound = 0;
    for (std::int64_t frame = 0; frame < 25; ++frame) {
        AccessUnit unit;
        unit.pts = unit.dts = PtsTicks{frame * 3600};
        unit.duration = PtsTicks{3600};
        unit.key = frame % 10 == 0;
        unit.data.assign(size, 0x55);
        (*mux)->push(unit, frame == 5 ? 42 : -1, out);
        for (; sound * 1800 <= frame * 3600 + 1800; ++sound) {
            AccessUnit frame_of_sound;
            frame_of_sound.track = 1;
            frame_of_sound.pts = frame_of_sound.dts = PtsTicks{sound * 1800};
            frame_of_sound.duration = PtsTicks{1800};
            frame_of_sound.data.assign(384, 0xaa);
            (*mux)->push(frame_of_sound, -1, out);
        }
    }
    (*mux)->flush(out);
    return out;
}

std::int64_t pcr_of(const TsPacket& packet) {
    const auto& b = packet.bytes;
    const std::int64_t base = (std::int64_t{b[6]} << 25) | (b[7] << 17) | (b[8] << 9) | (b[9] << 1) | (b[10] >> 7);
    return base * 300 + (((b[10] & 1) << 8) | b[11]);
}

TEST_CASE("Packets rise in time, counters in step, and every unit's size comes back") {
    for (const std::size_t size : {1U, 150U, 157U, 158U, 162U, 163U, 184U, 1000U, 20'000U}) {
        const auto packets = mux_second({}, size);
        ContinuityCount count;
        std::map<int, std::size_t> payload;
        core::Duration last = packets.front().time;
        for (const TsPacket& packet : packets) {
            REQUIRE(packet.bytes[0] == 0x47);
            REQUIRE(packet.time >= last);
            last = packet.time;
            count.feed(packet.bytes);
            if ((packet.bytes[3] & 0x10) == 0) continue;
            const std::size_t adaptation = (packet.bytes[3] & 0x20) != 0 ? packet.bytes[4] + std::size_t{1} : 0;
            payload[packet.pid()] += 184 - adaptation;
        }
        INFO(size);
        for (const int pid : {0, 17, 256, 257, 4096}) CHECK(count.errors(pid) == 0);
        CHECK(payload[256] == 25 * (14 + size));
        CHECK(payload[257] == 50 * (14 + 384));
    }
}

TEST_CASE("PCR comes every 40 ms at least, follows sending time and wraps at 33 bits") {
    TsSettings settings;
    settings.start_pts = PtsTicks{(std::int64_t{1} << 33) - 45'000};
    constexpr std::int64_t kWrap = (std::int64_t{1} << 33) * 300;
    std::int64_t last = -1;
    core::Duration last_time{0};
    bool wrapped = false;
    for (const TsPacket& packet : mux_second(settings, 3000)) {
        if (!packet.has_pcr()) continue;
        const std::int64_t pcr = pcr_of(packet);
        if (last >= 0) {
            wrapped = wrapped || pcr < last;
            const std::int64_t step = (pcr - last + kWrap) % kWrap;
            REQUIRE(step <= 27 * 40'000);
            REQUIRE(step == Approx(static_cast<double>((packet.time - last_time).count()) * 0.027).margin(1.5));
        }
        last = pcr;
        last_time = packet.time;
    }
    CHECK(wrapped);
}

TEST_CASE("A unit's mark is on its last packet alone") {
    int marks = 0;
    for (const TsPacket& packet : mux_second({}, 3000)) {
        if (packet.mark < 0) continue;
        ++marks;
        CHECK(packet.mark == 42);
        CHECK(packet.pid() == 256);
        CHECK(packet.time == std::chrono::milliseconds(200));
    }
    CHECK(marks == 1);
}

TEST_CASE("A PAT that may start a segment stands before each key frame") {
    int starts = 0;
    for (const TsPacket& packet : mux_second({}, 3000)) starts += packet.segment_may_start ? 1 : 0;
    CHECK(starts == 3);
}

TEST_CASE("A constant rate is constant, and its clock still true") {
    TsSettings settings;
    settings.mux_rate_bps = 3'000'000;
    const auto packets = mux_second(settings, 8000);
    std::size_t nulls = 0;
    const TsPacket* last_pcr = nullptr;
    std::size_t last_index = 0;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        nulls += packets[i].pid() == 8191 ? 1U : 0U;
        if (!packets[i].has_pcr()) continue;
        if (last_pcr != nullptr) {
            const double expected = static_cast<double>((i - last_index) * kPacketSize * 8) / 3e6 * 27e6;
            REQUIRE(static_cast<double>(pcr_of(packets[i]) - pcr_of(*last_pcr)) == Approx(expected).margin(2));
        }
        last_pcr = &packets[i];
        last_index = i;
    }
    CHECK(nulls > 100);
}

TEST_CASE("Services carry the same units on their own PIDs") {
    TsSettings settings;
    settings.services = 3;
    std::map<int, int> packets;
    for (const TsPacket& packet : mux_second(settings, 3000)) ++packets[packet.pid()];
    CHECK(packets[256] == packets[288]);
    CHECK(packets[257] == packets[321]);
    CHECK(packets[4096] == packets[4098]);
}

TEST_CASE("PIDs move where the schedule says so, whole units at a time") {
    const auto packets =
        mux_second({}, 3000, {*parse_fault("es-pids@0.5:shift=64"), *parse_fault("pmt-pid@0.5:shift=7")});
    std::map<int, int> seen;
    ContinuityCount count;
    for (const TsPacket& packet : packets) {
        if (!seen.contains(packet.pid()) && packet.role == PacketRole::Video && (packet.bytes[3] & 0x10) != 0) {
            CHECK((packet.bytes[1] & 0x40) != 0);  // a new PID begins with a new unit
        }
        ++seen[packet.pid()];
        count.feed(packet.bytes);
    }
    for (const int pid : {256, 257, 320, 321, 4096, 4103}) {
        INFO(pid);
        CHECK(seen[pid] > 0);
        CHECK(count.errors(pid) == 0);
    }
}

TEST_CASE("Sections end with a CRC that makes them whole") {
    const auto tracks = picture_and_sound();
    for (const auto& section : {make_pat({4096}, 0), make_pmt(1, tracks, {256, 257}, 3), make_sdt("Name", 2)}) {
        CHECK(crc32_mpeg(section) == 0);
        CHECK(((section[1] & 0x0f) << 8 | section[2]) == static_cast<int>(section.size()) - 3);
    }
}

TEST_CASE("PCM is refused") {
    Track pcm;
    pcm.codec = Codec::Pcm;
    CHECK(TsMux::open({}, {pcm}, {}).error().message == "this codec has no place in a transport stream; use mkv");
}

}  // namespace
}  // namespace sightline::testdata
