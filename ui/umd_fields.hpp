// SPDX-License-Identifier: Apache-2.0
// Lines under a tile's name: text with fields in braces, "{format} · {bitrate}", filled from the stream. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ui/snapshot.hpp"

namespace sightline::ui {

inline constexpr std::size_t kMostUmdLines = 3;

/// Every brace is closed and every field is known.
[[nodiscard]] bool umd_template_good(std::string_view line);
/// For messages: which fields there are.
[[nodiscard]] std::string_view umd_fields_allowed();
/// A field that the stream does not have leaves nothing, and takes the separator beside it along.
[[nodiscard]] std::string umd_line(std::string_view line, const StreamState& stream);
/// As many lines as templates, so that a tile keeps its shape; all empty where `known` is false: what was known of the
/// stream may no longer be so.
[[nodiscard]] std::vector<std::string> umd_lines(const std::vector<std::string>& templates, const StreamState& stream,
                                                 bool known);
/// "8.1M", "640k"; empty where it is not known.
[[nodiscard]] std::string bitrate_words(const StreamState& stream);

}  // namespace sightline::ui
