// SPDX-License-Identifier: Apache-2.0
#include "testdata/bitmap_font.hpp"

#include <array>
#include <cstddef>

namespace sightline::testdata {
namespace {

using Glyph = std::array<std::uint8_t, kGlyphHeight>;

constexpr Glyph kBlank{};
constexpr std::array<Glyph, 10> kDigits{{
    {0b01110, 0b10001, 0b10001, 0b10101, 0b10001, 0b10001, 0b01110},
    {0b00100, 0b01100, 0b10100, 0b00100, 0b00100, 0b00100, 0b11111},
    {0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111},
    {0b11110, 0b00001, 0b00001, 0b01110, 0b00001, 0b00001, 0b11110},
    {0b10010, 0b10010, 0b10010, 0b11111, 0b00010, 0b00010, 0b00010},
    {0b11111, 0b10000, 0b10000, 0b11110, 0b00001, 0b00001, 0b11110},
    {0b01110, 0b10000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110},
    {0b11111, 0b00001, 0b00010, 0b00010, 0b00100, 0b00100, 0b00100},
    {0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110},
    {0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00001, 0b01110},
}};
constexpr std::array<Glyph, 26> kLetters{{
    {0b00100, 0b01010, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001},
    {0b11110, 0b10001, 0b10001, 0b11110, 0b10001, 0b10001, 0b11110},
    {0b01111, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b01111},
    {0b11110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b11110},
    {0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111},
    {0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b10000},
    {0b01111, 0b10000, 0b10000, 0b10011, 0b10001, 0b10001, 0b01111},
    {0b10001, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001},
    {0b01110, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110},
    {0b00111, 0b00010, 0b00010, 0b00010, 0b00010, 0b10010, 0b01100},
    {0b10001, 0b10010, 0b10100, 0b11000, 0b10100, 0b10010, 0b10001},
    {0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111},
    {0b10001, 0b11011, 0b10101, 0b10101, 0b10001, 0b10001, 0b10001},
    {0b10001, 0b11001, 0b11001, 0b10101, 0b10011, 0b10011, 0b10001},
    {0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110},
    {0b11110, 0b10001, 0b10001, 0b11110, 0b10000, 0b10000, 0b10000},
    {0b01110, 0b10001, 0b10001, 0b10001, 0b10101, 0b10010, 0b01101},
    {0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001},
    {0b01111, 0b10000, 0b10000, 0b01110, 0b00001, 0b00001, 0b11110},
    {0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100},
    {0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110},
    {0b10001, 0b10001, 0b10001, 0b10001, 0b01010, 0b01010, 0b00100},
    {0b10001, 0b10001, 0b10001, 0b10101, 0b10101, 0b11011, 0b10001},
    {0b10001, 0b01010, 0b01010, 0b00100, 0b01010, 0b01010, 0b10001},
    {0b10001, 0b10001, 0b01010, 0b00100, 0b00100, 0b00100, 0b00100},
    {0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b10000, 0b11111},
}};
constexpr Glyph kColon{0, 0b00100, 0b00100, 0, 0b00100, 0b00100, 0};
constexpr Glyph kDot{0, 0, 0, 0, 0, 0b01100, 0b01100};
constexpr Glyph kDash{0, 0, 0, 0b11111, 0, 0, 0};
constexpr Glyph kHash{0b01010, 0b01010, 0b11111, 0b01010, 0b11111, 0b01010, 0b01010};
constexpr Glyph kSlash{0b00001, 0b00001, 0b00010, 0b00100, 0b01000, 0b10000, 0b10000};

}  // namespace

const std::uint8_t* glyph(char character) {
    if (character >= 'a' && character <= 'z') character = static_cast<char>(character - 'a' + 'A');
    if (character >= 'A' && character <= 'Z') return kLetters[static_cast<std::size_t>(character - 'A')].data();
    if (character >= '0' && character <= '9') return kDigits[static_cast<std::size_t>(character - '0')].data();
    switch (character) {
        case ':':
            return kColon.data();
        case '.':
            return kDot.data();
        case '-':
            return kDash.data();
        case '#':
            return kHash.data();
        case '/':
            return kSlash.data();
        default:
            return kBlank.data();
    }
}

}  // namespace sightline::testdata
