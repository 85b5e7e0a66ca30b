// SPDX-License-Identifier: Apache-2.0
#include "ui/views.hpp"

#include <array>

#include "ui/view_dialog.hpp"
#include "ui/view_full.hpp"
#include "ui/view_rail.hpp"
#include "ui/view_tiles.hpp"
#include "ui/view_top.hpp"

namespace sightline::ui {
namespace {

constexpr std::array kViews{
    View{"top", top_area, draw_top},    View{"tiles", tiles_area, draw_tiles},    View{"full", full_area, draw_full},
    View{"rail", rail_area, draw_rail}, View{"dialog", dialog_area, draw_dialog},
};

}  // namespace

std::span<const View> views() {
    return kViews;
}

}  // namespace sightline::ui
