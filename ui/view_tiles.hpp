// SPDX-License-Identifier: Apache-2.0
// The page of tiles, the page of what is wrong, the first start, and editing by mouse and keys.
#pragma once

#include "ui/tile.hpp"
#include "ui/tile_facts.hpp"
#include "ui/view.hpp"

namespace sightline::ui {

[[nodiscard]] Rect tiles_area(const Rect& window, float unit, const ViewState& state);
void draw_tiles(const Canvas& canvas, const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands);

/// What a tile says, as draw_tile() takes it.
[[nodiscard]] TileLook look_from(const TileFacts& facts, const StreamState* stream, const WallSnapshot& snapshot,
                                 core::UtcTime utc);
/// What the layout says about all tiles: meters, loudness, what a lost one looks like.
void shape_look(TileLook& look, const Layout& layout, bool full_view);

}  // namespace sightline::ui
