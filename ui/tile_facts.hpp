// SPDX-License-Identifier: Apache-2.0
// How one tile looks, decided without drawing it: the table of states in one place, tested. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/time.hpp"
#include "link/tsl.hpp"
#include "ui/layout.hpp"
#include "ui/palette.hpp"
#include "ui/snapshot.hpp"

namespace sightline::ui {

enum class TileState : std::uint8_t { Good, Alarm, Unknown, Standby, Lost, Unbound };

struct TileFacts {
    TileState state = TileState::Unbound;
    BorderStyle border = kUnknownBorder;
    bool flashes = false;       ///< at 1 Hz, in step: the border and the bar are drawn only while the flash is on
    bool hatched = true;        ///< the ground where there is no picture
    bool dimmed = false;        ///< its picture, behind words
    bool greyed = false;        ///< its picture, and struck through
    std::string name;           ///< UMD
    std::string source, depth;  ///< top left, top right
    std::string headline, why;  ///< in the middle, over the picture
    std::string bar;            ///< on the picture's foot; empty: none
    std::string bar_time;       ///< where it is no age: when what is over began
    std::optional<core::UtcTime> since;
    std::optional<core::Severity> severity;
    std::optional<core::UtcTime> snoozed_until;
    std::optional<core::Severity>
        latched;        ///< over and not acknowledged: the corners; the bar too where nothing is wrong
    std::string stale;  ///< the probe does not answer: words over everything, nothing else is to be trusted
    link::TallyLamps tally;
    bool tally_stale = false;
};

/// `tile` as bound to `stream` (null: no such stream now).
[[nodiscard]] TileFacts facts_of(const TileSpec& tile, const StreamState* stream, const WallSnapshot& snapshot,
                                 core::ArrivalTime now, core::UtcTime utc);

/// What a tile that is a clock or a timer shows.
struct ClockWords {
    std::string time;   ///< "14:03:58", "−00:10", "+01:32"
    std::string below;  ///< its name, or which zone a clock without one is of
};
[[nodiscard]] ClockWords clock_words(const TileSpec& tile, core::UtcTime utc);

/// "Black", "Freeze", "No signal": a condition in the words of a tile.
[[nodiscard]] std::string condition_words(const std::string& condition);
/// "SRT 8.1M 1080i50".
[[nodiscard]] std::string source_words(const StreamState& stream);

/// The streams that the tiles of a page stand for, one each, null where there is none: bound ones, the next of a tag,
/// the penalty box.
[[nodiscard]] std::vector<const StreamState*> bound_streams(const PageSpec& page, const Layout& layout,
                                                            const WallSnapshot& snapshot, core::UtcTime utc);
/// A page that shows all streams, or the wrong ones, as one with tiles and a grid for `aspect`.
[[nodiscard]] PageSpec expanded(const PageSpec& page, const Layout& layout, const WallSnapshot& snapshot,
                                core::UtcTime utc, float aspect);
/// Which streams tally says are on air (red), by the tiles of all pages.
[[nodiscard]] std::map<StreamKey, bool> red_streams(const Layout& layout, const WallSnapshot& snapshot);

}  // namespace sightline::ui
