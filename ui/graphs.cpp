// SPDX-License-Identifier: Apache-2.0
#include "ui/graphs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace sightline::ui {
namespace {

constexpr std::array kKinds{
    GraphKind{"bitrate.mux", "Bitrate, Mb/s", 1e-6, false, false, 0, {}, {}},
    GraphKind{"audio.loudness_short", "Loudness S, LUFS", 1, false, true, -70, {}, {}},
    GraphKind{"audio.level", "Level, dBFS", 1, false, true, -80, {}, {}},
    GraphKind{kContinuityErrors, "Continuity errors / s", 1, true, false, 0, {}, {}},
    GraphKind{"srt.rtt_ms", "SRT round trip, ms", 1, false, false, 0, "srt.latency_ms", "latency"},
    GraphKind{"srt.packets_dropped_total", "SRT packets not recovered / s", 1, true, false, 0, {}, {}},
    GraphKind{"rtp.lost_total", "RTP packets lost / s", 1, true, false, 0, {}, {}},
    GraphKind{"rtp.jitter_ms", "RTP jitter, ms", 1, false, false, 0, {}, {}},
    GraphKind{"hls.playlist_age_s", "Playlist age, s", 1, false, false, 0, {}, {}},
    GraphKind{"hls.segment_errors_total", "Segments not fetched / s", 1, true, false, 0, {}, {}},
    GraphKind{"udp.kernel_dropped_total", "Datagrams dropped here / s", 1, true, false, 0, {}, {}}};

constexpr std::string_view kDot = " \xC2\xB7 ";

std::string number(double value) {
    const double size = std::abs(value);
    if (size >= 1e6 || !std::isfinite(value)) return fmt::format("{:.3g}", value);
    std::string text = size >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.1f}", value);
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text == "-0" ? "0" : text;
}

/// What a measurement's name says beyond its kind: "audio:1" of "audio.level/audio:1/2".
std::string track_of(std::string_view measurement) {
    const std::size_t begin = measurement.find('/');
    if (begin == std::string_view::npos) return {};
    const std::string_view rest = measurement.substr(begin + 1);
    return std::string(rest.substr(0, rest.find('/')));
}

std::string key_of(const GraphKind& kind, const std::string& measurement) {
    return kind.by_track ? std::string(kind.measurement) + track_of(measurement) : measurement;
}

void add_limits(const WallSnapshot& snapshot, const StreamState& stream, const GraphKind& kind, Graph& graph) {
    const auto add = [&](double value, const std::string& words) {
        for (const GraphLimit& known : graph.limits)
            if (std::abs(known.value - value) < 1e-9) return;  // two severities at one level are one line
        if (std::isfinite(value)) graph.limits.push_back({value, words});
    };
    if (snapshot.limits != nullptr) {
        for (const link::LimitReport& limit : *snapshot.limits) {
            if (limit.measurement != kind.measurement) continue;
            if (limit.below) add(*limit.below * kind.scale, limit.rule + " < " + number(*limit.below * kind.scale));
            if (limit.above) add(*limit.above * kind.scale, limit.rule + " > " + number(*limit.above * kind.scale));
        }
    }
    if (kind.ceiling.empty()) return;
    const auto ceiling = stream.measurements.find(std::string(kind.ceiling));
    if (ceiling != stream.measurements.end())
        add(ceiling->second * kind.scale, std::string(kind.ceiling_words) + " " + number(ceiling->second * kind.scale));
}

/// A range with room around what is drawn: no line lies on the frame, and a flat one in the middle.
void set_range(const GraphKind& kind, Graph& graph) {
    double low = 1e30;
    double high = -1e30;
    for (const auto& line : graph.lines)
        for (const float value : line)
            if (std::isfinite(value)) {
                low = std::min(low, static_cast<double>(value));
                high = std::max(high, static_cast<double>(value));
            }
    if (low > high) {
        graph.low = graph.high = 0;
        return;
    }
    for (const GraphLimit& limit : graph.limits) {
        low = std::min(low, limit.value);
        high = std::max(high, limit.value);
    }
    if (kind.counter) high = std::max(high, 1.0);
    const double pad = std::max((high - low) * 0.12, std::max(1e-3, std::abs(high) * 0.05));
    graph.low = low - pad;
    graph.high = high + pad;
}

std::string newest(const Graph& graph) {
    std::string text;
    for (const auto& line : graph.lines) {
        if (line.empty() || !std::isfinite(line.back())) continue;
        text += (text.empty() ? "" : "  ") + number(line.back());
        if (&line - graph.lines.data() == 1) break;  // two channels have room
    }
    return text.empty() ? "\xE2\x80\x93" : text;
}

}  // namespace

std::span<const GraphKind> graph_kinds() {
    return kKinds;
}

const GraphKind* graph_kind(std::string_view measurement) {
    const std::string_view name = measurement.substr(0, measurement.find('/'));
    const auto* at =
        std::find_if(kKinds.begin(), kKinds.end(), [&](const GraphKind& kind) { return kind.measurement == name; });
    return at == kKinds.end() ? nullptr : at;
}

std::vector<Graph> graphs_of(const WallSnapshot& snapshot, const StreamState& stream) {
    std::vector<Graph> graphs;
    std::map<std::string, std::size_t> place;
    std::vector<const GraphKind*> kinds;
    for (const Trend& trend : snapshot.trends) {
        const GraphKind* kind = graph_kind(trend.measurement);
        if (kind == nullptr) continue;
        const auto [at, fresh] = place.try_emplace(key_of(*kind, trend.measurement), graphs.size());
        if (fresh) {
            graphs.emplace_back();
            kinds.push_back(kind);
            graphs.back().title = kind->title;
            const std::string track = track_of(trend.measurement);
            if (!track.empty()) graphs.back().title += std::string(kDot) + track;
        }
        std::vector<float> line;
        line.reserve(trend.values.size());
        for (const float value : trend.values) {
            const double shown = std::max(static_cast<double>(value) * kind->scale, kind->least);
            line.push_back(std::isfinite(value) ? static_cast<float>(shown) : std::nanf(""));
        }
        graphs[at->second].lines.push_back(std::move(line));
    }
    for (std::size_t n = 0; n < graphs.size(); ++n) {
        add_limits(snapshot, stream, *kinds[n], graphs[n]);
        set_range(*kinds[n], graphs[n]);
        graphs[n].now = newest(graphs[n]);
    }
    return graphs;
}

}  // namespace sightline::ui
