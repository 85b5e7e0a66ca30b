// SPDX-License-Identifier: Apache-2.0
// The views of the wall, in drawing order. Adding one is a file and a line in views.cpp.
#pragma once

#include <span>

#include "ui/view.hpp"

namespace sightline::ui {

[[nodiscard]] std::span<const View> views();

}  // namespace sightline::ui
