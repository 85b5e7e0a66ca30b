// SPDX-License-Identifier: Apache-2.0
// Shapes the wall draws itself, so that no font can lack them: icons, border patterns, hatching, lamps.
#pragma once

#include "ui/geometry.hpp"
#include "ui/palette.hpp"

struct ImDrawList;

namespace sightline::ui {

/// `size`: edge of the square the icon fits in.
void draw_icon(ImDrawList& list, Icon icon, Point centre, float size, Colour colour);
/// Along the inner edge of `box`, `width` pixels thick. Dashes and dots end in the corners, whatever the size.
void draw_border(ImDrawList& list, const Rect& box, float width, BorderPattern pattern, Colour colour);
/// Diagonal bands over `box`, `pitch` pixels apart: "this is not a picture".
void draw_hatch(ImDrawList& list, const Rect& box, float pitch, Colour ground, Colour band);
void fill(ImDrawList& list, const Rect& box, Colour colour, float rounding = 0);
void outline(ImDrawList& list, const Rect& box, Colour colour, float width = 1, float rounding = 0);

}  // namespace sightline::ui
