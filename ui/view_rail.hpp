// SPDX-License-Identifier: Apache-2.0
// The incident rail: worst first; what, since when, why these belong together, who has it.
#pragma once

#include "ui/view.hpp"

namespace sightline::ui {

/// Width on the 1080-line drawing.
inline constexpr float kRailWidth = 428;

[[nodiscard]] Rect rail_area(const Rect& window, float unit, const ViewState& state);
void draw_rail(const Canvas& canvas, const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands);

}  // namespace sightline::ui
