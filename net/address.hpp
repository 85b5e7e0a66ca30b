// SPDX-License-Identifier: Apache-2.0
// Internet addresses, and what kind of place each one is: the address policy of playlists and redirects rests on it.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sightline::net {

/// Where an address lies, as far as the policy cares (IANA special-purpose registries, RFC 6890).
enum class AddressKind : std::uint8_t {
    Public,     ///< reachable from anywhere
    Loopback,   ///< 127/8, ::1, and the unspecified 0/8 and ::, which Linux connects to itself
    Private,    ///< RFC 1918, carrier-grade NAT 100.64/10, fc00::/7, fec0::/10, 64:ff9b:1::/48
    LinkLocal,  ///< 169.254/16, fe80::/10
    Multicast,  ///< 224/4, ff00::/8
    Reserved,   ///< documentation, benchmarking, 240/4, broadcast, discard-only, Teredo
};
[[nodiscard]] const char* name(AddressKind kind);  ///< "public", "loopback", "private", "link-local", …

/// An IPv4 or IPv6 address with its port. A value.
class Address {
public:
    /// 0.0.0.0, port 0.
    Address();
    /// Reads numbers only, never a name: "10.0.0.1", "::1", "fe80::1%eth0" (no brackets). `port` 0 to 65535.
    [[nodiscard]] static std::optional<Address> parse(std::string_view host, int port = 0);
    /// Empty for other families than the two.
    [[nodiscard]] static std::optional<Address> from(const sockaddr* address, socklen_t size);
    /// The wildcard of a family.
    [[nodiscard]] static Address any(int family, int port);

    [[nodiscard]] const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
    [[nodiscard]] socklen_t size() const;
    [[nodiscard]] int family() const { return storage_.ss_family; }  ///< AF_INET or AF_INET6
    [[nodiscard]] bool is_v6() const { return family() == AF_INET6; }
    [[nodiscard]] int port() const;
    [[nodiscard]] Address with_port(int port) const;
    /// IPv6 only: the interface that a link-local address belongs to; IPv4 comes back as it is.
    [[nodiscard]] Address with_scope(unsigned interface_index) const;

    /// "10.0.0.1", "fe80::1%eth0".
    [[nodiscard]] std::string host() const;
    /// "10.0.0.1:80", "[::1]:80".
    [[nodiscard]] std::string text() const;

    /// IPv4 inside IPv6 (mapped, compatible, NAT64, 6to4) is judged as the IPv4 address that it leads to.
    [[nodiscard]] AddressKind kind() const;
    [[nodiscard]] bool is_multicast() const { return kind() == AddressKind::Multicast; }
    /// One that only this host, its network or its operator can reach: what a public page must not lead us to.
    [[nodiscard]] bool is_internal() const { return kind() != AddressKind::Public; }

    /// Same family, address, scope and port.
    friend bool operator==(const Address& a, const Address& b);

private:
    [[nodiscard]] const sockaddr_in& v4() const { return reinterpret_cast<const sockaddr_in&>(storage_); }
    [[nodiscard]] const sockaddr_in6& v6() const { return reinterpret_cast<const sockaddr_in6&>(storage_); }

    sockaddr_storage storage_{};
};

}  // namespace sightline::net
