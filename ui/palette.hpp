// SPDX-License-Identifier: Apache-2.0
// Colours, border widths and patterns of the wall. Colour is never the only sign: every state differs in at least two
// of width, pattern, icon and words as well.
#pragma once

#include <cstdint>

#include "core/rules.hpp"

namespace sightline::ui {

/// One colour, 8 bits a component, not premultiplied.
struct Colour {
    std::uint8_t red = 0, green = 0, blue = 0, alpha = 255;

    [[nodiscard]] constexpr Colour faded(float by) const {
        return {red, green, blue, static_cast<std::uint8_t>(static_cast<float>(alpha) * by + 0.5F)};
    }
    friend bool operator==(const Colour&, const Colour&) = default;
};

[[nodiscard]] constexpr Colour rgb(std::uint32_t hex) {
    return {static_cast<std::uint8_t>(hex >> 16U), static_cast<std::uint8_t>(hex >> 8U), static_cast<std::uint8_t>(hex),
            255};
}

namespace palette {
inline constexpr Colour kGround = rgb(0x0b0e13);
inline constexpr Colour kPanel = rgb(0x11161e);
inline constexpr Colour kUmd = rgb(0x1a212c);
inline constexpr Colour kLine = rgb(0x2a3240);
inline constexpr Colour kText = rgb(0xe8ecf2);
inline constexpr Colour kSecondText = rgb(0xaeb9c7);
inline constexpr Colour kThirdText = rgb(0x8b97a8);
inline constexpr Colour kTextOnAlarm = rgb(0x0b0e13);  // ≥ 7:1 on every alarm colour
inline constexpr Colour kCritical = rgb(0xff5a4f);
inline constexpr Colour kMajor = rgb(0xff9f2e);
inline constexpr Colour kMinor = rgb(0xffd84a);
inline constexpr Colour kWarning = rgb(0x6cc3f2);
inline constexpr Colour kUnknown = rgb(0x5b6879);
inline constexpr Colour kHatch = rgb(0x1a212c);
inline constexpr Colour kSelected = rgb(0xe8ecf2);
inline constexpr Colour kMeterGreen = rgb(0x3fae7a);
inline constexpr Colour kMeterYellow = rgb(0xcdc04a);
inline constexpr Colour kMeterRed = rgb(0xe0524a);
inline constexpr Colour kTallyOff = rgb(0x2e3847);
inline constexpr Colour kTallyRed = rgb(0xff2b2b);
inline constexpr Colour kTallyGreen = rgb(0x1fd17a);
inline constexpr Colour kTallyAmber = rgb(0xffb020);
}  // namespace palette

enum class BorderPattern : std::uint8_t { Solid, Dashed, Dotted };
/// Drawn shapes, so that no font can lack them.
enum class Icon : std::uint8_t { None, Hexagon, Triangle, Diamond, Disc, Question, Moon };

/// `width` in units of 1/180 of the tile's width.
struct BorderStyle {
    float width = 1;
    BorderPattern pattern = BorderPattern::Solid;
    Colour colour = palette::kLine;
    Icon icon = Icon::None;
};

inline constexpr BorderStyle kGoodBorder{};
inline constexpr BorderStyle kUnknownBorder{1, BorderPattern::Dashed, palette::kUnknown, Icon::Question};
inline constexpr BorderStyle kStandbyBorder{1, BorderPattern::Dashed, palette::kUnknown, Icon::None};
inline constexpr BorderStyle kSnoozedBorder{1, BorderPattern::Solid, palette::kLine, Icon::Moon};

[[nodiscard]] constexpr BorderStyle border_of(core::Severity severity) {
    switch (severity) {
        case core::Severity::Critical:
            return {4, BorderPattern::Solid, palette::kCritical, Icon::Hexagon};
        case core::Severity::Major:
            return {3, BorderPattern::Solid, palette::kMajor, Icon::Triangle};
        case core::Severity::Minor:
            return {2, BorderPattern::Dashed, palette::kMinor, Icon::Diamond};
        case core::Severity::Warning:
            return {2, BorderPattern::Dotted, palette::kWarning, Icon::Disc};
        case core::Severity::Info:
            break;
    }
    return kGoodBorder;
}

}  // namespace sightline::ui
