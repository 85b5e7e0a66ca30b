// SPDX-License-Identifier: Apache-2.0
// Which numbers of a stream are drawn over time, and how: titles, ranges, and the limits of the rules. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ui/snapshot.hpp"

namespace sightline::ui {

/// Of everything that is called `measurement`, whatever track and channel stand behind it.
struct GraphKind {
    std::string_view measurement;
    std::string_view title;
    double scale = 1;          ///< what is measured times this is what is shown
    bool counter = false;      ///< shown as its growth a second
    bool by_track = false;     ///< channels of one track share a graph
    double least = -1e30;      ///< nothing below is drawn, in shown units
    std::string_view ceiling;  ///< measurement of the same stream that is a limit of it, else empty
    std::string_view ceiling_words;
};
[[nodiscard]] std::span<const GraphKind> graph_kinds();
/// Null: not drawn.
[[nodiscard]] const GraphKind* graph_kind(std::string_view measurement);
/// The wall's own name of what a report has as a member of its own, not among the measurements.
inline constexpr std::string_view kContinuityErrors = "ts.continuity_errors_total";

struct GraphLimit {
    double value = 0;   ///< in shown units
    std::string words;  ///< "bitrate.low < 4.0"
};

/// One picture of lines over ten minutes; all values in shown units.
struct Graph {
    std::string title;  ///< "Level, dBFS · audio:1"
    std::vector<std::vector<float>> lines;
    std::vector<GraphLimit> limits;
    std::string now;           ///< newest value, "–" where there is none
    double low = 0, high = 1;  ///< what the picture spans; limits included
    [[nodiscard]] bool empty() const { return low >= high; }
};

/// Of the stream in focus, most telling first.
[[nodiscard]] std::vector<Graph> graphs_of(const WallSnapshot& snapshot, const StreamState& stream);

}  // namespace sightline::ui
