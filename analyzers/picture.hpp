// SPDX-License-Identifier: Apache-2.0
// One pass over the luma of a picture: all statistics that analyzers need, and the small image for stills and tiles.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/media.hpp"

namespace sightline::analyzers {

struct Picture;  // filled by PicturePass: see the analyzers' owner

}  // namespace sightline::analyzers
