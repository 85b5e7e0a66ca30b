// SPDX-License-Identifier: Apache-2.0
#include "ui/shapes.hpp"

#include <array>
#include <cmath>
#include <numbers>

#include "ui/imgui.hpp"

namespace sightline::ui {
namespace {

void polygon(ImDrawList& list, Point centre, float radius, int corners, float first_angle, ImU32 colour) {
    std::array<ImVec2, 8> points{};
    for (int i = 0; i < corners; ++i) {
        const float angle =
            first_angle + static_cast<float>(i) * 2 * std::numbers::pi_v<float> / static_cast<float>(corners);
        points[static_cast<std::size_t>(i)] = {centre.x + std::cos(angle) * radius,
                                               centre.y + std::sin(angle) * radius};
    }
    list.AddConvexPolyFilled(points.data(), corners, colour);
}

void question(ImDrawList& list, Point c, float size, ImU32 colour) {
    const float r = size * 0.24F;
    const float thick = size * 0.13F;
    constexpr float kPi = std::numbers::pi_v<float>;
    list.PathArcTo({c.x, c.y - size * 0.2F}, r, -kPi, kPi * 0.45F, 12);
    list.PathLineTo({c.x, c.y + size * 0.2F});
    list.PathStroke(colour, 0, thick);
    list.AddCircleFilled({c.x, c.y + size * 0.4F}, thick * 0.75F, colour, 8);
}

void moon(ImDrawList& list, Point c, float size, ImU32 colour) {
    constexpr float kPi = std::numbers::pi_v<float>;
    const float r = size * 0.38F;
    list.PathArcTo({c.x, c.y}, r, kPi * 0.30F, kPi * 1.70F, 20);
    list.PathArcTo({c.x + r * 0.55F, c.y}, r * 0.82F, kPi * 1.52F, kPi * 0.48F, 16);
    list.PathStroke(colour, ImDrawFlags_Closed, std::max(1.0F, size * 0.09F));
}

/// Pieces of `piece` pixels with as much room between, first and last touching the ends.
void dashes(ImDrawList& list, const Rect& edge, bool horizontal, float piece, ImU32 colour) {
    const float length = horizontal ? edge.width() : edge.height();
    const int pieces = std::max(1, static_cast<int>(length / (2 * piece)));
    const float pitch = pieces > 1 ? (length - piece) / static_cast<float>(pieces - 1) : 0;
    for (int i = 0; i < pieces; ++i) {
        const float at = static_cast<float>(i) * pitch;
        if (horizontal) {
            list.AddRectFilled({edge.left + at, edge.top}, {edge.left + at + piece, edge.bottom}, colour);
        } else {
            list.AddRectFilled({edge.left, edge.top + at}, {edge.right, edge.top + at + piece}, colour);
        }
    }
}

}  // namespace

void fill(ImDrawList& list, const Rect& box, Colour colour, float rounding) {
    list.AddRectFilled({box.left, box.top}, {box.right, box.bottom}, pack(colour), rounding);
}

void outline(ImDrawList& list, const Rect& box, Colour colour, float width, float rounding) {
    const Rect middle = box.inset(width / 2);
    list.AddRect({middle.left, middle.top}, {middle.right, middle.bottom}, pack(colour), rounding, 0, width);
}

void draw_icon(ImDrawList& list, Icon icon, Point centre, float size, Colour colour) {
    constexpr float kPi = std::numbers::pi_v<float>;
    const ImU32 packed = pack(colour);
    switch (icon) {
        case Icon::None:
            return;
        case Icon::Hexagon:
            return polygon(list, centre, size * 0.50F, 6, 0, packed);
        case Icon::Triangle:
            return polygon(list, {centre.x, centre.y + size * 0.08F}, size * 0.50F, 3, -kPi / 2, packed);
        case Icon::Diamond:
            return polygon(list, centre, size * 0.50F, 4, -kPi / 2, packed);
        case Icon::Disc:
            return list.AddCircleFilled(vec(centre), size * 0.32F, packed, 20);
        case Icon::Question:
            return question(list, centre, size, packed);
        case Icon::Moon:
            return moon(list, centre, size, packed);
    }
}

void draw_border(ImDrawList& list, const Rect& box, float width, BorderPattern pattern, Colour colour) {
    if (box.empty() || width <= 0) return;
    const float w = std::max(1.0F, std::round(width));
    const Rect top{box.left, box.top, box.right, box.top + w};
    const Rect bottom{box.left, box.bottom - w, box.right, box.bottom};
    const Rect left{box.left, box.top, box.left + w, box.bottom};
    const Rect right{box.right - w, box.top, box.right, box.bottom};
    if (pattern == BorderPattern::Solid) {
        fill(list, top, colour);
        fill(list, bottom, colour);
        fill(list, {left.left, top.bottom, left.right, bottom.top}, colour);
        fill(list, {right.left, top.bottom, right.right, bottom.top}, colour);
        return;
    }
    const float piece = pattern == BorderPattern::Dashed ? std::max(4.0F, 3 * w) : w;
    const ImU32 packed = pack(colour);
    dashes(list, top, true, piece, packed);
    dashes(list, bottom, true, piece, packed);
    dashes(list, left, false, piece, packed);
    dashes(list, right, false, piece, packed);
}

void draw_hatch(ImDrawList& list, const Rect& box, float pitch, Colour ground, Colour band) {
    if (box.empty()) return;
    fill(list, box, ground);
    list.PushClipRect({box.left, box.top}, {box.right, box.bottom}, true);
    const float height = box.height();
    const float half = pitch / 2;
    // Bands fall to the right at 45°, anchored to the window so that neighbouring tiles share one pattern.
    const float first = std::floor((box.left - height) / pitch) * pitch;
    const int bands = static_cast<int>(std::ceil((box.right - first) / pitch));
    for (int n = 0; n < bands; ++n) {
        const float x = first + static_cast<float>(n) * pitch;
        list.AddQuadFilled({x, box.top}, {x + half, box.top}, {x + half + height, box.bottom}, {x + height, box.bottom},
                           pack(band));
    }
    list.PopClipRect();
}

}  // namespace sightline::ui
