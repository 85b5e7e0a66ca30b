// SPDX-License-Identifier: Apache-2.0
// What asks the operator for words: snooze, note, name, filter; and the list of keys.
#pragma once

#include "ui/view.hpp"

namespace sightline::ui {

[[nodiscard]] Rect dialog_area(const Rect& window, float unit, const ViewState& state);
void draw_dialog(const Canvas& canvas, const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands);

}  // namespace sightline::ui
