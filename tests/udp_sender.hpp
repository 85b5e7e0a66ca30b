// SPDX-License-Identifier: Apache-2.0
// A UDP socket that tests send from.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <span>
#include <stdexcept>
#include <string_view>

#include "net/address.hpp"

namespace sightline::tests {

/// Sends to one address; multicast leaves and comes back over the loopback interface.
class UdpSender {
public:
    explicit UdpSender(const net::Address& to) : to_(to), fd_(::socket(to.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        if (fd_ < 0) throw std::runtime_error("no UDP socket");
        const int loopback_index = 1;
        ip_mreqn four{};
        four.imr_ifindex = loopback_index;
        ::setsockopt(fd_, IPPROTO_IP, IP_MULTICAST_IF, &four, sizeof four);
        ::setsockopt(fd_, IPPROTO_IPV6, IPV6_MULTICAST_IF, &loopback_index, sizeof loopback_index);
        if (!to.is_multicast()) return;
        const auto from = net::Address::parse(to.is_v6() ? "::1" : "127.0.0.1");
        if (::bind(fd_, from->data(), from->size()) != 0) throw std::runtime_error("cannot bind");
    }
    ~UdpSender() { ::close(fd_); }
    UdpSender(const UdpSender&) = delete;
    UdpSender& operator=(const UdpSender&) = delete;

    /// @return whether the network took it.
    [[nodiscard]] bool send(std::span<const std::byte> bytes) const {
        return ::sendto(fd_, bytes.data(), bytes.size(), 0, to_.data(), to_.size()) ==
               static_cast<ssize_t>(bytes.size());
    }
    [[nodiscard]] bool send(std::string_view text) const { return send(std::as_bytes(std::span(text))); }

private:
    net::Address to_;
    int fd_;
};

}  // namespace sightline::tests
