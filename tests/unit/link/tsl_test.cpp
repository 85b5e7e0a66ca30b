// SPDX-License-Identifier: Apache-2.0
#include "link/tsl.hpp"

#include <initializer_list>
#include <string>
#include <vector>

#include "fuzz/tsl_targets.hpp"
#include "tests/catch.hpp"
#include "tests/fuzz_replay.hpp"

using namespace sightline::link;

namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes(std::initializer_list<unsigned> values) {
    Bytes out;
    for (const unsigned value : values) out.push_back(static_cast<std::byte>(value));
    return out;
}
Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}
Bytes text(std::string_view characters) {
    Bytes out;
    for (const char c : characters) out.push_back(static_cast<std::byte>(c));
    return out;
}
std::vector<TallyMessage> datagram(const Bytes& packet) {
    const auto read = decode_tsl_datagram(packet);
    INFO((read ? std::string() : read.error().message));
    REQUIRE(read);
    return *read;
}
std::vector<TallyMessage> stream(const Bytes& all, std::size_t block = 1000) {
    std::vector<TallyMessage> out;
    TslStream reader;
    for (std::size_t at = 0; at < all.size(); at += block) {
        reader.feed(std::span(all).subspan(at, std::min(block, all.size() - at)),
                    [&](TallyMessage message) { out.push_back(std::move(message)); });
    }
    return out;
}

// Written by hand from the description of the format. Address 5, lamps 1 and full brightness, "CAM 1" padded.
const Bytes kCam1 = bytes({0x85, 0x31}) + text("CAM 1           ");
// 16 bytes follow; version 0, no flags, screen 0; display 7, left lamp red and bright 3, "CAM2".
const Bytes kCam2 = bytes({0x0E, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07, 0x00, 0xD0, 0x00, 0x04, 0x00}) + text("CAM2");

}  // namespace

TEST_CASE("A 3.1 message is one display with its lamps, brightness and name", "[tsl]") {
    const auto read = datagram(kCam1);
    REQUIRE(read.size() == 1);
    CHECK(read[0].version == TslVersion::V31);
    CHECK(read[0].index == 5);
    CHECK(read[0].lamps == TallyLamps{true, false, false});
    CHECK(read[0].brightness == 3);
    CHECK(read[0].text == "CAM 1");
    CHECK(datagram(bytes({0x85, 0x32}) + text("CAM 1           "))[0].lamps == TallyLamps{false, true, false});
    CHECK(datagram(kCam1 + kCam1).size() == 2);
}

TEST_CASE("A 5.0 packet is read bare and wrapped, with and without its end mark", "[tsl]") {
    const Bytes wrapped = bytes({0xFE, 0x02}) + kCam2;
    for (const Bytes& packet : {kCam2, wrapped, wrapped + bytes({0xFE, 0x03})}) {
        const auto read = datagram(packet);
        REQUIRE(read.size() == 1);
        CHECK(read[0].version == TslVersion::V50);
        CHECK(read[0].index == 7);
        CHECK(read[0].lamps == TallyLamps{true, false, false});
        CHECK(read[0].brightness == 3);
        CHECK(read[0].text == "CAM2");
    }
}

TEST_CASE("A 5.0 packet may hold several displays, UTF-16 names and doubled DLE bytes", "[tsl]") {
    // Screen 0x00FE: its low byte is a DLE and comes twice in the wrapping. Display 1 green on the right, "É" in
    // UTF-16; display 2 amber text lamp, no name.
    const Bytes two = bytes({0x12, 0x00, 0x00, 0x01, 0xFE, 0x00, 0x01, 0x00, 0x02, 0x00,
                             0x02, 0x00, 0xC9, 0x00, 0x02, 0x00, 0x0C, 0x00, 0x00, 0x00});
    const Bytes wrapped = bytes({0xFE, 0x02, 0x12, 0x00, 0x00, 0x01, 0xFE, 0xFE, 0x00, 0x01, 0x00, 0x02, 0x00,
                                 0x02, 0x00, 0xC9, 0x00, 0x02, 0x00, 0x0C, 0x00, 0x00, 0x00, 0xFE, 0x03});
    for (const Bytes& packet : {two, wrapped}) {
        const auto read = datagram(packet);
        REQUIRE(read.size() == 2);
        CHECK(read[0].screen == 0xFE);
        CHECK(read[0].text == "\xC3\x89");
        CHECK(read[0].lamps == TallyLamps{false, true, false});
        CHECK(read[1].index == 2);
        CHECK(read[1].lamps == TallyLamps{false, false, true});
    }
}

