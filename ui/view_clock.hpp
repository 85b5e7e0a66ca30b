// SPDX-License-Identifier: Apache-2.0
// The clock with its second hand: what always moves, so that a frozen wall cannot look like a good one.
#pragma once

#include "ui/view.hpp"

namespace sightline::ui {

[[nodiscard]] Rect clock_area(const Rect& window, float unit, const ViewState& state);
void draw_clock(const Canvas& canvas, const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands);

/// Hours, minutes and seconds with a small second hand, ending at the right of `right_top`'s line; returns its width.
/// For any view that wants one; it asks for the redraw at the next full second.
float draw_clock_text(const Canvas& canvas, const ClockZone& zone, Point right_top, float size);

}  // namespace sightline::ui
