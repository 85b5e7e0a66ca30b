// SPDX-License-Identifier: Apache-2.0
#include "probe/rtp_packet.hpp"

#include "tests/catch.hpp"
#include "tests/rtp_packets.hpp"

using sightline::probe::is_rtp_with_ts;
using sightline::probe::parse_rtp;
using sightline::tests::Bytes;
using sightline::tests::rtp_packet;
using sightline::tests::to_bytes;
using sightline::tests::ts_packets;

namespace {

Bytes payload_of(const Bytes& datagram) {
    const auto packet = parse_rtp(datagram);
    if (!packet) FAIL(packet.error().message);
    return {packet->payload.begin(), packet->payload.end()};
}

std::string refusal(const Bytes& datagram) {
    const auto packet = parse_rtp(datagram);
    return packet ? "" : packet.error().message;
}

}  // namespace

TEST_CASE("a plain RTP header is read", "[rtp]") {
    Bytes datagram = rtp_packet(0xABCD, to_bytes("payload"), 0xDEADBEEF, 0x01020304);
    datagram[1] |= std::byte{0x80};
    const auto packet = parse_rtp(datagram);
    REQUIRE(packet);
    CHECK(packet->marker);
    CHECK(packet->payload_type == 33);
    CHECK(packet->sequence == 0xABCD);
    CHECK(packet->timestamp == 0x01020304);
    CHECK(packet->ssrc == 0xDEADBEEF);
    CHECK(payload_of(datagram) == to_bytes("payload"));
}

TEST_CASE("CSRCs, header extension and padding are not payload", "[rtp]") {
    Bytes datagram = rtp_packet(1, {});
    datagram[0] = std::byte{0x80 | 0x20 | 0x10 | 2};
    const Bytes csrcs(8, std::byte{0xCC});
    const Bytes extension{std::byte{0xBE}, std::byte{0xDE}, std::byte{0}, std::byte{1},
                          std::byte{1},    std::byte{2},    std::byte{3}, std::byte{4}};
    datagram.insert(datagram.end(), csrcs.begin(), csrcs.end());
    datagram.insert(datagram.end(), extension.begin(), extension.end());
    const Bytes body = to_bytes("body");
    datagram.insert(datagram.end(), body.begin(), body.end());
    const Bytes padding{std::byte{0}, std::byte{0}, std::byte{3}};
    datagram.insert(datagram.end(), padding.begin(), padding.end());
    CHECK(payload_of(datagram) == body);
}

TEST_CASE("what breaks the header's rules is refused", "[rtp]") {
    const Bytes good = rtp_packet(1, to_bytes("ab"));
    CHECK(refusal({}) == "shorter than an RTP header");
    CHECK(refusal(Bytes(good.begin(), good.begin() + 11)) == "shorter than an RTP header");
    CHECK(refusal(ts_packets(7, 0)) == "not RTP version 2");
    Bytes csrcs = good;
    csrcs[0] |= std::byte{15};
    CHECK(refusal(csrcs) == "ends inside the RTP header");
    Bytes extension = good;
    extension[0] |= std::byte{0x10};
    CHECK(refusal(extension) == "ends inside the RTP header extension");
    Bytes padding = good;
    padding[0] |= std::byte{0x20};
    padding.back() = std::byte{3};
    CHECK(refusal(padding) == "RTP padding longer than the payload");
    padding.back() = std::byte{0};
    CHECK(refusal(padding) == "RTP padding longer than the payload");
    padding.back() = std::byte{2};
    CHECK(payload_of(padding).empty());
}

TEST_CASE("RTP with MPEG-TS is told from bare MPEG-TS and from anything else", "[rtp]") {
    CHECK(is_rtp_with_ts(rtp_packet(1, ts_packets(7, 0))));
    CHECK_FALSE(is_rtp_with_ts(ts_packets(7, 0)));
    CHECK_FALSE(is_rtp_with_ts(rtp_packet(1, ts_packets(7, 0), 1, 0, 96)));
    CHECK_FALSE(is_rtp_with_ts(rtp_packet(1, to_bytes("no transport stream"))));
    CHECK_FALSE(is_rtp_with_ts(rtp_packet(1, {})));
    CHECK_FALSE(is_rtp_with_ts({}));
}
