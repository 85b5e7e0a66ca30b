// SPDX-License-Identifier: Apache-2.0
#include "ui/view_full.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ui/actions.hpp"
#include "ui/graphs.hpp"
#include "ui/history.hpp"
#include "ui/imgui.hpp"
#include "ui/lettering.hpp"
#include "ui/order.hpp"
#include "ui/path_view.hpp"
#include "ui/shapes.hpp"
#include "ui/tile_facts.hpp"
#include "ui/trends.hpp"
#include "ui/view_tiles.hpp"
#include "ui/view_top.hpp"
#include "ui/words.hpp"

namespace sightline::ui {
namespace {

constexpr core::Duration kStrip = std::chrono::hours{8};
constexpr std::size_t kMostGraphs = 5;
constexpr std::array kFullKeys{KeyHint{"A", "acknowledge"}, KeyHint{"S", "snooze"}, KeyHint{"N", "note"},
                               KeyHint{"B", "standby"},     KeyHint{"L", "listen"}, KeyHint{"Esc", "back"}};

void panel(const Canvas& canvas, const Rect& box) {
    fill(*canvas.list, box, palette::kPanel);
    outline(*canvas.list, box, palette::kLine);
}

/// Yellow and dashed. Its words stand above it at the left, at the right where another limit's are in the way, or
/// nowhere.
void draw_limit(const Canvas& canvas, const Rect& plot, float y, const std::string& words, std::vector<Rect>& taken) {
    const float unit = canvas.theme.unit();
    const float dash = 7 * unit;
    const int dashes = static_cast<int>(std::ceil(plot.width() / (2 * dash)));
    for (int n = 0; n < dashes; ++n) {
        const float x = plot.left + static_cast<float>(n) * 2 * dash;
        canvas.list->AddLine({x, y}, {std::min(x + dash, plot.right), y}, pack(palette::kMinor),
                             std::max(1.0F, 1.2F * unit));
    }
    const float size = 15 * unit;
    const float width = std::min(canvas.theme.width(words, Weight::Regular, size), plot.width());
    const float top = y - size * 1.2F < plot.top ? y + 2 * unit : y - size * 1.2F;
    for (const float left : {plot.left, plot.right - width}) {
        const Rect place{left, top, left + width, top + size * 1.2F};
        const bool free = std::none_of(taken.begin(), taken.end(), [&](const Rect& other) {
            return place.left < other.right && other.left < place.right && place.top < other.bottom &&
                   other.top < place.bottom;
        });
        if (!free) continue;
        put(canvas, words, Weight::Regular, size, {left, top}, palette::kMinor, width + 1);
        taken.push_back(place);
        return;
    }
}

void draw_line(const Canvas& canvas, const Rect& plot, const Graph& graph, const std::vector<float>& values,
               Colour colour) {
    const float thick = std::max(1.0F, 1.5F * canvas.theme.unit());
    // The right edge is now; each value is one second, 600 of them the width.
    ImVec2 before{};
    bool joined = false;
    const std::size_t count = values.size();
    for (std::size_t n = 0; n < count; ++n) {
        if (!std::isfinite(values[n])) {
            joined = false;
            continue;
        }
        const auto height = static_cast<float>((static_cast<double>(values[n]) - graph.low) / (graph.high - graph.low));
        const ImVec2 at{
            plot.right - static_cast<float>(count - 1 - n) / static_cast<float>(TrendBook::kSeconds) * plot.width(),
            plot.bottom - height * plot.height()};
        if (joined) canvas.list->AddLine(before, at, pack(colour), thick);
        before = at;
        joined = true;
    }
}

void draw_graph(const Canvas& canvas, const Rect& box, const Graph& graph) {
    const float unit = canvas.theme.unit();
    constexpr std::array kLines{palette::kWarning, palette::kMeterGreen, palette::kText, palette::kSecondText};
    panel(canvas, box);
    const Point top{box.left + 11 * unit, box.top + 8 * unit};
    const float now = put_right(canvas, graph.now, Weight::Regular, 19 * unit, {box.right - 11 * unit, top.y},
                                palette::kText, box.width() / 2);
    put(canvas, graph.title, Weight::Regular, 18 * unit, top, palette::kSecondText, box.width() - now - 34 * unit);
    const Rect plot{box.left + 11 * unit, box.top + 34 * unit, box.right - 11 * unit, box.bottom - 8 * unit};
    if (graph.empty()) return;
    std::vector<Rect> taken;
    for (const GraphLimit& limit : graph.limits)
        draw_limit(
            canvas, plot,
            plot.bottom - static_cast<float>((limit.value - graph.low) / (graph.high - graph.low)) * plot.height(),
            limit.words, taken);
    for (std::size_t n = 0; n < graph.lines.size(); ++n)
        draw_line(canvas, plot, graph, graph.lines[n], kLines[std::min(n, kLines.size() - 1)]);
}

void draw_graphs(const Canvas& canvas, const WallSnapshot& snapshot, const StreamState& stream, const Rect& column,
                 float& top) {
    const float unit = canvas.theme.unit();
    const float height = 114 * unit;
    std::vector<Graph> graphs;
    if (snapshot.focus == stream.key) graphs = graphs_of(snapshot, stream);
    if (graphs.size() > kMostGraphs) graphs.resize(kMostGraphs);
    for (const Graph& graph : graphs) {
        draw_graph(canvas, {column.left, top, column.right, top + height}, graph);
        top += height + 9 * unit;
    }
    if (!graphs.empty()) return;
    const Rect box{column.left, top, column.right, top + height};
    panel(canvas, box);
    put(canvas, "No numbers yet: they are kept from when the wall starts, one a second", Weight::Regular, 18 * unit,
        {box.left + 11 * unit, box.top + 8 * unit}, palette::kThirdText, box.width() - 22 * unit);
    top += height + 9 * unit;
}

struct Line {
    std::string time, text;
    bool fresh = false;
};

/// The incident's own timeline where it has one, then the stream's transitions; newest first. Only rows [first, last)
/// are made.
std::size_t timeline_length(const WallSnapshot& snapshot) {
    return (snapshot.detail ? snapshot.detail->timeline.size() : 0) + (snapshot.history ? snapshot.history->size() : 0);
}

void draw_timeline(const Canvas& canvas, const WallSnapshot& snapshot, ViewState& state, const StreamState& stream,
                   const Rect& box) {
    const float unit = canvas.theme.unit();
    panel(canvas, box);
    put(canvas, "TIMELINE", Weight::Bold, 18 * unit, {box.left + 13 * unit, box.top + 12 * unit}, palette::kThirdText);
    const Rect rows{box.left + 13 * unit, box.top + 38 * unit, box.right - 13 * unit, box.bottom - 8 * unit};
    // Indices only: 10,000 transitions are walked, not copied.
    std::vector<std::size_t> of_stream;
    if (snapshot.history)
        for (std::size_t n = 0; n < snapshot.history->size(); ++n)
            if ((*snapshot.history)[n].stream == stream.key.stream) of_stream.push_back(n);
    const std::size_t notes = snapshot.detail ? snapshot.detail->timeline.size() : 0;
    const std::size_t count = notes + of_stream.size();
    if (count == 0) {
        put(canvas,
            timeline_length(snapshot) > 0 || snapshot.history ? "nothing happened" : "asking the probe \xE2\x80\xA6",
            Weight::Regular, 18 * unit, {rows.left, rows.top}, palette::kThirdText);
        return;
    }
    if (box.contains(mouse_point())) state.history_offset -= ImGui::GetIO().MouseWheel * 60 * unit;
    const float row = 25 * unit;
    if (pressed(ImGuiKey_DownArrow, true)) state.history_offset += row;
    if (pressed(ImGuiKey_UpArrow, true)) state.history_offset -= row;
    const ListWindow window = list_window(count, row, rows.height(), state.history_offset);
    canvas.list->PushClipRect({rows.left, rows.top}, {rows.right, rows.bottom}, true);
    for (std::size_t n = window.first; n < window.last; ++n) {
        Line line;
        std::optional<core::UtcTime> at;
        if (n < notes) {
            const auto& entry = snapshot.detail->timeline[notes - 1 - n];
            at = entry.at;
            line.text = entry.text + (entry.who.empty() || entry.who == "desk" ? "" : " (" + entry.who + ")");
        } else {
            const core::AlarmTransition& one = (*snapshot.history)[of_stream[n - notes]];
            at = one.at.utc;
            line.text = transition_words(one);
        }
        line.time = at ? clock_text(*at, snapshot.zone) : std::string("--:--:--");
        line.fresh = at && canvas.utc - *at < std::chrono::minutes{10};
        const float top = rows.top + static_cast<float>(n) * row - state.history_offset;
        const float width = put(canvas, line.time, Weight::Regular, 18 * unit, {rows.left, top}, palette::kSecondText);
        put(canvas, line.text, Weight::Regular, 18 * unit, {rows.left + width + 10 * unit, top},
            line.fresh ? palette::kText : palette::kThirdText, rows.width() - width - 10 * unit);
    }
    canvas.list->PopClipRect();
}

/// "7:58:21"
std::string long_text(core::Duration time) {
    const auto all = std::chrono::duration_cast<std::chrono::seconds>(time).count();
    return fmt::format("{}:{:02}:{:02}", all / 3600, all / 60 % 60, all % 60);
}

void draw_strip(const Canvas& canvas, const WallSnapshot& snapshot, const StreamState& stream, const Rect& box) {
    const float unit = canvas.theme.unit();
    panel(canvas, box);
    const core::UtcTime from = canvas.utc - kStrip;
    const float top = box.top + 10 * unit;
    const float title = put(canvas, "last 8 h", Weight::Bold, 18 * unit, {box.left + 12 * unit, top}, palette::kText);
    const Rect bar{box.left + 12 * unit, box.top + 40 * unit, box.right - 12 * unit, box.top + 60 * unit};
    fill(*canvas.list, bar, palette::kLine);
    const auto place = [&](core::UtcTime at) {
        return bar.left + static_cast<float>(core::to_seconds(at - from) / core::to_seconds(kStrip)) * bar.width();
    };
    const auto hatch = [&](core::UtcTime begin, core::UtcTime end) {  // not known, or unwatched: never good
        draw_hatch(*canvas.list, {place(begin), bar.top, std::max(place(begin) + 2 * unit, place(end)), bar.bottom},
                   12 * unit, palette::kPanel, palette::kUnknown);
    };
    std::string words = "asking the probe \xE2\x80\xA6";
    if (snapshot.history) {
        const Strip strip = strip_of(*snapshot.history, stream.key.stream, from, canvas.utc);
        words = fmt::format("major or worse {} \xC2\xB7 {} alarms \xC2\xB7 {} worker restarts", long_text(strip.bad),
                            strip.alarms, stream.worker_restarts);
        if (snapshot.watch) {
            const WatchStrip watch = watch_strip_of(*snapshot.watch, from, canvas.utc);
            for (const WatchStrip::Span& span : watch.unwatched) hatch(span.from, span.to);
            words = fmt::format("on air {} \xC2\xB7 unwatched {} \xC2\xB7 ", long_text(watch.on_air),
                                long_text(watch.missed)) +
                    words;
        }
        for (const StripSegment& segment : strip.segments) {
            const float left = place(segment.from);
            fill(*canvas.list, {left, bar.top, std::max(left + 2 * unit, place(segment.to)), bar.bottom},
                 border_of(segment.severity).colour);
        }
        const bool cut = snapshot.history->size() >= 5'000;
        const auto oldest = snapshot.history->empty() ? std::nullopt : snapshot.history->back().at.utc;
        if (cut && oldest && *oldest > from) {
            hatch(from, *oldest);
            words += ", known since " + clock_text(*oldest, snapshot.zone, false);
        }
    } else {
        hatch(from, canvas.utc);
    }
    put(canvas, words, Weight::Regular, 18 * unit, {box.left + 24 * unit + title, top}, palette::kSecondText,
        box.width() - title - 40 * unit);
    core::UtcTime hour = std::chrono::ceil<std::chrono::hours>(from);
    for (; hour < canvas.utc; hour += std::chrono::hours{1}) {
        const float x = place(hour);
        if (x < bar.right - 50 * unit)
            put(canvas, clock_text(hour, snapshot.zone, false), Weight::Regular, 16 * unit, {x, bar.bottom + 6 * unit},
                palette::kThirdText);
    }
}

/// Another point of the path into the full view.
void change_to(const StreamKey& stream, const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands) {
    if (stream.stream.empty() || stream == state.selected) return;
    close_full_view(state, commands);
    state.selected = stream;
    state.selected_incident.clear();
    open_full_view(snapshot, state, commands);
}

void draw_point(const Canvas& canvas, const Rect& place, const PointLook& look) {
    const float unit = canvas.theme.unit();
    fill(*canvas.list, place, look.here ? palette::kUmd : palette::kPanel);
    draw_border(*canvas.list, place, std::max(1.0F, look.border.width * unit), look.border.pattern, look.border.colour);
    const float icon = look.border.icon == Icon::None ? 0 : 20 * unit;
    if (icon > 0)
        draw_icon(*canvas.list, look.border.icon, {place.left + 20 * unit, place.top + 19 * unit}, 15 * unit,
                  look.border.colour);
    put(canvas, look.name, Weight::Bold, 19 * unit, {place.left + 13 * unit + icon, place.top + 9 * unit},
        palette::kText, place.width() - 26 * unit - icon);
    put(canvas, look.words, Weight::Regular, 18 * unit, {place.left + 13 * unit, place.top + 33 * unit},
        look.first ? palette::kText : palette::kSecondText, place.width() - 26 * unit);
}

/// The points in their order; arrows and clicks go along them.
void draw_path(const Canvas& canvas, const WallSnapshot& snapshot, ViewState& state, const StreamState& stream,
               const Rect& box, CommandQueue& commands) {
    const float unit = canvas.theme.unit();
    const auto path = path_of(stream.key, state.layout, snapshot);
    if (!path) {
        panel(canvas, box);
        put(canvas, stream.url, Weight::Regular, 18 * unit, {box.left + 13 * unit, box.top + 10 * unit},
            palette::kSecondText, box.width() - 26 * unit);
        put(canvas, "a point of no path", Weight::Regular, 17 * unit, {box.left + 13 * unit, box.top + 34 * unit},
            palette::kThirdText, box.width() - 26 * unit);
        return;
    }
    const auto points = points_of(*path, stream.key, snapshot, canvas.now, canvas.utc);
    const float gap = 18 * unit;  // the way the signal goes is drawn in it
    const float width = (box.width() + gap) / static_cast<float>(points.size()) - gap;
    float left = box.left;
    std::size_t at = 0;
    StreamKey clicked;
    for (std::size_t n = 0; n < points.size(); ++n) {
        const Rect place{left, box.top, left + width, box.bottom};
        left += width + gap;
        draw_point(canvas, place, points[n]);
        if (points[n].here) at = n;
        if (state.dialog == Dialog::None && ImGui::IsMouseClicked(0) && place.contains(mouse_point()))
            clicked = points[n].stream;
        if (n + 1 == points.size()) break;
        const Point tip{place.right + gap * 0.72F, box.centre().y};
        canvas.list->AddTriangleFilled({tip.x - gap * 0.42F, tip.y - 7 * unit}, {tip.x - gap * 0.42F, tip.y + 7 * unit},
                                       {tip.x, tip.y}, pack(palette::kThirdText));
    }
    if (state.dialog == Dialog::None && pressed(ImGuiKey_RightArrow) && at + 1 < points.size())
        clicked = points[at + 1].stream;
    if (state.dialog == Dialog::None && pressed(ImGuiKey_LeftArrow) && at > 0) clicked = points[at - 1].stream;
    change_to(clicked, snapshot, state, commands);
}

void draw_picture(const Canvas& canvas, const WallSnapshot& snapshot, const ViewState& state, const StreamState& stream,
                  const Rect& box) {
    TileSpec tile;
    tile.kind = TileKind::Stream;
    tile.bound = stream.key.stream;
    for (const PageSpec& page : state.layout.pages)
        for (const TileSpec& known : page.tiles)
            if (known.kind == TileKind::Stream && known.bound == tile.bound) tile.tally = known.tally;
    TileFacts facts = facts_of(tile, &stream, snapshot, canvas.now, canvas.utc);
    facts.source = stream.url;
    if (!stream.codec.empty()) facts.source += " \xC2\xB7 " + stream.codec;
    if (stream.bitrate_bps) facts.source += fmt::format(" \xC2\xB7 {:.1f} Mb/s", *stream.bitrate_bps / 1e6);
    if (const AlarmView* worst = worst_alarm(stream, canvas.utc); worst != nullptr && !worst->message.empty()) {
        facts.bar += " \xC2\xB7 " + worst->message;
        if (worst->since) facts.bar += " since " + clock_text(*worst->since, snapshot.zone);
    }
    TileLook look = look_from(facts, &stream, snapshot, canvas.utc);
    shape_look(look, state.layout, true);
    look.safe_areas = look.centre_cross = state.guides;
    look.border.width = std::min(look.border.width, 1.2F);  // of a tile this wide
    draw_tile(canvas, box, stream.key, look);
}

}  // namespace

Rect full_area(const Rect& window, float unit, const ViewState& state) {
    if (!state.full_view) return {};
    return {window.left + 8 * unit, window.top + (kTopHeight + 4) * unit, window.right - 8 * unit,
            window.bottom - 8 * unit};
}

void draw_full(const Canvas& canvas, const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands) {
    const StreamState* stream = find_stream(snapshot, state.selected);
    const float unit = canvas.theme.unit();
    if (stream == nullptr) {
        put_centred(canvas, "This stream is no longer watched by its probe", Weight::Bold, 30 * unit,
                    canvas.area.centre(), palette::kText, canvas.area.width());
        if (!snapshot.streams.empty()) close_full_view(state, commands);
        return;
    }
    const Rect& area = canvas.area;
    const float middle = area.left + area.width() * 0.677F;
    const float strip = 124 * unit;
    const float path = 64 * unit;
    const float gap = 8 * unit;
    const Rect picture{area.left, area.top, middle, area.bottom - strip - path - 2 * gap};
    draw_picture(canvas, snapshot, state, *stream, picture);
    draw_path(canvas, snapshot, state, *stream, {area.left, picture.bottom + gap, middle, picture.bottom + gap + path},
              commands);
    draw_strip(canvas, snapshot, *stream, {area.left, area.bottom - strip, middle, area.bottom});
    const Rect column{middle + 2 * gap, area.top, area.right, area.bottom};
    float top = column.top;
    draw_graphs(canvas, snapshot, *stream, column, top);
    const float hints = keys_height(canvas, kFullKeys, column.width()) + 14 * unit;
    draw_timeline(canvas, snapshot, state, *stream, {column.left, top, column.right, column.bottom - hints});
    click_key(canvas, state, put_keys(canvas, kFullKeys, {column.left + 4 * unit, column.bottom}, column.width()));
    for (const IncidentView& incident : snapshot.incidents)
        if (std::find(incident.streams.begin(), incident.streams.end(), stream->key) != incident.streams.end())
            state.on_screen.shown(incident.id, incident.severity, canvas.now);
    canvas.redraw.within(std::chrono::milliseconds{500} -
                         canvas.utc.time_since_epoch() % std::chrono::milliseconds{500});
}

}  // namespace sightline::ui
