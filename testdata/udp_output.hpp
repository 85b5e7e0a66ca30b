// SPDX-License-Identifier: Apache-2.0
// MPEG-TS in UDP datagrams, plain or as RTP payload (RFC 2250, RFC 3550).
#pragma once

#include <cstdint>
#include <string>

#include "core/url.hpp"
#include "testdata/output.hpp"
#include "testdata/socket_address.hpp"

namespace sightline::testdata {

enum class UdpFraming : std::uint8_t { Plain, Rtp };

/// Address: udp://HOST:PORT[?ttl=N&interface=ADDRESS]; ttl and interface are for multicast.
class UdpOutput final : public Output {
public:
    UdpOutput(std::string to, core::Url url, UdpFraming framing, std::uint64_t seed);
    ~UdpOutput() override;
    UdpOutput(const UdpOutput&) = delete;
    UdpOutput& operator=(const UdpOutput&) = delete;
    [[nodiscard]] const std::string& name() const override { return to_; }
    [[nodiscard]] Feed feed() const override { return Feed::Packets; }
    [[nodiscard]] bool live() const override { return true; }
    [[nodiscard]] core::Result<void> open() override;
    [[nodiscard]] core::Result<void> write_packets(std::span<const TsPacket> packets, SentMarks& sent) override;

private:
    std::string to_;
    core::Url url_;
    UdpFraming framing_;
    SocketAddress address_;
    int socket_ = -1;
    std::uint16_t sequence_;
    std::uint32_t source_;  ///< RTP SSRC
    bool complained_ = false;
};

}  // namespace sightline::testdata
