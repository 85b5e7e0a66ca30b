// SPDX-License-Identifier: Apache-2.0
#include "ui/views.hpp"

#include <array>

#include "ui/view_clock.hpp"

namespace sightline::ui {
namespace {

constexpr std::array kViews{
    View{"clock", clock_area, draw_clock},
};

}  // namespace

std::span<const View> views() {
    return kViews;
}

}  // namespace sightline::ui
