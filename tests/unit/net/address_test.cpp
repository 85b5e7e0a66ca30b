// SPDX-License-Identifier: Apache-2.0
#include "net/address.hpp"

#include <string>

#include "tests/catch.hpp"

using sightline::net::Address;
using sightline::net::AddressKind;

TEST_CASE("addresses are sorted by where they lie", "[address]") {
    struct Row {
        const char* address;
        AddressKind kind;
    };
    const Row rows[] = {
        {"8.8.8.8", AddressKind::Public},
        {"1.0.0.0", AddressKind::Public},
        {"126.255.255.255", AddressKind::Public},
        {"128.0.0.1", AddressKind::Public},
        {"0.0.0.0", AddressKind::Loopback},
        {"0.1.2.3", AddressKind::Loopback},
        {"127.0.0.1", AddressKind::Loopback},
        {"127.255.255.254", AddressKind::Loopback},
        {"10.0.0.1", AddressKind::Private},
        {"9.255.255.255", AddressKind::Public},
        {"11.0.0.0", AddressKind::Public},
        {"172.15.255.255", AddressKind::Public},
        {"172.16.0.0", AddressKind::Private},
        {"172.31.255.255", AddressKind::Private},
        {"172.32.0.0", AddressKind::Public},
        {"192.168.1.1", AddressKind::Private},
        {"192.169.0.0", AddressKind::Public},
        {"100.63.255.255", AddressKind::Public},
        {"100.64.0.0", AddressKind::Private},
        {"100.127.255.255", AddressKind::Private},
        {"100.128.0.0", AddressKind::Public},
        {"169.254.169.254", AddressKind::LinkLocal},
        {"192.0.2.1", AddressKind::Reserved},
        {"198.18.0.1", AddressKind::Reserved},
        {"198.19.255.255", AddressKind::Reserved},
        {"198.20.0.0", AddressKind::Public},
        {"203.0.113.7", AddressKind::Reserved},
        {"224.0.0.1", AddressKind::Multicast},
        {"239.255.255.255", AddressKind::Multicast},
        {"240.0.0.1", AddressKind::Reserved},
        {"255.255.255.255", AddressKind::Reserved},
        {"::", AddressKind::Loopback},
        {"::1", AddressKind::Loopback},
        {"2606:4700::1111", AddressKind::Public},
        {"2001:4860:4860::8888", AddressKind::Public},
        {"fc00::1", AddressKind::Private},
        {"fdff:ffff::1", AddressKind::Private},
        {"fe00::1", AddressKind::Public},
        {"fe80::1", AddressKind::LinkLocal},
        {"febf::1", AddressKind::LinkLocal},
        {"fec0::1", AddressKind::Private},
        {"ff02::1", AddressKind::Multicast},
        {"2001:db8::1", AddressKind::Reserved},
        {"2001:0:1234::1", AddressKind::Reserved},
        {"100::1", AddressKind::Reserved},
        {"64:ff9b:1::1", AddressKind::Private},
        // IPv4 in disguise
        {"::ffff:127.0.0.1", AddressKind::Loopback},
        {"::ffff:10.1.2.3", AddressKind::Private},
        {"::ffff:8.8.8.8", AddressKind::Public},
        {"::ffff:0:10.1.2.3", AddressKind::Private},
        {"::10.0.0.1", AddressKind::Private},
        {"::2", AddressKind::Loopback},  // 0.0.0.2
        {"64:ff9b::169.254.169.254", AddressKind::LinkLocal},
        {"64:ff9b::8.8.8.8", AddressKind::Public},
        {"2002:7f00:1::", AddressKind::Loopback},
        {"2002:808:808::1", AddressKind::Public},
    };
    for (const Row& row : rows) {
        CAPTURE(row.address);
        const auto address = Address::parse(row.address, 80);
        REQUIRE(address);
        CHECK(std::string(name(address->kind())) == name(row.kind));
        CHECK(address->is_internal() == (row.kind != AddressKind::Public));
    }
}

TEST_CASE("only numbers are read as addresses", "[address]") {
    for (const char* text : {"", "localhost", "10.0.0", "10.0.0.0.1", "256.0.0.1", "0x7f000001", "2130706433", "[::1]",
                             "::1%nosuchinterface", "fe80::1%", "10.0.0.1 "}) {
        CAPTURE(text);
        CHECK_FALSE(Address::parse(text, 80));
    }
    CHECK_FALSE(Address::parse("10.0.0.1", -1));
    CHECK_FALSE(Address::parse("10.0.0.1", 65'536));
}

TEST_CASE("an address shows itself as it is written in a URL", "[address]") {
    CHECK(Address::parse("10.0.0.1", 80)->text() == "10.0.0.1:80");
    CHECK(Address::parse("::1", 65'535)->text() == "[::1]:65535");
    CHECK(Address::parse("fe80::1%lo", 80)->host() == "fe80::1%lo");
    CHECK(Address::parse("fe80::1%1", 80)->host() == "fe80::1%lo");
    CHECK(Address::parse("2001:DB8:0:0::1")->host() == "2001:db8::1");
    CHECK(Address::parse("10.0.0.1", 80)->with_port(443).text() == "10.0.0.1:443");
    CHECK(Address::any(AF_INET6, 5).text() == "[::]:5");
    CHECK(Address::any(AF_INET, 5).text() == "0.0.0.0:5");
}

TEST_CASE("addresses are equal in family, number, scope and port", "[address]") {
    CHECK(*Address::parse("10.0.0.1", 80) == *Address::parse("10.0.0.1", 80));
    CHECK_FALSE(*Address::parse("10.0.0.1", 80) == *Address::parse("10.0.0.1", 81));
    CHECK_FALSE(*Address::parse("::ffff:10.0.0.1", 80) == *Address::parse("10.0.0.1", 80));
    CHECK_FALSE(*Address::parse("fe80::1%1", 80) == *Address::parse("fe80::1%2", 80));
}

TEST_CASE("a socket address of another family or cut short is none", "[address]") {
    sockaddr_storage storage{};
    storage.ss_family = AF_UNIX;
    CHECK_FALSE(Address::from(reinterpret_cast<const sockaddr*>(&storage), sizeof storage));
    storage.ss_family = AF_INET6;
    CHECK_FALSE(Address::from(reinterpret_cast<const sockaddr*>(&storage), sizeof(sockaddr_in)));
    CHECK_FALSE(Address::from(nullptr, 0));
}
