// SPDX-License-Identifier: Apache-2.0
#include "ui/lettering.hpp"

#include <cmath>
#include <vector>

#include "ui/imgui.hpp"
#include "ui/shapes.hpp"

namespace sightline::ui {

MeasureText measure_with(const Theme& theme, Weight weight) {
    return [&theme, weight](std::string_view text, float size) { return theme.width(text, weight, size); };
}

float put(const Canvas& canvas, std::string_view text, Weight weight, float size, Point at, Colour colour, float room) {
    const std::string fitted = shorten(text, room, size, measure_with(canvas.theme, weight));
    canvas.theme.text(*canvas.list, fitted, weight, size, {std::floor(at.x), std::floor(at.y)}, colour);
    return canvas.theme.width(fitted, weight, size);
}

float put_right(const Canvas& canvas, std::string_view text, Weight weight, float size, Point at, Colour colour,
                float room) {
    const std::string fitted = shorten(text, room, size, measure_with(canvas.theme, weight));
    const float width = canvas.theme.width(fitted, weight, size);
    canvas.theme.text(*canvas.list, fitted, weight, size, {std::floor(at.x - width), std::floor(at.y)}, colour);
    return width;
}

float put_centred(const Canvas& canvas, std::string_view text, Weight weight, float size, Point middle_top,
                  Colour colour, float room) {
    const std::string fitted = shorten(text, room, size, measure_with(canvas.theme, weight));
    const float width = canvas.theme.width(fitted, weight, size);
    canvas.theme.text(*canvas.list, fitted, weight, size,
                      {std::floor(middle_top.x - width / 2), std::floor(middle_top.y)}, colour);
    return width;
}

float put_wrapped(const Canvas& canvas, std::string_view text, float size, int most, Point at, Colour colour,
                  float room) {
    float top = at.y;
    for (const std::string& line : wrap_text(text, room, size, most, measure_with(canvas.theme, Weight::Regular))) {
        canvas.theme.text(*canvas.list, line, Weight::Regular, size, {std::floor(at.x), std::floor(top)}, colour);
        top += size * 1.18F;
    }
    return top - at.y;
}

void put_keys(const Canvas& canvas, std::span<const KeyHint> keys, Point left_bottom, float room) {
    const float unit = canvas.theme.unit();
    const float size = 17 * unit;
    const float row = 26 * unit;
    struct Placed {
        float x, y;
    };
    std::vector<Placed> places;
    float x = 0;
    float y = 0;
    const auto cap_width = [&](const KeyHint& hint) {
        return canvas.theme.width(hint.first, Weight::Regular, size) + 10 * unit;
    };
    for (const KeyHint& hint : keys) {
        const float width = cap_width(hint) + 5 * unit + canvas.theme.width(hint.second, Weight::Regular, size);
        if (x > 0 && x + width > room) {
            x = 0;
            y += row;
        }
        places.push_back({x, y});
        x += width + 14 * unit;
    }
    const float top = left_bottom.y - y - row;
    for (std::size_t n = 0; n < keys.size(); ++n) {
        const Point at{left_bottom.x + places[n].x, top + places[n].y};
        const float cap = cap_width(keys[n]);
        outline(*canvas.list, {at.x, at.y, at.x + cap, at.y + 22 * unit}, palette::kThirdText, 1, 3 * unit);
        put(canvas, keys[n].first, Weight::Regular, size, {at.x + 5 * unit, at.y + 2 * unit}, palette::kText);
        put(canvas, keys[n].second, Weight::Regular, size, {at.x + cap + 5 * unit, at.y + 2 * unit},
            palette::kSecondText);
    }
}

Point mouse_point() {
    const ImVec2 at = ImGui::GetIO().MousePos;
    return {at.x, at.y};
}

}  // namespace sightline::ui
