// SPDX-License-Identifier: Apache-2.0
// Small pictures as JPEG, for people and web pages.
#pragma once

#include <string>

#include "analyzers/picture.hpp"

namespace sightline::engine {

/// A JPEG (JFIF, full range, BT.601 as JFIF has it) of at most some 20 kB for 320×180; empty if there is no picture.
/// Threading: any.
[[nodiscard]] std::string to_jpeg(const analyzers::SmallImage& image);

}  // namespace sightline::engine
