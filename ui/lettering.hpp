// SPDX-License-Identifier: Apache-2.0
// Lines of text that stay within their room, for views.
#pragma once

#include <span>
#include <string_view>
#include <utility>

#include "ui/text_fit.hpp"
#include "ui/theme.hpp"
#include "ui/view.hpp"

namespace sightline::ui {

[[nodiscard]] MeasureText measure_with(const Theme& theme, Weight weight);
/// One line with its left top at `at`, shortened to `room` pixels. @return its width.
float put(const Canvas& canvas, std::string_view text, Weight weight, float size, Point at, Colour colour,
          float room = 1e6F);
/// Its right top at `at`.
float put_right(const Canvas& canvas, std::string_view text, Weight weight, float size, Point at, Colour colour,
                float room = 1e6F);
float put_centred(const Canvas& canvas, std::string_view text, Weight weight, float size, Point middle_top,
                  Colour colour, float room = 1e6F);
/// At most `most` lines in `room`; @return the height they took.
float put_wrapped(const Canvas& canvas, std::string_view text, Weight weight, float size, int most, Point at,
                  Colour colour, float room);
/// "[A] acknowledge  [S] snooze", wrapped; grows upwards from `left_bottom`.
using KeyHint = std::pair<std::string_view, std::string_view>;
/// @return the hint that was clicked in this refresh, as the key it names (ViewState::clicked_key), else 0.
char put_keys(const Canvas& canvas, std::span<const KeyHint> keys, Point left_bottom, float room);
/// What they take of it upwards.
[[nodiscard]] float keys_height(const Canvas& canvas, std::span<const KeyHint> keys, float room);

/// What was clicked counts as that key in the next refresh, which comes at once. Nothing while a dialog is open.
void click_key(const Canvas& canvas, ViewState& state, char key);

/// Where the mouse is, in this window.
[[nodiscard]] Point mouse_point();

}  // namespace sightline::ui
