// SPDX-License-Identifier: Apache-2.0
// Places on the glass, in pixels of a window: x to the right, y down.
#pragma once

#include <algorithm>

namespace sightline::ui {

struct Point {
    float x = 0, y = 0;
    friend bool operator==(const Point&, const Point&) = default;
};

/// Half open: left ≤ x < right, top ≤ y < bottom. Empty where right ≤ left or bottom ≤ top.
struct Rect {
    float left = 0, top = 0, right = 0, bottom = 0;

    [[nodiscard]] constexpr float width() const { return right - left; }
    [[nodiscard]] constexpr float height() const { return bottom - top; }
    [[nodiscard]] constexpr bool empty() const { return right <= left || bottom <= top; }
    [[nodiscard]] constexpr Point centre() const { return {(left + right) / 2, (top + bottom) / 2}; }
    [[nodiscard]] constexpr bool contains(Point p) const {
        return p.x >= left && p.x < right && p.y >= top && p.y < bottom;
    }
    /// Smaller by `by` on each side.
    [[nodiscard]] constexpr Rect inset(float by) const { return {left + by, top + by, right - by, bottom - by}; }
    friend bool operator==(const Rect&, const Rect&) = default;
};

/// The largest rectangle of `aspect` (width over height, > 0) in the middle of `box`.
[[nodiscard]] constexpr Rect fit(const Rect& box, float aspect) {
    const float width = std::min(box.width(), box.height() * aspect);
    const float height = width / aspect;
    const Point middle = box.centre();
    return {middle.x - width / 2, middle.y - height / 2, middle.x + width / 2, middle.y + height / 2};
}

}  // namespace sightline::ui
