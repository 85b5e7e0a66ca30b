// SPDX-License-Identifier: Apache-2.0
#include "ui/path_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ui/order.hpp"
#include "ui/tile_facts.hpp"
#include "ui/words.hpp"

namespace sightline::ui {
namespace {

PathState from_layout(const PathSpec& spec, const std::string& probe) {
    PathState path{probe, spec.id, {}};
    for (const std::string& point : spec.points) path.points.push_back({{point}, {}});
    return path;
}

/// How well a stream stands; less is better.
int badness(const StreamState& stream, core::UtcTime utc) {
    if (stream.air != core::AirState::OnAir) return 1;
    if (stream.watch == Watch::Lost) return 20;
    if (stream.watch == Watch::NotWatched) return 19;
    const AlarmView* worst = worst_alarm(stream, utc);
    return worst == nullptr ? 0 : 10 + static_cast<int>(worst->severity);
}

std::string words_of(const TileFacts& facts, const StreamState& stream) {
    if (!facts.stale.empty()) return facts.stale;
    if (!facts.bar.empty()) return facts.bar;
    if (stream.air != core::AirState::OnAir) return "standby";
    if (stream.watch == Watch::NotWatched)
        return stream.watch_reason.empty() ? "not watched" : "not watched: " + stream.watch_reason;
    if (stream.watch == Watch::Lost) return stream.watch_reason.empty() ? "lost" : "lost: " + stream.watch_reason;
    return "good";
}

}  // namespace

std::optional<PathState> path_of(const StreamKey& stream, const Layout& layout, const WallSnapshot& snapshot) {
    for (const PathSpec& spec : layout.paths)
        if (std::find(spec.points.begin(), spec.points.end(), stream.stream) != spec.points.end())
            return from_layout(spec, stream.probe);
    for (const PathState& path : snapshot.paths) {
        if (path.probe != stream.probe) continue;
        for (const PathState::Point& point : path.points)
            if (std::find(point.streams.begin(), point.streams.end(), stream.stream) != point.streams.end())
                return path;
    }
    return std::nullopt;
}

std::optional<PathState> path_called(const std::string& id, const std::string& probe, const Layout& layout,
                                     const WallSnapshot& snapshot) {
    for (const PathSpec& spec : layout.paths)
        if (spec.id == id) return from_layout(spec, probe);
    for (const PathState& path : snapshot.paths)
        if (path.id == id && (probe.empty() || path.probe == probe)) return path;
    return std::nullopt;
}

const StreamState* speaker_of(const PathState& path, std::size_t point, const WallSnapshot& snapshot,
                              core::UtcTime utc) {
    if (point >= path.points.size()) return nullptr;
    const StreamState* best = nullptr;
    for (const std::string& id : path.points[point].streams)
        for (const StreamState& stream : snapshot.streams) {
            if (stream.key.stream != id || (!path.probe.empty() && stream.key.probe != path.probe)) continue;
            if (best == nullptr || badness(stream, utc) < badness(*best, utc)) best = &stream;
            break;
        }
    return best;
}

std::vector<PointLook> points_of(const PathState& path, const StreamKey& here, const WallSnapshot& snapshot,
                                 core::ArrivalTime now, core::UtcTime utc) {
    std::vector<PointLook> looks;
    std::vector<std::optional<core::UtcTime>> bad_since;
    std::optional<core::UtcTime> first;
    for (std::size_t n = 0; n < path.points.size(); ++n) {
        const PathState::Point& point = path.points[n];
        PointLook look;
        look.here = std::find(point.streams.begin(), point.streams.end(), here.stream) != point.streams.end();
        bad_since.emplace_back();
        const StreamState* stream = speaker_of(path, n, snapshot, utc);
        if (stream == nullptr) {
            look.name = point.streams.empty() ? "?" : point.streams.front();
            look.words = "no such stream";
            looks.push_back(std::move(look));
            continue;
        }
        TileSpec tile;
        tile.kind = TileKind::Stream;
        const TileFacts facts = facts_of(tile, stream, snapshot, now, utc);
        look.stream = stream->key;
        look.name = facts.name;
        if (point.streams.size() > 1) look.name += fmt::format(" (1 of {})", point.streams.size());
        look.border = facts.border;
        look.words = words_of(facts, *stream);
        if (facts.since && facts.stale.empty()) {
            bad_since.back() = *facts.since - point.delay;
            first = std::min(first.value_or(*bad_since.back()), *bad_since.back());
        }
        looks.push_back(std::move(look));
    }
    for (std::size_t n = 0; n < looks.size(); ++n) {
        if (!bad_since[n]) continue;
        const double later = core::to_seconds(*bad_since[n] - *first);
        looks[n].first = later < 0.05;
        looks[n].words += looks[n].first ? " first, " + clock_text(*bad_since[n] + path.points[n].delay, snapshot.zone)
                                         : fmt::format(" +{:.1f} s", later);
    }
    return looks;
}

}  // namespace sightline::ui
