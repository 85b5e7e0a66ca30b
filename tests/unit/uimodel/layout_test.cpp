// SPDX-License-Identifier: Apache-2.0
#include "ui/layout.hpp"

#include <cmath>
#include <string>

#include "tests/catch.hpp"

using namespace sightline;
using namespace sightline::ui;

namespace {

constexpr const char* kWhole = R"(version: 1
room: MCR 1
zone: UTC
lost: slate
latch: off
meters: {yellow: -20, red: -10.5}
loudness: {low: -24, high: -22, show: all}
tally: {udp: 8900, tcp: 8901, offset: 1, swap: true, screen: 2, stale: 60s}
paths:
  - {id: news-hd, points: [news-enc, news-origin]}
windows:
  - {display: 0, size: 1920x1080, page: Channels}
  - {display: 1, size: 3840x2160, fullscreen: true, page: Wrong}
pages:
  - name: Channels
    grid: 1+5
    tiles:
      - {stream: news-enc, name: NEWS HD, tally: 5}
      - {path: news-hd, point: 2}
      - {tag: site=london}
      - {penalty: 1}
      - {clock: local, name: HERE}
      - {timer: 2026-03-20T20:00:00Z, name: ON AIR}
      - {empty: true, at: [0, 50, 25, 100]}
  - {name: Wrong, show: wrong}
)";

std::string words(const std::string& yaml) {
    const auto read = parse_layout(yaml, "wall.yaml");
    return read ? std::string("taken") : read.error().message;
}

}  // namespace

TEST_CASE("A layout is read whole, and what is written of it reads back the same", "[layout]") {
    const auto read = parse_layout(kWhole, "wall.yaml");
    INFO((read ? std::string() : read.error().message));
    REQUIRE(read);
    CHECK(read->room == "MCR 1");
    CHECK(read->lost == LostLook::Slate);
    CHECK_FALSE(read->latch);
    CHECK(parse_layout("{version: 1, latch: minor}", "w")->latch == core::Severity::Minor);
    CHECK(parse_layout("{version: 1}", "w")->latch == core::Severity::Major);
    CHECK(read->meters == MeterZones{-20, -10.5F});
    CHECK(read->loudness == LoudnessZones{-24, -22, LoudnessZones::Shown::All});
    REQUIRE(read->tally);
    CHECK(read->tally->offset == 1);
    CHECK(read->tally->swap);
    CHECK(read->windows.size() == 2);
    REQUIRE(read->pages.size() == 2);
    const PageSpec& page = read->pages[0];
    CHECK(page.grid.preset == "1+5");
    REQUIRE(page.tiles.size() == 7);
    CHECK(page.tiles[0].tally == 5);
    CHECK(page.tiles[1].kind == TileKind::PathPoint);
    CHECK(page.tiles[1].number == 2);
    CHECK(page.tiles[5].due.has_value());
    CHECK(page.tiles[6].at == Rect{0, 50, 25, 100});
    CHECK(read->pages[1].only_wrong);
    const auto again = parse_layout(layout_text(*read), "again");
    INFO(layout_text(*read));
    REQUIRE(again);
    CHECK(*again == *read);
}

TEST_CASE("Names of any letters survive being saved", "[layout]") {
    Layout layout = default_layout();
    layout.room = "R\xC3\xA9gie \"A\": #1 \\ 'x'";
    const auto again = parse_layout(layout_text(layout), "again");
    REQUIRE(again);
    CHECK(*again == layout);
}

TEST_CASE("What is wrong with a layout is said with file, line, key, value and what is allowed", "[layout]") {
    CHECK(
        words("version: 1\npages:\n  - {name: A, grid: 13x1, tiles: []}\n") ==
        "wall.yaml:3: pages[1].grid: got \"13x1\", allowed COLUMNSxROWS from 1x1 to 12x12, 1+5, 1+7, 2+8, 4+8 or 4+16");
    CHECK(words("version: 2\n").find("wall.yaml:1: version: got \"2\"") == 0);
    CHECK(words("version: 1\npages:\n  - name: A\n    tiles:\n      - {strem: x}\n").find("did you mean \"stream\"") !=
          std::string::npos);
    CHECK(words("version: 1\npages:\n  - name: A\n    tiles:\n      - {stream: x, clock: UTC}\n")
              .find("allowed {stream: ID}, {path: ID, point: N}") != std::string::npos);
    CHECK(words("version: 1\npages:\n  - name: A\n    tiles:\n      - {stream: x, at: [50, 0, 40, 100]}\n")
              .find("wall.yaml:5: pages[1].tiles[1].at: got a list, allowed [left, top, right, bottom] in percent") ==
          0);
    CHECK(words("version: 1\npages: [{name: A}]\n").find("a page with tiles, or with show: all or wrong") !=
          std::string::npos);
    CHECK(words("version: 1\nwindows: [{page: B}]\npages: [{name: A, show: all}]\n").find("no page is called \"B\"") !=
          std::string::npos);
    CHECK(words("version: 1\ntally: {offset: 1}\n").find("at least one of udp and tcp") != std::string::npos);
    CHECK(words("version: 1\ntally: {udp: 99999}\n").find("tally.udp: got \"99999\"") != std::string::npos);
    CHECK(words("version: 1\nzone: Europe/Pairs\n")
              .find("wall.yaml:2: zone: got \"Europe/Pairs\", allowed local, UTC or") == 0);
    CHECK(words("a: [").find("wall.yaml:") == 0);
    CHECK(words("version: 1\nlost: gone\n").find("picture") != std::string::npos);
    CHECK(words("version: 1\nmeters: {yellow: -5, red: -9}\n").find("yellow not above red") != std::string::npos);
    CHECK(words("version: 1\nmeters: {red: 3}\n").find("a number from -60 to 0") != std::string::npos);
    CHECK(words("version: 1\nloudness: {low: -20, high: -23}\n").find("low not above high") != std::string::npos);
}

