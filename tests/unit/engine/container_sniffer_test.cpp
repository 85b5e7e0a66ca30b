// SPDX-License-Identifier: Apache-2.0
#include "engine/container_sniffer.hpp"

#include <string>

#include "tests/catch.hpp"

using sightline::engine::kSniffBytes;
using sightline::engine::sniff_container;
using sightline::probe::Container;

namespace {

std::string packets(int count, std::size_t size) {
    std::string out;
    for (int i = 0; i < count; ++i) out += 'G' + std::string(size - 1, '\xFF');
    return out;
}

std::optional<Container> sniff(const std::string& text, bool last = false) {
    return sniff_container(std::as_bytes(std::span(text)), last);
}

}  // namespace

TEST_CASE("Five sync bytes at a packet's distance are a transport stream, whatever the packet size",
          "[container_sniffer]") {
    for (const std::size_t size : {188, 192, 204}) {
        CAPTURE(size);
        CHECK(sniff(packets(4, size) + "G") == Container::MpegTs);
        CHECK(sniff(packets(4, size)) == std::nullopt);
    }
}

TEST_CASE("Junk before the first packet, sync bytes in it too, does not matter", "[container_sniffer]") {
    CHECK(sniff(std::string(1'000, 'H') + "GG" + packets(5, 188)) == Container::MpegTs);
    CHECK(sniff(std::string("....G") + std::string(90, 'x') + packets(5, 188)) == Container::MpegTs);
}

TEST_CASE("Other formats are told by their first bytes at once", "[container_sniffer]") {
    for (const std::string& head :
         {std::string("FLV\1\5"), std::string("\x1A\x45\xDF\xA3"), std::string("RIFF"), std::string("ID3"),
          std::string("\0\0\0\x1C"
                      "ftypisom",
                      12),
          std::string("\0\0\0\x18styp", 8), std::string("\0\0\0\x18moov", 8)}) {
        CAPTURE(head);
        CHECK(sniff(head + std::string(20, ' ')) == Container::Unknown);
        CHECK(sniff(head + packets(10, 188)) == Container::Unknown);  // even around a transport stream
    }
}

TEST_CASE("Bytes that say nothing are waited for, but not for ever", "[container_sniffer]") {
    CHECK(sniff("") == std::nullopt);
    CHECK(sniff("short") == std::nullopt);
    CHECK(sniff(std::string(kSniffBytes - 1, 'x')) == std::nullopt);
    CHECK(sniff(std::string(kSniffBytes, 'x')) == Container::Unknown);
    CHECK(sniff("", true) == Container::Unknown);
    CHECK(sniff("short", true) == Container::Unknown);
}

TEST_CASE("A very short recording is a transport stream if all its packets are in step", "[container_sniffer]") {
    CHECK(sniff(packets(1, 188), true) == Container::MpegTs);
    CHECK(sniff(packets(3, 188), true) == Container::MpegTs);
    CHECK(sniff(packets(3, 188)) == std::nullopt);
    CHECK(sniff("x" + packets(3, 188), true) == Container::Unknown);
    CHECK(sniff(packets(1, 188).substr(0, 187), true) == Container::Unknown);
}
