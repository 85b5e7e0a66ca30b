// SPDX-License-Identifier: Apache-2.0
#include "ui/view_full.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ui/actions.hpp"
#include "ui/history.hpp"
#include "ui/imgui.hpp"
#include "ui/lettering.hpp"
#include "ui/order.hpp"
#include "ui/shapes.hpp"
#include "ui/tile_facts.hpp"
#include "ui/view_tiles.hpp"
#include "ui/view_top.hpp"
#include "ui/words.hpp"

namespace sightline::ui {
namespace {

constexpr core::Duration kStrip = std::chrono::hours{8};
constexpr std::size_t kMostGraphs = 5;
constexpr std::array kHints{KeyHint{"A", "acknowledge"}, KeyHint{"S", "snooze"}, KeyHint{"N", "note"},
                            KeyHint{"B", "standby"},     KeyHint{"L", "listen"}, KeyHint{"Esc", "back"}};

void panel(const Canvas& canvas, const Rect& box) {
    fill(*canvas.list, box, palette::kPanel);
    outline(*canvas.list, box, palette::kLine);
}

std::string graph_name(const std::string& measurement) {
    if (measurement == "bitrate.mux") return "Bitrate, Mb/s";
    std::string words = condition_words(measurement.substr(0, measurement.find('/')));
    const std::size_t of = measurement.find('/');
    if (of != std::string::npos) words += " \xC2\xB7 " + measurement.substr(of + 1);
    return words;
}

void draw_graph(const Canvas& canvas, const Rect& box, const Trend& trend) {
    const float unit = canvas.theme.unit();
    panel(canvas, box);
    const float scale = trend.measurement == "bitrate.mux" ? 1e-6F : 1.0F;
    float low = 1e30F;
    float high = -1e30F;
    float last = std::numeric_limits<float>::quiet_NaN();
    for (const float value : trend.values) {
        if (std::isnan(value)) continue;
        last = value * scale;
        low = std::min(low, last);
        high = std::max(high, last);
    }
    put(canvas, graph_name(trend.measurement), Weight::Regular, 18 * unit, {box.left + 11 * unit, box.top + 8 * unit},
        palette::kSecondText, box.width() - 110 * unit);
    put_right(canvas, std::isnan(last) ? "\xE2\x80\x93" : fmt::format("{:.1f}", last), Weight::Regular, 19 * unit,
              {box.right - 11 * unit, box.top + 8 * unit}, palette::kText);
    if (low > high) return;
    const float pad = std::max((high - low) * 0.1F, std::max(0.5F, std::abs(high) * 0.05F));
    low -= pad;
    high += pad;
    const Rect plot{box.left + 11 * unit, box.top + 34 * unit, box.right - 11 * unit, box.bottom - 10 * unit};
    // The right edge is now; each value is one second, 600 of them the width.
    ImVec2 before{};
    bool joined = false;
    const std::size_t count = trend.values.size();
    for (std::size_t n = 0; n < count; ++n) {
        const float value = trend.values[n] * scale;
        if (std::isnan(value)) {
            joined = false;
            continue;
        }
        const ImVec2 at{plot.right - static_cast<float>(count - 1 - n) / 600 * plot.width(),
                        plot.bottom - (value - low) / (high - low) * plot.height()};
        if (joined) canvas.list->AddLine(before, at, pack(palette::kWarning), std::max(1.0F, 1.5F * unit));
        before = at;
        joined = true;
    }
}

void draw_graphs(const Canvas& canvas, const WallSnapshot& snapshot, const Rect& column, float& top) {
    const float unit = canvas.theme.unit();
    const float height = 114 * unit;
    std::size_t drawn = 0;
    for (const Trend& trend : snapshot.trends) {
        if (drawn == kMostGraphs) break;
        draw_graph(canvas, {column.left, top, column.right, top + height}, trend);
        top += height + 9 * unit;
        ++drawn;
    }
    if (drawn > 0) return;
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
    std::string words = "asking the probe \xE2\x80\xA6";
    if (snapshot.history) {
        const Strip strip = strip_of(*snapshot.history, stream.key.stream, from, canvas.utc);
        for (const StripSegment& segment : strip.segments) {
            const float left = place(segment.from);
            fill(*canvas.list, {left, bar.top, std::max(left + 2 * unit, place(segment.to)), bar.bottom},
                 border_of(segment.severity).colour);
        }
        const auto bad = std::chrono::duration_cast<std::chrono::seconds>(strip.bad).count();
        words = fmt::format("major or worse {}:{:02}:{:02} \xC2\xB7 {} alarms \xC2\xB7 {} worker restarts", bad / 3600,
                            bad / 60 % 60, bad % 60, strip.alarms, stream.worker_restarts);
        const bool cut = snapshot.history->size() >= 5'000;
        const auto oldest = snapshot.history->empty() ? std::nullopt : snapshot.history->back().at.utc;
        if (cut && oldest && *oldest > from) {  // what is older is not known: hatched, never good
            draw_hatch(*canvas.list, {bar.left, bar.top, place(*oldest), bar.bottom}, 12 * unit, palette::kPanel,
                       palette::kUnknown);
            words += ", known since " + clock_text(*oldest, snapshot.zone, false);
        }
    } else {
        draw_hatch(*canvas.list, bar, 12 * unit, palette::kPanel, palette::kHatch);
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

void draw_path(const Canvas& canvas, const WallSnapshot& snapshot, const ViewState& state, const StreamState& stream,
               const Rect& box) {
    const float unit = canvas.theme.unit();
    const PathSpec* path = nullptr;
    for (const PathSpec& one : state.layout.paths)
        if (std::find(one.points.begin(), one.points.end(), stream.key.stream) != one.points.end()) path = &one;
    if (path == nullptr) {
        panel(canvas, box);
        put(canvas, stream.url, Weight::Regular, 18 * unit, {box.left + 13 * unit, box.top + 10 * unit},
            palette::kSecondText, box.width() - 26 * unit);
        put(canvas, "in no path of the layout", Weight::Regular, 17 * unit, {box.left + 13 * unit, box.top + 34 * unit},
            palette::kThirdText, box.width() - 26 * unit);
        return;
    }
    std::optional<core::UtcTime> first;
    for (const std::string& point : path->points)
        if (const StreamState* one = find_stream(snapshot, {stream.key.probe, point}))
            if (const AlarmView* worst = worst_alarm(*one, canvas.utc); worst != nullptr && worst->since)
                first = std::min(first.value_or(*worst->since), *worst->since);
    const float gap = 8 * unit;
    const float width = (box.width() + gap) / static_cast<float>(path->points.size()) - gap;
    float left = box.left;
    for (const std::string& point : path->points) {
        const Rect place{left, box.top, left + width, box.bottom};
        left += width + gap;
        fill(*canvas.list, place, palette::kPanel);
        TileSpec tile;
        tile.kind = TileKind::Stream;
        tile.bound = point;
        const StreamState* one = find_stream(snapshot, {stream.key.probe, point});
        const TileFacts facts = facts_of(tile, one, snapshot, canvas.now, canvas.utc);
        draw_border(*canvas.list, place, std::max(1.0F, facts.border.width * unit), facts.border.pattern,
                    facts.border.colour);
        std::string words = one == nullptr ? facts.why : "good";
        if (one != nullptr && !facts.headline.empty()) words = facts.headline + " " + facts.why;
        if (one != nullptr && facts.since && first) {
            const double later = core::to_seconds(*facts.since - *first);
            words = facts.bar + (later < 0.05 ? " first, " + clock_text(*facts.since, snapshot.zone)
                                              : fmt::format(" +{:.1f} s", later));
        }
        put(canvas, one != nullptr ? one->name : point, Weight::Bold, 19 * unit,
            {place.left + 13 * unit, place.top + 9 * unit}, palette::kText, width - 26 * unit);
        put(canvas, words, Weight::Regular, 18 * unit, {place.left + 13 * unit, place.top + 33 * unit},
            palette::kSecondText, width - 26 * unit);
    }
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
    draw_path(canvas, snapshot, state, *stream, {area.left, picture.bottom + gap, middle, picture.bottom + gap + path});
    draw_strip(canvas, snapshot, *stream, {area.left, area.bottom - strip, middle, area.bottom});
    const Rect column{middle + 2 * gap, area.top, area.right, area.bottom};
    float top = column.top;
    draw_graphs(canvas, snapshot, column, top);
    draw_timeline(canvas, snapshot, state, *stream, {column.left, top, column.right, column.bottom - 40 * unit});
    put_keys(canvas, kHints, {column.left + 4 * unit, column.bottom}, column.width());
    for (const IncidentView& incident : snapshot.incidents)
        if (std::find(incident.streams.begin(), incident.streams.end(), stream->key) != incident.streams.end())
            state.on_screen.shown(incident.id, incident.severity, canvas.now);
    canvas.redraw.within(std::chrono::milliseconds{500} -
                         canvas.utc.time_since_epoch() % std::chrono::milliseconds{500});
}

}  // namespace sightline::ui
