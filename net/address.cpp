// SPDX-License-Identifier: Apache-2.0
#include "net/address.hpp"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <span>

namespace sightline::net {
namespace {

using Bytes = std::span<const std::uint8_t>;

struct Block {
    std::array<std::uint8_t, 16> prefix;
    int bits;
    AddressKind kind;
};

// The first that matches counts.
constexpr std::array kBlocks4{
    Block{{0}, 8, AddressKind::Loopback},
    Block{{10}, 8, AddressKind::Private},
    Block{{100, 64}, 10, AddressKind::Private},
    Block{{127}, 8, AddressKind::Loopback},
    Block{{169, 254}, 16, AddressKind::LinkLocal},
    Block{{172, 16}, 12, AddressKind::Private},
    Block{{192, 0, 0}, 24, AddressKind::Reserved},
    Block{{192, 0, 2}, 24, AddressKind::Reserved},
    Block{{192, 88, 99}, 24, AddressKind::Reserved},
    Block{{192, 168}, 16, AddressKind::Private},
    Block{{198, 18}, 15, AddressKind::Reserved},
    Block{{198, 51, 100}, 24, AddressKind::Reserved},
    Block{{203, 0, 113}, 24, AddressKind::Reserved},
    Block{{224}, 4, AddressKind::Multicast},
    Block{{240}, 4, AddressKind::Reserved},
};
constexpr std::array kBlocks6{
    Block{{0xfc}, 7, AddressKind::Private},
    Block{{0xfe, 0x80}, 10, AddressKind::LinkLocal},
    Block{{0xfe, 0xc0}, 10, AddressKind::Private},
    Block{{0xff}, 8, AddressKind::Multicast},
    Block{{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, AddressKind::Private},
    Block{{0x01, 0x00}, 64, AddressKind::Reserved},
    Block{{0x20, 0x01, 0x0d, 0xb8}, 32, AddressKind::Reserved},
    Block{{0x20, 0x01, 0x00}, 23, AddressKind::Reserved},  // Teredo, benchmarking, ORCHID
};

/// Where an IPv4 address stands inside an IPv6 one.
struct Embedding {
    std::array<std::uint8_t, 16> prefix;
    int bits;
    std::size_t offset;
};
constexpr std::array kEmbeddings{
    Embedding{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 12},  // mapped
    Embedding{{0}, 96, 12},                                         // compatible; :: and ::1 go before
    Embedding{{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 12},        // translated (SIIT)
    Embedding{{0x00, 0x64, 0xff, 0x9b}, 96, 12},                    // NAT64
    Embedding{{0x20, 0x02}, 16, 2},                                 // 6to4
};

bool starts_with(Bytes address, const std::array<std::uint8_t, 16>& prefix, int bits) {
    const auto whole = static_cast<std::size_t>(bits / 8);
    if (!std::equal(prefix.begin(), prefix.begin() + bits / 8, address.begin())) return false;
    if (bits % 8 == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xFF << (8 - bits % 8));
    return (address[whole] & mask) == (prefix[whole] & mask);
}

template <std::size_t N>
AddressKind kind_in(Bytes address, const std::array<Block, N>& blocks) {
    const auto found = std::find_if(blocks.begin(), blocks.end(),
                                    [&](const Block& b) { return starts_with(address, b.prefix, b.bits); });
    return found == blocks.end() ? AddressKind::Public : found->kind;
}

AddressKind kind6(Bytes address) {
    if (std::all_of(address.begin(), address.begin() + 15, [](std::uint8_t b) { return b == 0; }) && address[15] < 2) {
        return AddressKind::Loopback;  // :: and ::1
    }
    for (const Embedding& e : kEmbeddings) {
        if (starts_with(address, e.prefix, e.bits)) return kind_in(address.subspan(e.offset, 4), kBlocks4);
    }
    return kind_in(address, kBlocks6);
}

}  // namespace

const char* name(AddressKind kind) {
    switch (kind) {
        case AddressKind::Public:
            return "public";
        case AddressKind::Loopback:
            return "loopback";
        case AddressKind::Private:
            return "private";
        case AddressKind::LinkLocal:
            return "link-local";
        case AddressKind::Multicast:
            return "multicast";
        case AddressKind::Reserved:
            return "reserved";
    }
    return "";
}

Address::Address() {
    storage_.ss_family = AF_INET;
}

std::optional<Address> Address::parse(std::string_view host, int port) {
    if (port < 0 || port > 65'535) return std::nullopt;
    const std::string text(host);
    in_addr four{};
    if (inet_pton(AF_INET, text.c_str(), &four) == 1) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr = four;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        return from(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    const std::size_t percent = text.find('%');
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(static_cast<std::uint16_t>(port));
    if (inet_pton(AF_INET6, text.substr(0, percent).c_str(), &six.sin6_addr) != 1) return std::nullopt;
    if (percent != std::string::npos) {
        const std::string scope = text.substr(percent + 1);
        six.sin6_scope_id = if_nametoindex(scope.c_str());
        if (six.sin6_scope_id == 0) {
            const auto [end, error] = std::from_chars(scope.data(), scope.data() + scope.size(), six.sin6_scope_id);
            if (scope.empty() || error != std::errc{} || end != scope.data() + scope.size()) return std::nullopt;
        }
    }
    return from(reinterpret_cast<const sockaddr*>(&six), sizeof six);
}

std::optional<Address> Address::from(const sockaddr* address, socklen_t size) {
    if (address == nullptr || size < sizeof(sa_family_t)) return std::nullopt;
    const bool four = address->sa_family == AF_INET && size >= sizeof(sockaddr_in);
    const bool six = address->sa_family == AF_INET6 && size >= sizeof(sockaddr_in6);
    if (!four && !six) return std::nullopt;
    Address result;
    std::memcpy(&result.storage_, address, four ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    return result;
}

Address Address::any(int family, int port) {
    return parse(family == AF_INET6 ? "::" : "0.0.0.0", port).value_or(Address{});
}

socklen_t Address::size() const {
    return is_v6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

int Address::port() const {
    return ntohs(is_v6() ? v6().sin6_port : v4().sin_port);
}

Address Address::with_port(int port) const {
    Address result = *this;
    const std::uint16_t value = htons(static_cast<std::uint16_t>(port));
    if (is_v6()) {
        reinterpret_cast<sockaddr_in6&>(result.storage_).sin6_port = value;
    } else {
        reinterpret_cast<sockaddr_in&>(result.storage_).sin_port = value;
    }
    return result;
}

Address Address::with_scope(unsigned interface_index) const {
    Address result = *this;
    if (is_v6()) reinterpret_cast<sockaddr_in6&>(result.storage_).sin6_scope_id = interface_index;
    return result;
}

std::string Address::host() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes = is_v6() ? static_cast<const void*>(&v6().sin6_addr) : static_cast<const void*>(&v4().sin_addr);
    inet_ntop(family(), bytes, text.data(), text.size());
    std::string result(text.data());
    if (!is_v6() || v6().sin6_scope_id == 0) return result;
    std::array<char, IF_NAMESIZE> device{};
    const std::uint32_t scope = v6().sin6_scope_id;
    return result + '%' +
           (if_indextoname(scope, device.data()) != nullptr ? device.data() : std::to_string(scope).c_str());
}

std::string Address::text() const {
    return (is_v6() ? '[' + host() + ']' : host()) + ':' + std::to_string(port());
}

AddressKind Address::kind() const {
    if (is_v6()) return kind6({v6().sin6_addr.s6_addr, 16});
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4().sin_addr, bytes.size());
    return kind_in(bytes, kBlocks4);
}

bool operator==(const Address& a, const Address& b) {
    if (a.family() != b.family() || a.port() != b.port()) return false;
    if (!a.is_v6()) return a.v4().sin_addr.s_addr == b.v4().sin_addr.s_addr;
    return a.v6().sin6_scope_id == b.v6().sin6_scope_id &&
           std::memcmp(&a.v6().sin6_addr, &b.v6().sin6_addr, sizeof(in6_addr)) == 0;
}

}  // namespace sightline::net
