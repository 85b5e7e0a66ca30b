// SPDX-License-Identifier: Apache-2.0
// What a window's frame says: for task lists, screen readers and tests, which do not see the glass. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "ui/snapshot.hpp"
#include "ui/view_state.hpp"

namespace sightline::ui {

/// "NEWS HD, full view – MCR 1 – Sightline", "Channels, NEWS HD chosen – …", "editing Channels – …", "Snooze – …".
[[nodiscard]] std::string window_title(const WallSnapshot& snapshot, const ViewState& state, std::size_t window);

}  // namespace sightline::ui
