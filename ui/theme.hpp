// SPDX-License-Identifier: Apache-2.0
// Type and measure of the wall: B612, bold for names, sizes in units of the 1080-line drawing.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ui/geometry.hpp"
#include "ui/palette.hpp"

struct ImDrawList;
struct ImFont;
struct ImFontAtlas;

namespace sightline::ui {

enum class Weight : std::uint8_t {
    Regular,
    Bold,
    Clock,  ///< regular, up to the size of a clock on a tile: digits, ":", signs and "d", "h" alone
};

/// Fonts at the sizes a window needs, and text drawn and measured with them. `size` is always the height of a line in
/// pixels (not of capitals: those are 0.72 of it); it is drawn from the nearest size baked.
///
/// Threading: the shell's thread only. The atlas outlives the theme.
class Theme {
public:
    /// Bakes into `atlas` for windows whose unit (one pixel of the 1080-line drawing) is up to `unit` pixels. Without
    /// B612 on this machine ImGui's own font serves, and `font_note()` says so.
    Theme(ImFontAtlas& atlas, float unit);

    [[nodiscard]] float unit() const { return unit_; }
    /// For a window of another size on the same atlas.
    [[nodiscard]] Theme at_unit(float unit) const;
    [[nodiscard]] const std::string& font_note() const { return font_note_; }

    /// Width in pixels of one line.
    [[nodiscard]] float width(std::string_view text, Weight weight, float size) const;
    /// `at` is the left top of the line.
    void text(ImDrawList& list, std::string_view text, Weight weight, float size, Point at, Colour colour) const;
    /// For widgets (text fields, menus): the font to push.
    [[nodiscard]] ImFont* widget_font() const;

private:
    struct Face {
        ImFont* font = nullptr;
        float size = 0;
    };
    [[nodiscard]] const Face& nearest(Weight weight, float size) const;

    float unit_ = 1;
    std::vector<Face> regular_, bold_, clock_;  // rising sizes
    std::string font_note_;
};

/// Colours and roundings of ImGui's own widgets, into the current context's style.
void style_widgets(float unit);

}  // namespace sightline::ui
