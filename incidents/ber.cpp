// SPDX-License-Identifier: Apache-2.0
#include "incidents/ber.hpp"

namespace sightline::incidents::ber {
namespace {

std::string length_octets(std::size_t size) {
    if (size < 0x80) return {static_cast<char>(size)};
    std::string digits;
    for (; size > 0; size >>= 8U) digits.insert(digits.begin(), static_cast<char>(size & 0xffU));
    return static_cast<char>(0x80U | digits.size()) + digits;
}

void append_arc(std::string& out, std::uint32_t arc) {
    std::string digits(1, static_cast<char>(arc & 0x7fU));
    while ((arc >>= 7U) > 0) digits.insert(digits.begin(), static_cast<char>(0x80U | (arc & 0x7fU)));
    out += digits;
}

}  // namespace

std::string element(unsigned char tag, std::string_view content) {
    std::string out(1, static_cast<char>(tag));
    out += length_octets(content.size());
    out += content;
    return out;
}

std::string integer(std::int64_t value) {
    std::string content;
    for (;;) {
        content.insert(content.begin(), static_cast<char>(value & 0xff));
        const bool negative = (value & 0x80) != 0;
        value >>= 8;
        if (value == (negative ? -1 : 0)) break;  // the sign is told by the highest bit written
    }
    return element(kInteger, content);
}

std::string unsigned32(unsigned char tag, std::uint32_t value) {
    std::string number = integer(value);
    number[0] = static_cast<char>(tag);
    return number;
}

std::string octets(std::string_view bytes) {
    return element(kOctets, bytes);
}

std::string oid(std::span<const std::uint32_t> arcs) {
    std::string content;
    if (arcs.size() >= 2) {
        append_arc(content, arcs[0] * 40 + arcs[1]);
        for (const std::uint32_t arc : arcs.subspan(2)) append_arc(content, arc);
    }
    return element(kOid, content);
}

}  // namespace sightline::incidents::ber
