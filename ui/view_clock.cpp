// SPDX-License-Identifier: Apache-2.0
#include "ui/view_clock.hpp"

#include <cmath>
#include <numbers>

#include "ui/imgui.hpp"
#include "ui/theme.hpp"
#include "ui/words.hpp"

namespace sightline::ui {
Rect clock_area(const Rect& window, float unit, const ViewState& /*state*/) {
    return {window.right - 260 * unit, window.top, window.right, window.top + 44 * unit};
}

float draw_clock_text(const Canvas& canvas, const ClockZone& zone, Point right_top, float size) {
    const std::string text = clock_text(canvas.utc, zone);
    const Theme& theme = canvas.theme;
    const float hand = size * 0.30F;
    // The widest digits, so that the clock stands still while its figures change.
    const float width = theme.width("00:00:00", Weight::Clock, size);
    const Point dial{right_top.x - hand, right_top.y + size * 0.52F};
    theme.text(*canvas.list, text, Weight::Clock, size, {right_top.x - 2 * hand - size * 0.35F - width, right_top.y},
               palette::kText);
    canvas.list->AddCircle(vec(dial), hand, pack(palette::kThirdText), 24, std::max(1.0F, size / 22));
    const float angle = static_cast<float>(zone.at(canvas.utc).second) / 60.0F * 2 * std::numbers::pi_v<float>;
    canvas.list->AddLine(vec(dial), {dial.x + std::sin(angle) * hand, dial.y - std::cos(angle) * hand},
                         pack(palette::kText), std::max(1.0F, size / 16));
    canvas.redraw.within(std::chrono::seconds{1} - canvas.utc.time_since_epoch() % std::chrono::seconds{1});
    return width + 2 * hand + size * 0.35F;
}

void draw_clock(const Canvas& canvas, const WallSnapshot& snapshot, ViewState& /*state*/, CommandQueue& /*commands*/) {
    const float unit = canvas.theme.unit();
    draw_clock_text(canvas, snapshot.zone, {canvas.area.right - 16 * unit, canvas.area.top + 8 * unit}, 28 * unit);
}

}  // namespace sightline::ui
