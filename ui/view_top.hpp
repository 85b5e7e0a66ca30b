// SPDX-License-Identifier: Apache-2.0
// The top line: room, page, counts, operator, clock; and the keys that work everywhere.
#pragma once

#include "ui/view.hpp"

namespace sightline::ui {

/// Height of the top line on the 1080-line drawing.
inline constexpr float kTopHeight = 48;

[[nodiscard]] Rect top_area(const Rect& window, float unit, const ViewState& state);
void draw_top(const Canvas& canvas, const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands);

}  // namespace sightline::ui
