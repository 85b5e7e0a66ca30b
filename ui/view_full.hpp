// SPDX-License-Identifier: Apache-2.0
// One stream at full size: picture, path, the last hours, the last ten minutes' numbers, the timeline.
#pragma once

#include "ui/view.hpp"

namespace sightline::ui {

[[nodiscard]] Rect full_area(const Rect& window, float unit, const ViewState& state);
void draw_full(const Canvas& canvas, const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands);

}  // namespace sightline::ui
