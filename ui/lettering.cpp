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

float put_wrapped(const Canvas& canvas, std::string_view text, Weight weight, float size, int most, Point at,
                  Colour colour, float room) {
    float top = at.y;
    for (const std::string& line : wrap_text(text, room, size, most, measure_with(canvas.theme, weight))) {
        canvas.theme.text(*canvas.list, line, weight, size, {std::floor(at.x), std::floor(top)}, colour);
        top += size * 1.18F;
    }
    return top - at.y;
}

namespace {

/// "A" is 'a'; what is no single key (arrows, "drag") cannot be clicked.
char key_named(std::string_view name) {
    if (name == "Enter") return kEnterKey;
    if (name == "Esc") return kEscapeKey;
    if (name.size() != 1) return 0;
    const char letter = name.front();
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

}  // namespace

namespace {

constexpr float kKeySize = 17, kKeyRow = 26;

float key_width(const Canvas& canvas, const KeyHint& hint) {
    return canvas.theme.width(hint.first, Weight::Regular, kKeySize * canvas.theme.unit()) + 10 * canvas.theme.unit();
}

/// Where each goes, from the left top of all; a row more where they do not fit beside each other.
std::vector<Point> place_keys(const Canvas& canvas, std::span<const KeyHint> keys, float room) {
    const float unit = canvas.theme.unit();
    std::vector<Point> places;
    Point at{0, 0};
    for (const KeyHint& hint : keys) {
        const float width =
            key_width(canvas, hint) + 5 * unit + canvas.theme.width(hint.second, Weight::Regular, kKeySize * unit);
        if (at.x > 0 && at.x + width > room) at = {0, at.y + kKeyRow * unit};
        places.push_back(at);
        at.x += width + 14 * unit;
    }
    return places;
}

}  // namespace

float keys_height(const Canvas& canvas, std::span<const KeyHint> keys, float room) {
    const auto places = place_keys(canvas, keys, room);
    return places.empty() ? 0 : places.back().y + kKeyRow * canvas.theme.unit();
}

char put_keys(const Canvas& canvas, std::span<const KeyHint> keys, Point left_bottom, float room) {
    const float unit = canvas.theme.unit();
    const float size = kKeySize * unit;
    const std::vector<Point> places = place_keys(canvas, keys, room);
    const float top = left_bottom.y - keys_height(canvas, keys, room);
    char clicked = 0;
    for (std::size_t n = 0; n < keys.size(); ++n) {
        const Point at{left_bottom.x + places[n].x, top + places[n].y};
        const float cap = key_width(canvas, keys[n]);
        outline(*canvas.list, {at.x, at.y, at.x + cap, at.y + 22 * unit}, palette::kThirdText, 1, 3 * unit);
        put(canvas, keys[n].first, Weight::Regular, size, {at.x + 5 * unit, at.y + 2 * unit}, palette::kText);
        const float words = put(canvas, keys[n].second, Weight::Regular, size, {at.x + cap + 5 * unit, at.y + 2 * unit},
                                palette::kSecondText);
        const Rect whole{at.x, at.y, at.x + cap + 5 * unit + words, at.y + 22 * unit};
        if (ImGui::IsMouseClicked(0) && whole.contains(mouse_point())) clicked = key_named(keys[n].first);
    }
    return clicked;
}

void click_key(const Canvas& canvas, ViewState& state, char key) {
    if (key == 0 || state.dialog != Dialog::None) return;
    state.clicked_key = key;
    canvas.redraw.within({});
}

Point mouse_point() {
    const ImVec2 at = ImGui::GetIO().MousePos;
    return {at.x, at.y};
}

}  // namespace sightline::ui
