// SPDX-License-Identifier: Apache-2.0
// Names into little room: they shrink, then wrap, then lose their beginning, because the end tells them apart.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::ui {

/// Width in pixels of one line at a size in pixels.
using MeasureText = std::function<float(std::string_view text, float size)>;

struct FittedText {
    float size = 0;
    std::vector<std::string> lines;
};

/// `name` at `size` where it fits into `width`, else smaller down to `least_size`, else on up to `most_lines` lines,
/// else "… CDN-A". Never cuts inside a UTF-8 sequence. No line at all where not even "…" fits.
[[nodiscard]] FittedText fit_name(std::string_view name, float width, float size, float least_size, int most_lines,
                                  const MeasureText& measure);

/// Words on lines no wider than `width`; what does not fit on `most_lines` ends in "…". A word wider than a line is
/// cut.
[[nodiscard]] std::vector<std::string> wrap_text(std::string_view text, float width, float size, int most_lines,
                                                 const MeasureText& measure);

/// One line that keeps the beginning: "Loudness above…".
[[nodiscard]] std::string shorten(std::string_view text, float width, float size, const MeasureText& measure);

/// The text of an alarm bar: "Programme lost + black" becomes "Programme lost +1" where it does not fit, never half a
/// second alarm.
[[nodiscard]] std::string fit_bar(std::string_view text, float width, float size, const MeasureText& measure);

}  // namespace sightline::ui
