// SPDX-License-Identifier: Apache-2.0
// What stands where on the wall: pages of tiles, as a YAML file (docs/wall.md) and as rectangles. No ImGui here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/rules.hpp"
#include "core/time.hpp"
#include "ui/clock_zone.hpp"
#include "ui/geometry.hpp"

namespace sightline::ui {

enum class TileKind : std::uint8_t { Empty, Stream, PathPoint, Tag, Penalty, Clock, Timer };

/// One tile and what it is bound to.
struct TileSpec {
    TileKind kind = TileKind::Empty;
    std::string bound;                 ///< stream id, path id, "tag=value"
    ClockZone zone;                    ///< of a clock
    std::string probe;                 ///< of a stream, where ids occur on several probes; empty: the first that has it
    int number = 1;                    ///< point of a path, place in the penalty box: from 1
    std::optional<core::UtcTime> due;  ///< timer: what it counts to, and from then on from
    std::string name;                  ///< for the UMD; empty: the stream's own
    std::optional<int> tally;          ///< display index of TSL
    std::optional<std::vector<std::string>> umd;  ///< lines under the name; empty list: none
    bool safe_areas = false, centre_cross = false;
    std::optional<Rect> at;  ///< in percent of the page; empty: the next cell of the page's grid
    friend bool operator==(const TileSpec&, const TileSpec&) = default;
};

/// A regular grid, or one of the presets with big tiles first ("1+5").
struct GridSpec {
    int columns = 4, rows = 3;
    std::string preset;
    friend bool operator==(const GridSpec&, const GridSpec&) = default;
};

struct PageSpec {
    std::string name;
    GridSpec grid;
    bool automatic = false;   ///< every stream, in a grid that is large enough
    bool only_wrong = false;  ///< every stream that is wrong, worst first
    std::optional<std::vector<std::string>> umd;
    std::vector<TileSpec> tiles;
    friend bool operator==(const PageSpec&, const PageSpec&) = default;
};

struct WindowSpec {
    int display = 0;   ///< monitor, from 0
    std::string page;  ///< shown at first; empty: the first
    int width = 1920, height = 1080;
    bool fullscreen = false;
    friend bool operator==(const WindowSpec&, const WindowSpec&) = default;
};

struct TallySpec {
    std::string listen = "0.0.0.0";
    std::optional<int> udp, tcp;  ///< ports; empty: not listened
    int offset = 0;
    bool swap = false;
    std::optional<int> screen;
    core::Duration stale{};  ///< zero: only a lost TCP sender makes tally stale
    friend bool operator==(const TallySpec&, const TallySpec&) = default;
};

struct PathSpec {
    std::string id;
    std::vector<std::string> points;  ///< stream ids, from the source on
    friend bool operator==(const PathSpec&, const PathSpec&) = default;
};

/// Where meters change colour, in dBFS.
struct MeterZones {
    float yellow = -18, red = -9;
    friend bool operator==(const MeterZones&, const MeterZones&) = default;
};

/// Short-term loudness that is neither too low nor too high, in LUFS, and where it is written.
struct LoudnessZones {
    enum class Shown : std::uint8_t { Full, All, Off };
    float low = -26, high = -20;
    Shown shown = Shown::Full;
    friend bool operator==(const LoudnessZones&, const LoudnessZones&) = default;
};

/// Of a stream without a signal: its last picture greyed and struck through, or a slate alone.
enum class LostLook : std::uint8_t { Picture, Slate };

struct Layout {
    std::string room = "Sightline";
    ClockZone zone;                ///< of the clock and all times of day
    std::vector<std::string> umd;  ///< lines under each name (umd_fields.hpp), unless page or tile say otherwise
    LostLook lost = LostLook::Picture;
    std::optional<core::Severity> latch = core::Severity::Major;  ///< from here on faults stay until acknowledged
    MeterZones meters;
    LoudnessZones loudness;
    std::vector<PageSpec> pages;
    std::vector<WindowSpec> windows;
    std::vector<PathSpec> paths;
    std::optional<TallySpec> tally;
    friend bool operator==(const Layout&, const Layout&) = default;
};

inline constexpr int kMostGrid = 12;
inline constexpr std::size_t kMostTiles = 144;

/// Without a file: all streams on one page, and a page of what is wrong.
[[nodiscard]] Layout default_layout();
/// @return InvalidConfig: every problem, one a line, as "FILE:LINE: KEY: got VALUE, allowed …".
[[nodiscard]] core::Result<Layout> parse_layout(std::string_view yaml, const std::string& file);
/// What parse_layout reads back as the same layout.
[[nodiscard]] std::string layout_text(const Layout& layout);
/// Reads and writes files; writing replaces the file as a whole.
[[nodiscard]] core::Result<Layout> read_layout(const std::string& file);
[[nodiscard]] core::Result<void> save_layout(const std::string& text, const std::string& file);

[[nodiscard]] const std::vector<std::string>& presets();
/// Cells of a grid in percent, big ones first, then left to right and top to bottom.
[[nodiscard]] std::vector<Rect> cells_of(const GridSpec& grid);
/// The squarest grid of at least `count` cells for a page of `aspect`, up to 12×12.
[[nodiscard]] GridSpec grid_for(std::size_t count, float aspect);
/// Where each tile of `page` lies in `area`, `gap` pixels between neighbours; empty where the grid has no cell left.
[[nodiscard]] std::vector<Rect> tile_rects(const PageSpec& page, const Rect& area, float gap);

/// Editing. Every tile gets a place of its own first, so that what is not touched stays where it is.
void free_tiles(PageSpec& page);
void swap_tiles(PageSpec& page, std::size_t a, std::size_t b);
/// Moves by percent of the page, onto the raster of 1/24, within the page.
void move_tile(PageSpec& page, std::size_t tile, Point by);
/// New right bottom corner, in percent; at least 1/24 of the page each way.
void resize_tile(PageSpec& page, std::size_t tile, Point corner);

}  // namespace sightline::ui
