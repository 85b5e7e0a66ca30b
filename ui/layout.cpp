// SPDX-License-Identifier: Apache-2.0
#include "ui/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"

namespace sightline::ui {
namespace {

constexpr float kRaster = 100.0F / 24;

/// A preset as a raster: `big` squares of `size` cells first, then every cell left over.
struct Preset {
    const char* name;
    int columns, rows, size, big;
    int big_per_row;
};
constexpr Preset kPresets[] = {{"1+5", 3, 3, 2, 1, 1},
                               {"1+7", 4, 4, 3, 1, 1},
                               {"2+8", 4, 4, 2, 2, 2},
                               {"4+8", 6, 4, 2, 4, 2},
                               {"4+16", 8, 4, 2, 4, 2}};

Rect cell(int column, int row, int span, int columns, int rows) {
    const auto x = [&](int n) { return 100.0F * static_cast<float>(n) / static_cast<float>(columns); };
    const auto y = [&](int n) { return 100.0F * static_cast<float>(n) / static_cast<float>(rows); };
    return {x(column), y(row), x(column + span), y(row + span)};
}

std::vector<Rect> preset_cells(const Preset& preset) {
    std::vector<Rect> cells;
    std::vector<bool> used(static_cast<std::size_t>(preset.columns * preset.rows));
    for (int n = 0; n < preset.big; ++n) {
        const int column = n % preset.big_per_row * preset.size;
        const int row = n / preset.big_per_row * preset.size;
        cells.push_back(cell(column, row, preset.size, preset.columns, preset.rows));
        for (int y = row; y < row + preset.size; ++y)
            for (int x = column; x < column + preset.size; ++x)
                used[static_cast<std::size_t>(y * preset.columns + x)] = true;
    }
    for (int y = 0; y < preset.rows; ++y)
        for (int x = 0; x < preset.columns; ++x)
            if (!used[static_cast<std::size_t>(y * preset.columns + x)])
                cells.push_back(cell(x, y, 1, preset.columns, preset.rows));
    return cells;
}

float snapped(float value) {
    return std::round(value / kRaster) * kRaster;
}

std::string quoted(const std::string& text) {
    return core::json_string(text);  // a JSON string is a double-quoted YAML scalar
}

/// At most three decimals, none that say nothing.
std::string percent(float value) {
    std::string text = fmt::format("{:.3f}", static_cast<double>(value));
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
    return text;
}

std::string list_text(const std::vector<std::string>& items) {
    std::string out;
    for (const std::string& item : items) out += (out.empty() ? "" : ", ") + quoted(item);
    return "[" + out + "]";
}

std::string tile_text(const TileSpec& tile) {
    std::string out;
    switch (tile.kind) {
        case TileKind::Empty:
            out = "empty: true";
            break;
        case TileKind::Stream:
            out = "stream: " + quoted(tile.bound);
            break;
        case TileKind::PathPoint:
            out = fmt::format("path: {}, point: {}", quoted(tile.bound), tile.number);
            break;
        case TileKind::Tag:
            out = "tag: " + quoted(tile.bound);
            break;
        case TileKind::Penalty:
            out = fmt::format("penalty: {}", tile.number);
            break;
        case TileKind::Clock:
            out = "clock: " + quoted(tile.zone.name());
            break;
        case TileKind::Timer:
            out = "timer: " + quoted(core::to_rfc3339(tile.due.value_or(core::UtcTime{})));
            break;
    }
    if (!tile.probe.empty()) out += ", probe: " + quoted(tile.probe);
    if (!tile.name.empty()) out += ", name: " + quoted(tile.name);
    if (tile.tally) out += fmt::format(", tally: {}", *tile.tally);
    if (tile.umd) out += ", umd: " + list_text(*tile.umd);
    if (tile.safe_areas) out += ", safe_areas: true";
    if (tile.centre_cross) out += ", centre_cross: true";
    if (tile.at)
        out += fmt::format(", at: [{}, {}, {}, {}]", percent(tile.at->left), percent(tile.at->top),
                           percent(tile.at->right), percent(tile.at->bottom));
    return "{" + out + "}";
}

std::string tally_text(const TallySpec& tally) {
    std::string out =
        fmt::format("tally: {{listen: {}, offset: {}, swap: {}", quoted(tally.listen), tally.offset, tally.swap);
    if (tally.udp) out += fmt::format(", udp: {}", *tally.udp);
    if (tally.tcp) out += fmt::format(", tcp: {}", *tally.tcp);
    if (tally.screen) out += fmt::format(", screen: {}", *tally.screen);
    if (tally.stale > core::Duration::zero()) out += ", stale: " + core::to_text(tally.stale);
    return out + "}\n";
}

}  // namespace

Layout default_layout() {
    Layout layout;
    PageSpec all;
    all.name = "Channels";
    all.automatic = true;
    PageSpec wrong;
    wrong.name = "What is wrong";
    wrong.only_wrong = true;
    layout.pages = {all, wrong};
    return layout;
}

/// By LoudnessZones::Shown.
constexpr std::array<std::string_view, 3> kLoudnessShown{"full", "all", "off"};

std::string layout_text(const Layout& layout) {
    std::string out = "# A layout of Sightline's wall; docs/wall.md says what may stand here.\nversion: 1\n";
    out += "room: " + quoted(layout.room) + "\nzone: " + quoted(layout.zone.name()) + "\n";
    if (!layout.umd.empty()) out += "umd: " + list_text(layout.umd) + "\n";
    if (layout.lost == LostLook::Slate) out += "lost: slate\n";
    if (layout.latch != Layout{}.latch)
        out += fmt::format("latch: {}\n", layout.latch ? core::name(*layout.latch) : "off");
    if (!(layout.meters == MeterZones{}))
        out += fmt::format("meters: {{yellow: {}, red: {}}}\n", layout.meters.yellow, layout.meters.red);
    if (!(layout.loudness == LoudnessZones{}))
        out += fmt::format("loudness: {{low: {}, high: {}, show: {}}}\n", layout.loudness.low, layout.loudness.high,
                           kLoudnessShown[static_cast<std::size_t>(layout.loudness.shown)]);
    if (layout.tally) out += tally_text(*layout.tally);
    if (!layout.paths.empty()) out += "paths:\n";
    for (const PathSpec& path : layout.paths) {
        out += fmt::format("  - {{id: {}, points: {}}}\n", quoted(path.id), list_text(path.points));
    }
    if (!layout.windows.empty()) out += "windows:\n";
    for (const WindowSpec& window : layout.windows) {
        out += fmt::format("  - {{display: {}, size: {}x{}, fullscreen: {}", window.display, window.width,
                           window.height, window.fullscreen);
        if (!window.page.empty()) out += ", page: " + quoted(window.page);
        out += "}\n";
    }
    out += "pages:\n";
    for (const PageSpec& page : layout.pages) {
        out += "  - name: " + quoted(page.name) + "\n";
        if (page.umd) out += "    umd: " + list_text(*page.umd) + "\n";
        if (page.automatic) out += "    show: all\n";
        if (page.only_wrong) out += "    show: wrong\n";
        if (page.automatic || page.only_wrong) continue;
        out += page.grid.preset.empty() ? fmt::format("    grid: {}x{}\n", page.grid.columns, page.grid.rows)
                                        : fmt::format("    grid: {}\n", page.grid.preset);
        out += "    tiles:\n";
        for (const TileSpec& tile : page.tiles) out += "      - " + tile_text(tile) + "\n";
    }
    return out;
}

const std::vector<std::string>& presets() {
    static const std::vector<std::string> kNames = [] {
        std::vector<std::string> names;
        for (const Preset& preset : kPresets) names.emplace_back(preset.name);
        return names;
    }();
    return kNames;
}

std::vector<Rect> cells_of(const GridSpec& grid) {
    for (const Preset& preset : kPresets)
        if (grid.preset == preset.name) return preset_cells(preset);
    std::vector<Rect> cells;
    const int columns = std::clamp(grid.columns, 1, kMostGrid);
    const int rows = std::clamp(grid.rows, 1, kMostGrid);
    for (int y = 0; y < rows; ++y)
        for (int x = 0; x < columns; ++x) cells.push_back(cell(x, y, 1, columns, rows));
    return cells;
}

GridSpec grid_for(std::size_t count, float aspect) {
    GridSpec best{kMostGrid, kMostGrid, {}};
    float best_size = -1;
    for (int columns = 1; columns <= kMostGrid; ++columns) {
        const int rows = std::max(
            1, static_cast<int>((count + static_cast<std::size_t>(columns) - 1) / static_cast<std::size_t>(columns)));
        if (rows > kMostGrid) continue;
        // The picture of 16:9 that fits into one cell, on a page one unit high.
        const float size = std::min(aspect / static_cast<float>(columns), 16.0F / 9 / static_cast<float>(rows));
        if (size > best_size + 1e-4F) {
            best_size = size;
            best = {columns, rows, {}};
        }
    }
    return best;
}

std::vector<Rect> tile_rects(const PageSpec& page, const Rect& area, float gap) {
    const std::vector<Rect> cells = cells_of(page.grid);
    std::vector<Rect> rects;
    std::size_t next = 0;
    for (const TileSpec& tile : page.tiles) {
        Rect part{};
        if (tile.at) {
            part = *tile.at;
        } else if (next < cells.size()) {
            part = cells[next++];
        } else {
            rects.emplace_back();
            continue;
        }
        const Rect place{area.left + area.width() * part.left / 100 + gap / 2,
                         area.top + area.height() * part.top / 100 + gap / 2,
                         area.left + area.width() * part.right / 100 - gap / 2,
                         area.top + area.height() * part.bottom / 100 - gap / 2};
        rects.push_back(
            {std::round(place.left), std::round(place.top), std::round(place.right), std::round(place.bottom)});
    }
    return rects;
}

void free_tiles(PageSpec& page) {
    const std::vector<Rect> cells = cells_of(page.grid);
    std::size_t next = 0;
    for (TileSpec& tile : page.tiles) {
        if (tile.at) continue;
        if (next < cells.size()) tile.at = cells[next++];
    }
    std::erase_if(page.tiles, [](const TileSpec& tile) { return !tile.at; });
}

void swap_tiles(PageSpec& page, std::size_t a, std::size_t b) {
    if (a >= page.tiles.size() || b >= page.tiles.size() || a == b) return;
    std::swap(page.tiles[a], page.tiles[b]);
    std::swap(page.tiles[a].at, page.tiles[b].at);  // places stay, what is in them changes
}

void move_tile(PageSpec& page, std::size_t tile, Point by) {
    if (tile >= page.tiles.size()) return;
    free_tiles(page);
    if (tile >= page.tiles.size() || !page.tiles[tile].at) return;
    Rect& at = *page.tiles[tile].at;
    const float width = at.width();
    const float height = at.height();
    at.left = std::clamp(snapped(at.left + by.x), 0.0F, 100 - width);
    at.top = std::clamp(snapped(at.top + by.y), 0.0F, 100 - height);
    at.right = at.left + width;
    at.bottom = at.top + height;
}

void resize_tile(PageSpec& page, std::size_t tile, Point corner) {
    if (tile >= page.tiles.size()) return;
    free_tiles(page);
    if (tile >= page.tiles.size() || !page.tiles[tile].at) return;
    Rect& at = *page.tiles[tile].at;
    at.right = std::clamp(snapped(corner.x), std::min(at.left + kRaster, 100.0F), 100.0F);
    at.bottom = std::clamp(snapped(corner.y), std::min(at.top + kRaster, 100.0F), 100.0F);
}

}  // namespace sightline::ui
