// SPDX-License-Identifier: Apache-2.0
#include "ui/trends.hpp"

#include <limits>

#include "ui/graphs.hpp"

namespace sightline::ui {

void TrendBook::record(const StreamKey& key, const link::StreamReport& stream, bool live) {
    if (streams_.size() >= kMostStreams && !streams_.contains(key)) return;
    auto& lines = streams_[key];
    std::map<std::string, double> now;
    if (live) {
        for (const auto& [name, value] : stream.measurements)
            if (graph_kind(name) != nullptr) now.emplace(name, value);
        // Of an input that is no transport stream the count is there too, and for ever zero: no graph of it.
        if (stream.continuity_errors && (stream.format == "mpegts" || *stream.continuity_errors > 0))
            now.emplace(kContinuityErrors, static_cast<double>(*stream.continuity_errors));
    }
    for (const auto& [name, value] : now) lines.try_emplace(name);
    for (auto& [name, line] : lines) {
        const auto found = now.find(name);
        float shown = std::numeric_limits<float>::quiet_NaN();
        if (found != now.end()) {
            const GraphKind* kind = graph_kind(name);
            const double value = found->second;
            // A counter that fell began again: how much it missed nobody knows.
            if (kind == nullptr || !kind->counter) {
                shown = static_cast<float>(value);
            } else if (line.counted && value >= line.last_total) {
                shown = static_cast<float>(value - line.last_total);
            }
            line.last_total = value;
        }
        line.counted = found != now.end();
        line.values.push_back(shown);
        if (line.values.size() > kSeconds) line.values.pop_front();
    }
}

std::vector<Trend> TrendBook::of(const StreamKey& key) const {
    std::vector<Trend> trends;
    const auto at = streams_.find(key);
    if (at == streams_.end()) return trends;
    for (const GraphKind& kind : graph_kinds())
        for (const auto& [name, line] : at->second)
            if (graph_kind(name) == &kind)
                trends.push_back({name, std::vector<float>(line.values.begin(), line.values.end())});
    return trends;
}

}  // namespace sightline::ui
