// SPDX-License-Identifier: Apache-2.0
#include "formats/ts/dvb_text.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "formats/ts/dvb_charsets.hpp"

namespace sightline::formats::ts {
namespace {

constexpr char16_t kUnknown = 0xFFFD;

void append_utf8(std::string& out, char16_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | (c >> 6));
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else {
        const char16_t safe = c >= 0xD800 && c <= 0xDFFF ? kUnknown : c;
        out += static_cast<char>(0xE0 | (safe >> 12));
        out += static_cast<char>(0x80 | ((safe >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (safe & 0x3F));
    }
}

const UpperHalf* iso8859(unsigned part) {
    const auto* const table = std::find_if(kIso8859.begin(), kIso8859.end(),
                                           [&](const CharacterTable& t) { return t.part == static_cast<int>(part); });
    return table == kIso8859.end() ? nullptr : &table->upper;
}

std::string decode_single_bytes(std::span<const std::byte> bytes, const UpperHalf* upper) {
    std::string out;
    char16_t mark = 0;  // ISO 6937: stands before its letter, in Unicode behind it
    for (const std::byte b : bytes) {
        const auto code = std::to_integer<unsigned>(b);
        if (code == 0x86 || code == 0x87) continue;  // emphasis on and off
        char16_t c = kUnknown;
        if (code < 0x80) c = static_cast<char16_t>(code);
        if (code == 0x8A) c = u' ';  // line break
        if (code >= 0xA0 && upper != nullptr) c = (*upper)[code - 0xA0];
        if (upper == &kIso6937 && code >= 0xC1 && code <= 0xCF && c != kUnknown) {
            mark = c;
            continue;
        }
        append_utf8(out, c);
        if (mark != 0) append_utf8(out, mark);
        mark = 0;
    }
    return out;
}

std::string decode_ucs2(std::span<const std::byte> bytes) {
    std::string out;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
        const auto c =
            static_cast<char16_t>((std::to_integer<unsigned>(bytes[i]) << 8) | std::to_integer<unsigned>(bytes[i + 1]));
        if (c == 0xE086 || c == 0xE087) continue;  // emphasis
        append_utf8(out, c == 0xE08A ? u' ' : c);
    }
    return out;
}

std::string decode(std::span<const std::byte> bytes) {
    if (bytes.empty()) return {};
    const auto selector = std::to_integer<unsigned>(bytes[0]);
    const auto rest = bytes.subspan(1);
    if (selector >= 0x20) return decode_single_bytes(bytes, &kIso6937);
    if (selector >= 0x01 && selector <= 0x0B) return decode_single_bytes(rest, iso8859(selector + 4));
    if (selector == 0x10 && rest.size() >= 2 && rest[0] == std::byte{0}) {
        return decode_single_bytes(rest.subspan(2), iso8859(std::to_integer<unsigned>(rest[1])));
    }
    if (selector == 0x11) return decode_ucs2(rest);
    if (selector == 0x15) return {reinterpret_cast<const char*>(rest.data()), rest.size()};
    return decode_single_bytes(rest, nullptr);
}

}  // namespace

std::string decode_dvb_text(std::span<const std::byte> bytes) {
    return core::clean_utf8(decode(bytes));
}

}  // namespace sightline::formats::ts
