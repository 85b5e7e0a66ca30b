// SPDX-License-Identifier: Apache-2.0
// How large a name comes out on the glass, measured in its pixels.
#include <algorithm>
#include <cstdint>

#include "core/clock.hpp"
#include "tests/catch.hpp"
#include "ui/shell.hpp"
#include "ui/view_tiles.hpp"
#include "ui/views.hpp"

namespace sightline::ui {
namespace {

struct Wall {
    core::Published<WallSnapshot> snapshots;
    ViewState state;
    CommandQueue commands;
    core::VirtualClock clock;
};

/// 64 good streams whose names are capitals only, in an 8×8 as it is without a rail.
void show_64(Wall& wall) {
    auto snapshot = std::make_shared<WallSnapshot>();
    ProbeState probe;
    probe.id = "p";
    probe.link = LinkState::Live;
    snapshot->probes = {probe};
    PageSpec page;
    page.name = "8x8";
    page.grid = {8, 8, {}};
    for (int n = 0; n < 64; ++n) {
        StreamState stream;
        stream.key = {"p", "s" + std::to_string(n)};
        stream.name =
            n % 2 == 0 ? "HHHH" : "HHHHHHHHHHHH";  // of which the longer must not come out smaller than allowed
        stream.watch = Watch::Watched;
        stream.format = "1080i50";
        snapshot->streams.push_back(stream);
        TileSpec tile;
        tile.kind = TileKind::Stream;
        tile.bound = stream.key.stream;
        page.tiles.push_back(tile);
    }
    wall.state.layout.pages = {page};
    wall.snapshots.publish(snapshot);
}

/// Rows of the longest unbroken stretch of bright ink in the column `x` between `top` and `bottom`.
int tallest_ink(const RgbImage& image, int x, int top, int bottom) {
    int best = 0;
    int run = 0;
    for (int y = top; y < bottom; ++y) {
        const std::size_t at =
            (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(x)) * 3;
        const int luma = (image.pixels[at] + image.pixels[at + 1] + image.pixels[at + 2]) / 3;
        run = luma > 0x80 ? run + 1 : 0;
        best = std::max(best, run);
    }
    return best;
}

void measure(int width, int height, std::vector<std::string> lines) {
    Wall wall;
    wall.state.layout.umd = std::move(lines);
    show_64(wall);
    ShellOptions options;
    options.windows = {WindowOptions{"test", WindowMode::Offscreen, 0, width, height}};
    auto shell = Shell::create(options, wall.clock);
    if (!shell) {
        WARN("skipped: " << shell.error().message);
        return;
    }
    if (!(*shell)->font_note().empty()) {
        WARN("skipped: " << (*shell)->font_note());
        return;
    }
    const ShellInputs inputs{wall.snapshots, wall.state, wall.commands, views(), nullptr};
    for (int n = 0; n < 3; ++n) REQUIRE((*shell)->refresh(inputs));
    const auto image = (*shell)->picture_of(inputs);
    REQUIRE(image);
    const float unit = static_cast<float>(height) / 1080;
    const Rect area = tiles_area({0, 0, static_cast<float>(width), static_cast<float>(height)}, unit, wall.state);
    for (const Rect& tile : tile_rects(wall.state.layout.pages[0], area, 8 * unit)) {
        // A stem of an H is as tall as a capital: the tallest one in the tile's lower half.
        int capital = 0;
        for (int x = static_cast<int>(tile.left) + 4; x < static_cast<int>(tile.right) - 4; ++x)
            capital = std::max(
                capital, tallest_ink(*image, x, static_cast<int>(tile.centre().y), static_cast<int>(tile.bottom) - 2));
        INFO(capital << " rows of ink in " << height << " at " << tile.left << ", " << tile.top);
        CHECK(capital >= 0.015 * height);
        CHECK(capital < 0.03 * height);  // it is a letter that was measured, not a lamp
    }
}

TEST_CASE("In an 8 by 8 the capitals of a name are at least 1.5 percent of the screen's height, as drawn") {
    measure(1920, 1080, {});
    measure(3840, 2160, {});
}

TEST_CASE("Three live fields under each name do not make it smaller") {
    measure(1920, 1080, {"{format}", "{bitrate}", "Studio 5"});
}

}  // namespace
}  // namespace sightline::ui
