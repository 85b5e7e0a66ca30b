// SPDX-License-Identifier: Apache-2.0
#include "ui/view_tiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ui/actions.hpp"
#include "ui/imgui.hpp"
#include "ui/lettering.hpp"
#include "ui/shapes.hpp"
#include "ui/umd_fields.hpp"
#include "ui/view_rail.hpp"
#include "ui/view_top.hpp"
#include "ui/words.hpp"

namespace sightline::ui {
namespace {

constexpr float kStandbyBrightness = 0.35F;
constexpr float kLostBrightness = 0.5F;

bool sound_only(const StreamState& stream) {
    bool sound = false;
    for (const core::Track& track : stream.tracks) {
        if (track.kind == core::TrackKind::Video) return false;
        sound = sound || track.kind == core::TrackKind::Audio;
    }
    return sound;
}

void draw_clock_tile(const Canvas& canvas, const Rect& box, const TileSpec& tile) {
    const float unit = canvas.theme.unit();
    fill(*canvas.list, box, palette::kPanel);
    outline(*canvas.list, box, palette::kLine);
    const auto [text, below] = clock_words(tile, canvas.utc);
    const float size = std::clamp(box.height() * 0.3F, 20 * unit, 90 * unit);
    const float fitted =
        std::min(size, size * box.width() * 0.85F / std::max(1.0F, canvas.theme.width(text, Weight::Clock, size)));
    put_centred(canvas, text, Weight::Clock, fitted, {box.centre().x, box.centre().y - fitted * 0.7F}, palette::kText);
    put_centred(canvas, below, Weight::Bold, std::min(22 * unit, box.height() * 0.15F),
                {box.centre().x, box.bottom - std::min(40 * unit, box.height() * 0.25F)}, palette::kSecondText,
                box.width() - 12 * unit);
    canvas.redraw.within(std::chrono::seconds{1} - canvas.utc.time_since_epoch() % std::chrono::seconds{1});
}

/// Where nothing can be shown as tiles: why, and what to do.
void draw_words(const Canvas& canvas, std::string_view title, std::span<const std::string> lines) {
    const float unit = canvas.theme.unit();
    const float height = 60 * unit + static_cast<float>(lines.size()) * 30 * unit;
    float top = canvas.area.centre().y - height / 2;
    put_centred(canvas, title, Weight::Bold, 44 * unit, {canvas.area.centre().x, top}, palette::kText,
                canvas.area.width() - 40 * unit);
    top += 68 * unit;
    for (const std::string& line : lines) {
        put_centred(canvas, line, Weight::Regular, 22 * unit, {canvas.area.centre().x, top}, palette::kSecondText,
                    canvas.area.width() - 40 * unit);
        top += 30 * unit;
    }
}

bool draw_empty(const Canvas& canvas, const WallSnapshot& snapshot, const PageSpec& page) {
    if (snapshot.probes.empty()) {
        const std::array lines{std::string("sightline-wall needs a probe to show."),
                               std::string("Start one:  sightline run CONFIG.yaml"),
                               std::string("and give its socket or address to the wall.")};
        draw_words(canvas, "No probe", lines);
        return true;
    }
    if (snapshot.streams.empty()) {
        std::vector<std::string> lines;
        bool live = false;
        for (const ProbeState& probe : snapshot.probes) {
            live = live || probe.link == LinkState::Live;
            std::string words = probe.link == LinkState::Live         ? "is there, and watches no stream"
                                : probe.link == LinkState::Connecting ? "is being asked"
                                : probe.link == LinkState::Refused    ? "refuses: " + probe.error
                                                                      : "does not answer: " + probe.error;
            lines.push_back(probe.address + "  " + words);
        }
        lines.emplace_back();
        if (live) {
            lines.emplace_back("Streams stand in the probe's configuration: its list \"streams:\", one line each:");
            lines.emplace_back("- {id: news, url: \"srt://10.0.0.5:9000\"}");
            lines.emplace_back("They appear here as soon as the probe has read it (SIGHUP, or a restart).");
            lines.emplace_back();
        }
        lines.emplace_back("? shows the keys");
        draw_words(canvas, live ? "No streams yet" : "Waiting for the probe", lines);
        return true;
    }
    if (page.only_wrong && page.tiles.empty()) {
        std::size_t silent = 0;
        for (const ProbeState& probe : snapshot.probes) silent += probe.link == LinkState::Live ? 0 : 1;
        if (silent > 0) {
            const std::array lines{fmt::format("{} of {} probes do not answer: what they watch is unknown", silent,
                                               snapshot.probes.size())};
            draw_words(canvas, "Not known", lines);
            return true;
        }
        std::size_t standby = 0;
        std::size_t snoozed = 0;
        const auto over = std::count_if(snapshot.incidents.begin(), snapshot.incidents.end(),
                                        [](const IncidentView& incident) { return incident.over; });
        for (const StreamState& stream : snapshot.streams) {
            standby += stream.air == core::AirState::OnAir ? 0 : 1;
            snoozed += std::any_of(stream.alarms.begin(), stream.alarms.end(), [&](const AlarmView& alarm) {
                return alarm.snoozed_until && *alarm.snoozed_until > canvas.utc;
            });
        }
        const std::array lines{
            fmt::format("{} streams, {} of them standby, {} snoozed", snapshot.streams.size(), standby, snoozed),
            over > 0 ? fmt::format("every one that is on air is watched; {} faults are over and not acknowledged", over)
                     : std::string("every one that is on air is watched")};
        draw_words(canvas, "All good", lines);
        return true;
    }
    if (page.tiles.empty()) {
        const std::array lines{std::string("This page has no tiles: its list in the layout is empty.")};
        draw_words(canvas, page.name, lines);
        return true;
    }
    return false;
}

/// Outline of the tiles that the selected incident is about.
bool belongs(const WallSnapshot& snapshot, const ViewState& state, const StreamKey& key) {
    if (state.selected_incident.empty()) return false;
    for (const IncidentView& incident : snapshot.incidents)
        if (incident.id == state.selected_incident)
            return std::find(incident.streams.begin(), incident.streams.end(), key) != incident.streams.end();
    return false;
}

void mouse(const Canvas& canvas, const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands,
           const std::vector<Rect>& rects, const std::vector<const StreamState*>& streams) {
    if (state.dialog != Dialog::None || state.editing || !ImGui::IsMouseClicked(0)) return;
    const Point at = mouse_point();
    for (std::size_t n = rects.size(); n-- > 0;) {  // the one drawn last lies on top
        if (rects[n].empty() || !rects[n].contains(at) || streams[n] == nullptr) continue;
        state.selected = streams[n]->key;
        state.selected_incident.clear();
        if (ImGui::IsMouseDoubleClicked(0)) open_full_view(snapshot, state, commands);
        return;
    }
    (void)canvas;
}

/// The neighbour of `from` in a direction: nearest centre with that direction's lead.
std::size_t neighbour(const std::vector<Rect>& rects, std::size_t from, float dx, float dy) {
    std::size_t best = from;
    float least = 1e12F;
    for (std::size_t n = 0; n < rects.size(); ++n) {
        if (n == from || rects[n].empty()) continue;
        const float x = rects[n].centre().x - rects[from].centre().x;
        const float y = rects[n].centre().y - rects[from].centre().y;
        const float along = x * dx + y * dy;
        const float aside = std::abs(x * dy) + std::abs(y * dx);
        if (along <= 1 || aside > along * 2) continue;
        if (along + aside * 2 < least) {
            least = along + aside * 2;
            best = n;
        }
    }
    return best;
}

struct Arrow {
    ImGuiKey key;
    float dx, dy;
};
constexpr std::array kArrows{Arrow{ImGuiKey_LeftArrow, -1, 0}, Arrow{ImGuiKey_RightArrow, 1, 0},
                             Arrow{ImGuiKey_UpArrow, 0, -1}, Arrow{ImGuiKey_DownArrow, 0, 1}};

void arrows(ViewState& state, const std::vector<Rect>& rects, const std::vector<const StreamState*>& streams) {
    if (state.dialog != Dialog::None || state.editing || rects.empty()) return;
    std::size_t at = rects.size();
    for (std::size_t n = 0; n < streams.size(); ++n)
        if (streams[n] != nullptr && streams[n]->key == state.selected) at = n;
    for (const Arrow& arrow : kArrows) {
        if (!pressed(arrow.key, true)) continue;
        at = at == rects.size() ? 0 : neighbour(rects, at, arrow.dx, arrow.dy);
        if (streams[at] != nullptr) state.selected = streams[at]->key;
        state.selected_incident.clear();
    }
}

constexpr float kStep = 100.0F / 24;
constexpr float kEditFoot = 40;  // of the 1080-line drawing: the keys of edit mode

void edit_by_keys(ViewState& state, PageSpec& page, const std::vector<Rect>& rects) {
    if (state.dialog != Dialog::None || page.tiles.empty()) return;
    const ImGuiIO& io = ImGui::GetIO();
    for (const Arrow& arrow : kArrows) {
        if (!pressed(arrow.key, true)) continue;
        if (io.KeyShift) {
            move_tile(page, state.edited_tile, {arrow.dx * kStep, arrow.dy * kStep});
            state.edited = true;
        } else if (io.KeyCtrl) {
            free_tiles(page);
            if (state.edited_tile >= page.tiles.size()) return;
            const Rect place = page.tiles[state.edited_tile].at.value_or(Rect{});
            resize_tile(page, state.edited_tile, {place.right + arrow.dx * kStep, place.bottom + arrow.dy * kStep});
            state.edited = true;
        } else if (state.edited_tile < rects.size()) {
            state.edited_tile = neighbour(rects, state.edited_tile, arrow.dx, arrow.dy);
        }
    }
    if (typed('x')) {
        free_tiles(page);
        swap_tiles(page, state.edited_tile, (state.edited_tile + 1) % page.tiles.size());
        state.edited_tile = (state.edited_tile + 1) % page.tiles.size();
        state.edited = true;
    }
}

void edit_by_mouse(const Canvas& canvas, const Rect& area, ViewState& state, PageSpec& page,
                   const std::vector<Rect>& rects) {
    const Point at = mouse_point();
    const float handle = 28 * canvas.theme.unit();
    if (!state.drag && ImGui::IsMouseClicked(0)) {
        for (std::size_t n = rects.size(); n-- > 0;) {
            if (!rects[n].contains(at)) continue;
            state.edited_tile = n;
            state.drag = TileDrag{n, at, at.x > rects[n].right - handle && at.y > rects[n].bottom - handle};
            break;
        }
    }
    if (!state.drag || !ImGui::IsMouseReleased(0)) return;
    const TileDrag drag = *state.drag;
    state.drag.reset();
    if (drag.tile >= rects.size() || std::hypot(at.x - drag.from.x, at.y - drag.from.y) < 6 * canvas.theme.unit())
        return;
    const auto percent = [&](Point p) {
        return Point{100 * p.x / std::max(1.0F, area.width()), 100 * p.y / std::max(1.0F, area.height())};
    };
    free_tiles(page);
    state.edited = true;
    if (drag.resizes) {
        resize_tile(page, drag.tile, percent({at.x - area.left, at.y - area.top}));
        return;
    }
    for (std::size_t n = 0; n < rects.size(); ++n) {
        if (n == drag.tile || !rects[n].contains(at)) continue;
        swap_tiles(page, drag.tile, n);
        state.edited_tile = n;
        return;
    }
    move_tile(page, drag.tile, percent({at.x - drag.from.x, at.y - drag.from.y}));
}

void draw_edit(const Canvas& canvas, ViewState& state, const std::vector<Rect>& rects) {
    const float unit = canvas.theme.unit();
    for (std::size_t n = 0; n < rects.size(); ++n) {
        if (rects[n].empty()) continue;
        const bool chosen = n == state.edited_tile;
        outline(*canvas.list, rects[n], chosen ? palette::kSelected : palette::kUnknown, (chosen ? 3.0F : 1.0F) * unit);
        const Rect corner{rects[n].right - 20 * unit, rects[n].bottom - 20 * unit, rects[n].right - 4 * unit,
                          rects[n].bottom - 4 * unit};
        fill(*canvas.list, corner, chosen ? palette::kSelected : palette::kUnknown, 2 * unit);
    }
    if (state.drag && state.drag->tile < rects.size()) {
        const Point at = mouse_point();
        Rect ghost = rects[state.drag->tile];
        const Point by{at.x - state.drag->from.x, at.y - state.drag->from.y};
        if (!state.drag->resizes)
            ghost = {ghost.left + by.x, ghost.top + by.y, ghost.right + by.x, ghost.bottom + by.y};
        if (state.drag->resizes) ghost = {ghost.left, ghost.top, at.x, at.y};
        outline(*canvas.list, ghost, palette::kSelected, 2 * unit);
    }
    const Rect plate{canvas.area.left + 8 * unit, canvas.area.bottom - 38 * unit, canvas.area.right - 8 * unit,
                     canvas.area.bottom - 4 * unit};
    fill(*canvas.list, plate, palette::kPanel.faded(0.92F), 3 * unit);
    constexpr std::array kHints{KeyHint{"drag", "onto another: swap; elsewhere: move; corner: resize"},
                                KeyHint{"Shift+arrows", "move"},
                                KeyHint{"Ctrl+arrows", "resize"},
                                KeyHint{"X", "swap with the next"},
                                KeyHint{"S", "save"},
                                KeyHint{"Esc", "end"}};
    const char clicked =
        put_keys(canvas, kHints, {plate.left + 10 * unit, plate.bottom - 4 * unit}, plate.width() - 20 * unit);
    if (clicked != 'x') click_key(canvas, state, clicked);  // by mouse one drags
}

Lamp lamp_of(bool amber, bool lit, Lamp colour) {
    return amber ? Lamp::Amber : lit ? colour : Lamp::Off;
}

}  // namespace

TileLook look_from(const TileFacts& facts, const StreamState* stream, const WallSnapshot& snapshot, core::UtcTime utc) {
    TileLook look;
    look.umd.name = facts.name;
    look.umd.left = lamp_of(facts.tally.amber, facts.tally.red, Lamp::Red);
    look.umd.right = lamp_of(facts.tally.amber, facts.tally.green, Lamp::Green);
    look.umd.stale = facts.tally_stale;
    look.border = facts.border;
    look.flashing = facts.flashes;
    look.top_left = facts.source;
    look.top_right = facts.depth;
    look.adaptive = stream != nullptr && stream->depth == core::DepthMode::Adaptive;
    if (facts.snoozed_until) look.snoozed = clock_text(*facts.snoozed_until, snapshot.zone, false);
    if (facts.severity && !facts.bar.empty() && facts.stale.empty())
        look.bar = BarLook{*facts.severity, facts.bar, facts.since ? age_text(utc - *facts.since) : std::string(),
                           facts.flashes};
    if (facts.latched && facts.stale.empty()) {
        look.corners = border_of(*facts.latched).colour;
        if (!facts.severity) look.bar = BarLook{*facts.latched, facts.bar, facts.bar_time, false, true};
    }
    if (!facts.headline.empty()) {
        SlateLook slate;
        slate.title = facts.headline;
        slate.reason = facts.why;
        if (slate.title.starts_with("? ")) {
            slate.title = slate.title.substr(2);
            slate.icon = Icon::Question;
        }
        slate.hatched = facts.hatched;
        slate.hide_picture = facts.state == TileState::Unknown && facts.stale.empty();
        slate.struck = facts.state == TileState::Lost;
        look.slate = slate;
    }
    if (facts.dimmed) look.brightness = kStandbyBrightness;
    if (facts.greyed) look.brightness = kLostBrightness;
    look.grey = facts.greyed || !facts.stale.empty();
    look.meters = facts.stale.empty() && facts.state != TileState::Unbound;
    look.sound_only = stream != nullptr && sound_only(*stream);
    return look;
}

void shape_look(TileLook& look, const Layout& layout, bool full_view) {
    look.zones = layout.meters;
    const bool stale = look.slate && !look.slate->struck && look.grey;
    using Shown = LoudnessZones::Shown;
    if (!stale && (layout.loudness.shown == Shown::All || (full_view && layout.loudness.shown == Shown::Full)))
        look.loudness = layout.loudness;
    if (layout.lost == LostLook::Slate && look.slate && look.slate->struck) {
        look.slate->hide_picture = true;
        look.slate->struck = false;
    }
}

Rect tiles_area(const Rect& window, float unit, const ViewState& state) {
    if (state.full_view) return {};
    const float right = state.rail_shown ? window.right - kRailWidth * unit - 4 * unit : window.right - 4 * unit;
    return {window.left + 4 * unit, window.top + kTopHeight * unit, right, window.bottom - 4 * unit};
}

void draw_tiles(const Canvas& canvas, const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands) {
    PageSpec& own = page_of(state, static_cast<std::size_t>(canvas.window));
    const float aspect = canvas.area.width() / std::max(1.0F, canvas.area.height());
    const PageSpec page = expanded(own, state.layout, snapshot, canvas.utc, aspect);
    if (draw_empty(canvas, snapshot, page)) return;
    Rect area = canvas.area;
    if (state.editing) area.bottom -= kEditFoot * canvas.theme.unit();
    const std::vector<Rect> rects = tile_rects(page, area, 8 * canvas.theme.unit());
    const std::vector<const StreamState*> streams = bound_streams(page, state.layout, snapshot, canvas.utc);
    for (std::size_t n = 0; n < page.tiles.size(); ++n) {
        const TileSpec& tile = page.tiles[n];
        if (rects[n].empty() || (tile.kind == TileKind::Empty && !tile.tally)) continue;
        if (tile.kind == TileKind::Clock || tile.kind == TileKind::Timer) {
            draw_clock_tile(canvas, rects[n], tile);
            continue;
        }
        const StreamState* stream = streams[n];
        const TileFacts facts = facts_of(tile, stream, snapshot, canvas.now, canvas.utc);
        TileLook look = look_from(facts, stream, snapshot, canvas.utc);
        if (stream != nullptr)
            look.umd.lines =
                umd_lines(tile.umd.value_or(page.umd.value_or(state.layout.umd)), *stream, facts.stale.empty());
        shape_look(look, state.layout, false);
        look.safe_areas = tile.safe_areas || state.guides;
        look.centre_cross = tile.centre_cross || state.guides;
        if (stream != nullptr) look.selected = stream->key == state.selected || belongs(snapshot, state, stream->key);
        if (stream != nullptr) look.empty_words = "no picture on this wall";  // dark, but not the stream's doing
        draw_tile(canvas, rects[n], stream != nullptr ? stream->key : StreamKey{}, look);
        if (stream == nullptr) continue;
        for (const IncidentView& incident : snapshot.incidents)  // what a tile shows has been on the glass, too
            if (!state.rail_shown &&
                std::find(incident.streams.begin(), incident.streams.end(), stream->key) != incident.streams.end())
                state.on_screen.shown(incident.id, incident.severity, canvas.now);
        if (look.bar || look.flashing)
            canvas.redraw.within(std::chrono::milliseconds{500} -
                                 canvas.utc.time_since_epoch() % std::chrono::milliseconds{500});
    }
    if (state.editing) {
        edit_by_keys(state, own, rects);
        edit_by_mouse(canvas, area, state, own, rects);
        draw_edit(canvas, state, rects);
        return;
    }
    arrows(state, rects, streams);
    mouse(canvas, snapshot, state, commands, rects, streams);
}

}  // namespace sightline::ui