TEST_CASE("Every grid and preset covers its page once, without overlap", "[layout]") {
    std::vector<GridSpec> grids;
    for (int columns = 1; columns <= kMostGrid; ++columns)
        for (int rows = 1; rows <= kMostGrid; ++rows) grids.push_back({columns, rows, {}});
    for (const std::string& preset : presets()) grids.push_back({4, 3, preset});
    for (const GridSpec& grid : grids) {
        const auto cells = cells_of(grid);
        float area = 0;
        for (std::size_t a = 0; a < cells.size(); ++a) {
            area += cells[a].width() * cells[a].height();
            for (std::size_t b = 0; b < a; ++b) {
                const bool apart = cells[a].left >= cells[b].right - 0.01F || cells[b].left >= cells[a].right - 0.01F ||
                                   cells[a].top >= cells[b].bottom - 0.01F || cells[b].top >= cells[a].bottom - 0.01F;
                if (!apart) FAIL("cells " << a << " and " << b << " of " << grid.preset << " overlap");
            }
        }
        CHECK(std::abs(area - 10'000) < 1);
    }
    CHECK(cells_of({4, 3, "1+5"}).size() == 6);
    CHECK(cells_of({4, 3, "1+7"}).size() == 8);
    CHECK(cells_of({4, 3, "2+8"}).size() == 10);
    CHECK(cells_of({4, 3, "4+8"}).size() == 12);
    CHECK(cells_of({4, 3, "4+16"}).size() == 20);
}

TEST_CASE("A grid for a number of streams has room for all of them", "[layout]") {
    for (std::size_t count = 0; count <= 144; ++count) {
        const GridSpec grid = grid_for(count, 1.78F);
        CHECK(static_cast<std::size_t>(grid.columns * grid.rows) >= count);
    }
    CHECK(grid_for(12, 1.85F).columns == 4);
    CHECK(grid_for(1, 1.78F).columns == 1);
    CHECK(grid_for(5000, 1.78F).columns == kMostGrid);
}

TEST_CASE("Tiles take the cells in order, those with a place their place, and too many take none", "[layout]") {
    PageSpec page;
    page.grid = {2, 1, {}};
    page.tiles.resize(4);
    page.tiles[1].at = Rect{10, 10, 20, 20};
    const auto rects = tile_rects(page, {0, 100, 1000, 600}, 10);
    REQUIRE(rects.size() == 4);
    CHECK(rects[0] == Rect{5, 105, 495, 595});
    CHECK(rects[1] == Rect{105, 155, 195, 195});
    CHECK(rects[2] == Rect{505, 105, 995, 595});
    CHECK(rects[3].empty());
}

TEST_CASE("Editing swaps, moves within the page and keeps a tile from vanishing", "[layout]") {
    PageSpec page;
    page.grid = {2, 2, {}};
    for (const char* id : {"a", "b", "c"}) {
        TileSpec tile;
        tile.kind = TileKind::Stream;
        tile.bound = id;
        page.tiles.push_back(tile);
    }
    free_tiles(page);
    swap_tiles(page, 0, 2);
    CHECK(page.tiles[0].bound == "c");
    CHECK(*page.tiles[0].at == Rect{0, 0, 50, 50});
    move_tile(page, 0, {90, -20});
    CHECK(page.tiles[0].at->right == Approx(100));
    CHECK(page.tiles[0].at->top == Approx(0));
    CHECK(page.tiles[0].at->width() == Approx(50));
    resize_tile(page, 0, {0, 0});
    CHECK(page.tiles[0].at->width() > 1);
    CHECK(page.tiles[0].at->height() > 1);
    resize_tile(page, 0, {300, 300});
    CHECK(page.tiles[0].at->right == Approx(100));
    swap_tiles(page, 0, 99);
    move_tile(page, 99, {1, 1});  // nothing there: nothing happens
    CHECK(page.tiles.size() == 3);
}
