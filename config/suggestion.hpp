// SPDX-License-Identifier: Apache-2.0
// Guesses what a mistyped word was meant to be.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sightline::config {

/// Least number of letters inserted, removed, replaced or swapped with their neighbour that make `b` of `a`. Case and
/// the difference of '-' and '_' count nothing. Words over 64 bytes are as far apart as the longer one is long.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The one of `words` nearest to `word`; empty where none is near enough to be meant (about one slip in three letters).
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string> words);

/// "; did you mean \"depth\"?", or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string> words);

/// "a, b, c"; a list longer than `most` ends in "… (N in all)".
[[nodiscard]] std::string join(std::span<const std::string> words, std::size_t most = 40);

}  // namespace sightline::config
