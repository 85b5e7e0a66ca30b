// SPDX-License-Identifier: Apache-2.0
#include "engine/ts_start.hpp"

#include <string>

#include "fuzz/evidence_targets.hpp"
#include "tests/catch.hpp"
#include "tests/fuzz_replay.hpp"

using namespace sightline;
using engine::ts_start;

namespace {

constexpr int kPmt = 4096, kVideo = 256, kAudio = 257, kNull = 0x1FFF;
constexpr bool kUnit = true, kKey = true;

/// One packet; `mark` stands in its payload.
std::vector<std::byte> packet(int pid, char mark, bool unit = false, bool key = false) {
    std::vector<std::byte> out(188, static_cast<std::byte>(mark));
    out[0] = std::byte{0x47};
    out[1] = static_cast<std::byte>((unit ? 0x40 : 0) | pid >> 8);
    out[2] = static_cast<std::byte>(pid & 0xFF);
    out[3] = key ? std::byte{0x30} : std::byte{0x10};
    if (key) {
        out[4] = std::byte{1};
        out[5] = std::byte{0x40};
    }
    return out;
}

struct Bytes {
    Bytes& operator<<(const std::vector<std::byte>& more) {
        all.insert(all.end(), more.begin(), more.end());
        return *this;
    }
    std::vector<std::byte> all;
};

/// The marks of packets, by their last byte.
std::string marks(std::span<const std::byte> bytes) {
    std::string out;
    for (std::size_t at = 187; at < bytes.size(); at += 188) out += static_cast<char>(bytes[at]);
    return out;
}

const engine::TsTracks kTracks{{kVideo, kAudio}, kVideo};

Bytes stream() {
    Bytes bytes;
    bytes << packet(0, 'A', kUnit) << packet(kPmt, 'B', kUnit) << packet(kVideo, 'c', kUnit) << packet(0, 'D', kUnit)
          << packet(kPmt, 'E', kUnit) << packet(kVideo, 'f') << packet(kNull, 'g') << packet(kAudio, 'h', kUnit)
          << packet(0, 'I', kUnit) << packet(kVideo, 'j', kUnit) << packet(kPmt, 'K', kUnit) << packet(kAudio, 'l')
          << packet(kVideo, 'M', kUnit, kKey) << packet(kVideo, 'n');
    return bytes;
}

}  // namespace

TEST_CASE("A cut begins with the tables before the key frame and then with the key frame itself") {
    const Bytes bytes = stream();
    for (const std::size_t wanted : {9U, 10U, 11U, 12U}) {
        const auto start = ts_start(bytes.all, wanted * 188, kTracks, {});
        CHECK(start.begin == 12 * 188);
        CHECK(marks(start.tables) == "DEIK");
    }
    // Between packets: from the next one on.
    CHECK(ts_start(bytes.all, 11 * 188 + 7, kTracks, {}).begin == 12 * 188);
}

TEST_CASE("Bytes that begin within a packet are cut at packets") {
    Bytes bytes;
    bytes << std::vector<std::byte>(77, std::byte{0x47}) << stream().all;
    const auto start = ts_start(bytes.all, 77 + 10 * 188, kTracks, {});
    CHECK(start.begin == 77 + 12 * 188);
    CHECK(marks(start.tables) == "DEIK");
}

TEST_CASE("Where the encoder marks no key frames, or there is no picture, the cut is where it was wanted") {
    Bytes bytes = stream();
    bytes.all[12 * 188 + 5] = std::byte{0};
    CHECK(ts_start(bytes.all, 9 * 188, kTracks, {}).begin == 9 * 188);
    CHECK(ts_start(bytes.all, 9 * 188 + 1, kTracks, {}).begin == 10 * 188);
    CHECK(marks(ts_start(bytes.all, 9 * 188, kTracks, {}).tables) == "DEI");
    CHECK(ts_start(stream().all, 9 * 188, {{kAudio}, {}}, {}).begin == 9 * 188);
}

TEST_CASE("What is no transport stream, or too short to tell, is cut where it was wanted") {
    for (const std::size_t size : {0U, 1U, 188U, 500U, 5'000U}) {
        const std::vector<std::byte> junk(size, std::byte{0x11});
        for (const std::size_t wanted : {std::size_t{0}, size / 2, size, size + 10}) {
            const auto start = ts_start(junk, wanted, kTracks, {});
            CHECK(start.begin == wanted);
            CHECK(start.tables.empty());
        }
    }
}

TEST_CASE("Of several key frames it is the one with the wanted time, however late it comes") {
    constexpr std::int64_t kTurn = std::int64_t{1} << 33, kTime = kTurn - 4'321;
    const auto timed = [](std::int64_t pts) {
        auto out = packet(kVideo, 'T', kUnit, kKey);
        const std::int64_t marker = 1;
        const std::int64_t pes[] = {0,         0,
                                    1,         0xE0,
                                    0,         0,
                                    0x80,      0x80,
                                    5,         0x20 | (pts >> 30) << 1 | marker,
                                    pts >> 22, (pts >> 15) << 1 | marker,
                                    pts >> 7,  pts << 1 | marker};
        for (std::size_t n = 0; n < std::size(pes); ++n) out[6 + n] = static_cast<std::byte>(pes[n] & 0xFF);
        return out;
    };
    Bytes bytes = stream();
    bytes << timed(kTime - 90'000) << packet(kAudio, 'x') << timed(kTime) << timed(kTime + 90'000);
    for (const std::int64_t turns : {0, 1, -1}) {
        const auto start = ts_start(bytes.all, 9 * 188, kTracks, kTime + turns * kTurn);
        CHECK(start.exact);
        CHECK(start.begin == 16 * 188);
        CHECK(marks(start.tables) == "DEIK");
    }
    CHECK_FALSE(ts_start(bytes.all, 9 * 188, kTracks, 77).exact);
    CHECK(ts_start(bytes.all, 9 * 188, kTracks, 77).begin == 12 * 188);
    CHECK_FALSE(ts_start(bytes.all, 17 * 188, kTracks, kTime).exact);
}

TEST_CASE("Finds of the fuzzer of cuts are replayed") {
    const auto read = [](const std::string& bytes) {
        fuzz::ts_start({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    };
    CHECK(tests::replay("ts_start", read) > 0);
}
