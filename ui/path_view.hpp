// SPDX-License-Identifier: Apache-2.0
// The monitoring points of one programme as the full view shows them: how each stands, and which went bad first. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "ui/layout.hpp"
#include "ui/palette.hpp"
#include "ui/snapshot.hpp"

namespace sightline::ui {

/// The path that a stream is a point of: the layout's own where it names one, else the probe's. @return null: none.
[[nodiscard]] std::optional<PathState> path_of(const StreamKey& stream, const Layout& layout,
                                               const WallSnapshot& snapshot);
/// The same by the path's id; `probe` empty: the first probe that has it.
[[nodiscard]] std::optional<PathState> path_called(const std::string& id, const std::string& probe,
                                                   const Layout& layout, const WallSnapshot& snapshot);

/// One point. Of several streams of which one suffices, the one that stands best speaks for it.
struct PointLook {
    StreamKey stream;   ///< who speaks for it; empty: the probe has none of them
    std::string name;   ///< "NEWS HD", or "NEWS HD (1 of 2)"
    std::string words;  ///< "good", "Freeze first, 14:03:41", "Black +0.4 s", "not watched: …"
    BorderStyle border = kUnknownBorder;
    bool first = false;  ///< it went bad before all others, each one's delay taken off
    bool here = false;   ///< the stream asked about is of this point
};
[[nodiscard]] std::vector<PointLook> points_of(const PathState& path, const StreamKey& here,
                                               const WallSnapshot& snapshot, core::ArrivalTime now, core::UtcTime utc);

/// The stream that speaks for one point; null where the snapshot has none of them.
[[nodiscard]] const StreamState* speaker_of(const PathState& path, std::size_t point, const WallSnapshot& snapshot,
                                            core::UtcTime utc);

}  // namespace sightline::ui