TEST_CASE("Control packets change no lamp, and control data in a message ends the reading", "[tsl]") {
    CHECK(datagram(bytes({0x06, 0x00, 0x00, 0x02, 0x00, 0x00, 0x01, 0x02})).empty());
    CHECK(datagram(bytes({0x0A, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x80, 0x55, 0x55})).empty());
}

TEST_CASE("Address 126 of 3.1 looks like a wrapped packet and is not one", "[tsl]") {
    const Bytes message = bytes({0xFE, 0x02}) + text("CAM 126         ");
    const auto read = datagram(message);
    REQUIRE(read.size() == 1);
    CHECK(read[0].index == 126);
    CHECK(read[0].text == "CAM 126");
    CHECK(stream(message).size() == 1);
}

TEST_CASE("What is no tally is refused in words", "[tsl]") {
    struct Case {
        Bytes packet;
        const char* words;
    };
    const std::vector<Case> cases{
        {{}, "0 bytes are no TSL 3.1 or 5.0 packet"},
        {text("hello"), "5 bytes are no TSL 3.1 or 5.0 packet"},
        {bytes({0x0E, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07, 0x00, 0xD0, 0x00, 0x05, 0x00}) + text("CAM2"),
         "TSL 5.0: text of 5 bytes, 4 are left"},
        {bytes({0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00}), "TSL 5.0: a display message ends early"},
        {bytes({0xFE, 0x02, 0x20, 0x00, 0x00}), "TSL 5.0: a wrapped packet that ends early"},
        {bytes({0xFE, 0x02, 0x04, 0x00, 0x07, 0x00, 0x00, 0x00}), "TSL 5.0: version 7 is not 0"},
    };
    for (const Case& one : cases) {
        const auto read = decode_tsl_datagram(one.packet);
        REQUIRE_FALSE(read);
        CHECK(read.error().message == one.words);
    }
}

TEST_CASE("A TCP stream gives the same messages in any pieces and finds its way after garbage", "[tsl]") {
    const Bytes wrapped = bytes({0xFE, 0x02}) + kCam2 + bytes({0xFE, 0x03});
    const Bytes all = wrapped + kCam1 + text("garbage") + kCam2 + wrapped + wrapped + kCam1;
    const auto whole = stream(all);
    CHECK(whole.size() == 6);
    for (const std::size_t block : {1U, 2U, 17U}) CHECK(stream(all, block) == whole);
}

TEST_CASE("A wrapped packet that is cut short is dropped for the next one", "[tsl]") {
    const Bytes cut = bytes({0xFE, 0x02, 0x0E, 0x00, 0x00, 0x00});
    const Bytes wrapped = bytes({0xFE, 0x02}) + kCam2 + bytes({0xFE, 0x03});
    REQUIRE(stream(cut + wrapped).size() == 1);
    CHECK(stream(cut + wrapped)[0].text == "CAM2");
    CHECK(stream(cut + bytes({0xFE, 0x03}) + wrapped).size() == 1);
}

TEST_CASE("Tally that the fuzzer kept is read to its end", "[tsl]") {
    const auto read = [](const std::string& kept) { sightline::fuzz::read_tally(std::as_bytes(std::span(kept))); };
    CHECK(sightline::tests::replay("tsl", read) > 0);
    // And noise of many lengths, the same on every run.
    std::uint32_t seed = 1;
    for (std::size_t size = 0; size < 400; ++size) {
        Bytes noise(size);
        for (std::byte& b : noise) {
            seed = seed * 1664525U + 1013904223U;
            const unsigned wild = seed >> 24U;
            b = static_cast<std::byte>(wild < 60 ? 0xFE : wild < 120 ? wild % 4 : wild);
        }
        sightline::fuzz::read_tally(noise);
    }
}
