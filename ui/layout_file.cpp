// SPDX-License-Identifier: Apache-2.0
// The layout's YAML, read through config/'s readers: every problem says file, line, key, value and what is allowed.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>

#include "config/problems.hpp"
#include "config/scope.hpp"
#include "config/surroundings.hpp"
#include "config/tree.hpp"
#include "config/values.hpp"
#include "ui/layout.hpp"
#include "ui/umd_fields.hpp"

namespace sightline::ui {
namespace {

using config::MapReader;
using config::Scope;
using config::YamlNode;

constexpr std::string_view kTileAllowed =
    "{stream: ID}, {path: ID, point: N}, {tag: NAME=VALUE}, {penalty: N}, {clock: ZONE}, {timer: TIME} or {empty: "
    "true}";

std::optional<std::pair<int, int>> parse_by(std::string_view text, int least, int most) {
    const std::size_t x = text.find('x');
    if (x == std::string_view::npos) return std::nullopt;
    const auto columns = config::parse_whole(text.substr(0, x));
    const auto rows = config::parse_whole(text.substr(x + 1));
    if (!columns || !rows || *columns < least || *columns > most || *rows < least || *rows > most) return std::nullopt;
    return std::pair(static_cast<int>(*columns), static_cast<int>(*rows));
}

std::optional<GridSpec> parse_grid(std::string_view text) {
    for (const std::string& preset : presets())
        if (text == preset) return GridSpec{4, 3, preset};
    const auto by = parse_by(text, 1, kMostGrid);
    if (!by) return std::nullopt;
    return GridSpec{by->first, by->second, {}};
}

void whole(MapReader& map, std::string_view name, std::optional<int>& out, int least, int most) {
    if (const YamlNode* node = map.take(name))
        if (const auto value = config::read_whole(map.scope(), *node, map.key(name), least, most))
            out = static_cast<int>(*value);
}

std::optional<Rect> read_place(Scope& scope, const YamlNode& node, const std::string& key) {
    constexpr std::string_view kAllowed =
        "[left, top, right, bottom] in percent of the page, left < right, top < bottom";
    std::array<float, 4> values{};
    bool good = node.list() && node.items.size() == values.size();
    for (std::size_t n = 0; good && n < values.size(); ++n) {
        const auto number = node.items[n].scalar() ? config::parse_number(node.items[n].text) : std::nullopt;
        good = number && *number >= 0 && *number <= 100;
        if (good) values[n] = static_cast<float>(*number);
    }
    const Rect place{values[0], values[1], values[2], values[3]};
    if (good && !place.empty()) return place;
    config::refuse(scope, node, key, kAllowed);
    return std::nullopt;
}

void zone(MapReader& map, std::string_view name, ClockZone& out) {
    const YamlNode* node = map.take(name);
    if (node == nullptr) return;
    const auto load = [](const std::string& written) -> std::optional<ClockZone> {
        const auto zone = ClockZone::load(written);
        if (!zone) return std::nullopt;
        return *zone;
    };
    if (auto chosen = config::read_value<ClockZone>(map.scope(), *node, map.key(name),
                                                    "local, UTC or a zone such as Europe/London", load))
        out = *chosen;
}

void level(MapReader& map, std::string_view name, float& out, float least, float most) {
    const YamlNode* node = map.take(name);
    if (node == nullptr) return;
    const auto parse = [=](const std::string& text) -> std::optional<float> {
        const auto number = config::parse_number(text);
        if (!number || *number < static_cast<double>(least) || *number > static_cast<double>(most)) return std::nullopt;
        return static_cast<float>(*number);
    };
    const std::string allowed = fmt::format("a number from {} to {}", least, most);
    if (const auto value = config::read_value<float>(map.scope(), *node, map.key(name), allowed, parse)) out = *value;
}

std::optional<core::Severity> read_latch(Scope& scope, const YamlNode& node, std::optional<core::Severity> otherwise) {
    using core::Severity;
    constexpr std::array kLeast{Severity::Critical, Severity::Major, Severity::Minor, Severity::Warning};
    const auto word = config::read_word(scope, node, "latch", {"critical", "major", "minor", "warning", "off"});
    if (!word) return otherwise;
    return *word < kLeast.size() ? std::optional(kLeast[*word]) : std::nullopt;
}

MeterZones read_meters(Scope& scope, const YamlNode& node) {
    MeterZones zones;
    MapReader map(scope, node, "meters", "{yellow: DBFS, red: DBFS}");
    level(map, "yellow", zones.yellow, -60, 0);
    level(map, "red", zones.red, -60, 0);
    if (map.valid() && zones.yellow > zones.red) config::refuse(scope, node, "meters", "yellow not above red");
    map.finish();
    return zones;
}

LoudnessZones read_loudness(Scope& scope, const YamlNode& node) {
    LoudnessZones zones;
    MapReader map(scope, node, "loudness", "{low: LUFS, high: LUFS, show: full|all|off}");
    level(map, "low", zones.low, -70, 0);
    level(map, "high", zones.high, -70, 0);
    if (const YamlNode* show = map.take("show"))
        if (const auto word = config::read_word(scope, *show, map.key("show"), {"full", "all", "off"}))
            zones.shown = static_cast<LoudnessZones::Shown>(*word);
    if (map.valid() && zones.low > zones.high) config::refuse(scope, node, "loudness", "low not above high");
    map.finish();
    return zones;
}

void umd_lines(MapReader& map, std::optional<std::vector<std::string>>& out) {
    const YamlNode* node = map.take("umd");
    if (node == nullptr) return;
    const std::string key = map.key("umd");
    if (!node->list() || node->items.size() > kMostUmdLines) {
        config::refuse(map.scope(), *node, key, "a list of at most 3 lines");
        return;
    }
    out.emplace();
    for (std::size_t n = 0; n < node->items.size(); ++n) {
        const auto check = [](const std::string& line) -> std::optional<std::string> {
            if (!umd_template_good(line)) return std::nullopt;
            return line;
        };
        if (auto line = config::read_value<std::string>(map.scope(), node->items[n], fmt::format("{}[{}]", key, n + 1),
                                                        umd_fields_allowed(), check))
            out->push_back(std::move(*line));
    }
}

/// The one key that says what the tile is bound to.
void read_binding(MapReader& map, const YamlNode& node, TileSpec& tile) {
    int given = 0;
    const auto text = [&](std::string_view name, TileKind kind, std::string_view allowed) {
        if (map.take(name) == nullptr) return;
        ++given;
        tile.kind = kind;
        map.text(name, tile.bound, allowed);
    };
    text("stream", TileKind::Stream, "a stream's id");
    text("path", TileKind::PathPoint, "a path's id");
    text("tag", TileKind::Tag, "NAME=VALUE");
    if (map.take("clock") != nullptr) {
        ++given;
        tile.kind = TileKind::Clock;
        zone(map, "clock", tile.zone);
    }
    std::optional<int> number;
    if (map.take("penalty") != nullptr) {
        ++given;
        tile.kind = TileKind::Penalty;
        whole(map, "penalty", number, 1, static_cast<int>(kMostTiles));
    }
    if (tile.kind == TileKind::PathPoint) whole(map, "point", number, 1, 100);
    tile.number = number.value_or(1);
    if (const YamlNode* timer = map.take("timer")) {
        ++given;
        tile.kind = TileKind::Timer;
        tile.due = config::read_value<core::UtcTime>(map.scope(), *timer, map.key("timer"),
                                                     "a time such as 2026-03-20T20:00:00Z",
                                                     [](const std::string& written) -> std::optional<core::UtcTime> {
                                                         const auto time = core::parse_rfc3339(written);
                                                         if (!time) return std::nullopt;
                                                         return *time;
                                                     });
    }
    bool empty = false;
    if (map.take("empty") != nullptr) {
        ++given;
        map.flag("empty", empty);
    }
    if (given != 1 && map.valid()) config::refuse(map.scope(), node, map.key(""), kTileAllowed);
}

TileSpec read_tile(Scope& scope, const YamlNode& node, const std::string& key) {
    TileSpec tile;
    MapReader map(scope, node, key, kTileAllowed);
    read_binding(map, node, tile);
    map.text("probe", tile.probe, "a probe's name");
    map.text("name", tile.name, "text");
    whole(map, "tally", tile.tally, 0, 65535);
    umd_lines(map, tile.umd);
    map.flag("safe_areas", tile.safe_areas);
    map.flag("centre_cross", tile.centre_cross);
    if (const YamlNode* place = map.take("at")) tile.at = read_place(scope, *place, map.key("at"));
    map.finish();
    return tile;
}

PageSpec read_page(Scope& scope, const YamlNode& node, const std::string& key) {
    PageSpec page;
    MapReader map(scope, node, key, "a page: {name, grid, tiles} or {name, show: all|wrong}");
    map.text("name", page.name, "text");
    umd_lines(map, page.umd);
    if (const YamlNode* show = map.take("show")) {
        const auto word = config::read_word(scope, *show, map.key("show"), {"all", "wrong"});
        page.automatic = word == std::size_t{0};
        page.only_wrong = word == std::size_t{1};
    }
    if (const YamlNode* grid = map.take("grid")) {
        page.grid =
            config::read_value<GridSpec>(scope, *grid, map.key("grid"),
                                         "COLUMNSxROWS from 1x1 to 12x12, 1+5, 1+7, 2+8, 4+8 or 4+16", parse_grid)
                .value_or(GridSpec{});
    }
    if (const YamlNode* tiles = map.take("tiles")) {
        if (!tiles->list() || tiles->items.size() > kMostTiles) {
            config::refuse(scope, *tiles, map.key("tiles"), "a list of at most 144 tiles");
        } else {
            for (std::size_t n = 0; n < tiles->items.size(); ++n)
                page.tiles.push_back(read_tile(scope, tiles->items[n], fmt::format("{}.tiles[{}]", key, n + 1)));
        }
    } else if (map.valid() && !page.automatic && !page.only_wrong) {
        config::refuse(scope, node, key, "a page with tiles, or with show: all or wrong");
    }
    map.finish();
    return page;
}

WindowSpec read_window(Scope& scope, const YamlNode& node, const std::string& key) {
    WindowSpec window;
    MapReader map(scope, node, key, "a window: {display, size, page, fullscreen}");
    std::optional<int> display;
    whole(map, "display", display, 0, 15);
    window.display = display.value_or(0);
    map.text("page", window.page, "a page's name");
    map.flag("fullscreen", window.fullscreen);
    if (const YamlNode* size = map.take("size")) {
        const auto parse = [](const std::string& text) { return parse_by(text, 160, 16384); };
        const auto by = config::read_value<std::pair<int, int>>(scope, *size, map.key("size"),
                                                                "WIDTHxHEIGHT in pixels, 160 to 16384", parse);
        if (by) window.width = by->first;
        if (by) window.height = by->second;
    }
    map.finish();
    return window;
}

TallySpec read_tally(Scope& scope, const YamlNode& node) {
    TallySpec tally;
    MapReader map(scope, node, "tally", "{udp: PORT, tcp: PORT, listen, offset, swap, screen, stale}");
    map.text("listen", tally.listen, "an address of this machine");
    whole(map, "udp", tally.udp, 1, 65535);
    whole(map, "tcp", tally.tcp, 1, 65535);
    std::optional<int> offset;
    whole(map, "offset", offset, -65535, 65535);
    tally.offset = offset.value_or(0);
    map.flag("swap", tally.swap);
    whole(map, "screen", tally.screen, 0, 65535);
    map.duration("stale", tally.stale, std::chrono::seconds{1}, std::chrono::hours{24});
    if (map.valid() && !tally.udp && !tally.tcp) config::refuse(scope, node, "tally", "at least one of udp and tcp");
    map.finish();
    return tally;
}

PathSpec read_path(Scope& scope, const YamlNode& node, const std::string& key) {
    PathSpec path;
    MapReader map(scope, node, key, "{id, points: [STREAM, …]}");
    map.text("id", path.id, "a path's id");
    if (const YamlNode* points = map.need("points", "a list of stream ids"))
        for (const YamlNode* point : config::read_list(scope, *points, map.key("points"), "a list of stream ids"))
            path.points.push_back(point->text);
    map.finish();
    return path;
}

template <class Each>
void each_item(MapReader& map, std::string_view name, std::string_view allowed, const Each& each) {
    const YamlNode* list = map.take(name);
    if (list == nullptr) return;
    if (!list->list() || list->items.size() > 100) {
        config::refuse(map.scope(), *list, name, allowed);
        return;
    }
    for (std::size_t n = 0; n < list->items.size(); ++n) each(list->items[n], fmt::format("{}[{}]", name, n + 1));
}

void check_names(const Layout& layout, config::Problems& problems) {
    std::set<std::string> names;
    for (const PageSpec& page : layout.pages)
        if (!names.insert(page.name).second)
            problems.add(0, "pages", fmt::format("two pages are called \"{}\"", page.name));
    for (const WindowSpec& window : layout.windows)
        if (!window.page.empty() && !names.contains(window.page))
            problems.add(0, "windows", fmt::format("no page is called \"{}\"", window.page));
}

}  // namespace

core::Result<Layout> parse_layout(std::string_view yaml, const std::string& file) {
    config::Problems problems(file);
    const config::Surroundings around{};
    Layout layout;
    if (const auto tree = config::parse_yaml(yaml, problems)) {
        Scope scope{around, problems, {}, {}, {}};
        MapReader map(scope, *tree, "", "a layout: {version: 1, pages: …}");
        if (const YamlNode* version = map.need("version", "1"))
            (void)config::read_whole(scope, *version, "version", 1, 1);
        map.text("room", layout.room, "text");
        zone(map, "zone", layout.zone);
        std::optional<std::vector<std::string>> umd;
        umd_lines(map, umd);
        layout.umd = umd.value_or(std::vector<std::string>{});
        if (const YamlNode* lost = map.take("lost"))
            if (config::read_word(scope, *lost, "lost", {"picture", "slate"}) == std::size_t{1})
                layout.lost = LostLook::Slate;
        if (const YamlNode* latch = map.take("latch")) layout.latch = read_latch(scope, *latch, layout.latch);
        if (const YamlNode* meters = map.take("meters")) layout.meters = read_meters(scope, *meters);
        if (const YamlNode* loudness = map.take("loudness")) layout.loudness = read_loudness(scope, *loudness);
        if (const YamlNode* tally = map.take("tally")) layout.tally = read_tally(scope, *tally);
        each_item(map, "paths", "a list of at most 100 paths", [&](const YamlNode& node, const std::string& key) {
            layout.paths.push_back(read_path(scope, node, key));
        });
        each_item(map, "windows", "a list of at most 100 windows", [&](const YamlNode& node, const std::string& key) {
            layout.windows.push_back(read_window(scope, node, key));
        });
        each_item(map, "pages", "a list of at most 100 pages", [&](const YamlNode& node, const std::string& key) {
            layout.pages.push_back(read_page(scope, node, key));
            if (layout.pages.back().name.empty()) layout.pages.back().name = std::to_string(layout.pages.size());
        });
        map.finish();
        if (layout.pages.empty()) layout.pages = default_layout().pages;
        check_names(layout, problems);
    }
    if (problems.empty()) return layout;
    std::string words;
    for (const std::string& line : problems.lines()) words += (words.empty() ? "" : "\n") + line;
    return core::fail(core::ErrorCode::InvalidConfig, words);
}

core::Result<Layout> read_layout(const std::string& file) {
    const auto text = config::read_text_file(file, config::kMostFileBytes);
    if (!text) return tl::unexpected(text.error());
    return parse_layout(*text, file);
}

core::Result<void> save_layout(const std::string& text, const std::string& file) {
    const std::string beside = file + ".new";
    {
        std::ofstream out(beside, std::ios::binary | std::ios::trunc);
        out << text;
        out.flush();
        if (!out) return core::fail(core::ErrorCode::Io, fmt::format("cannot write {}", beside));
    }
    std::error_code error;
    std::filesystem::rename(beside, file, error);
    if (error) return core::fail(core::ErrorCode::Io, fmt::format("cannot write {}: {}", file, error.message()));
    return {};
}

}  // namespace sightline::ui
