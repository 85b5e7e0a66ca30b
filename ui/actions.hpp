// SPDX-License-Identifier: Apache-2.0
// What keys and mouse do: every action once, with a message to the operator, free of ImGui.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "ui/command.hpp"
#include "ui/snapshot.hpp"
#include "ui/view_state.hpp"

namespace sightline::ui {

/// What an action needs to know of its moment.
struct Moment {
    core::ArrivalTime now;
    core::UtcTime utc;
    std::size_t window = 0;
};

/// How long a snooze may last: ViewState::choice.
struct SnoozeTime {
    const char* label;
    core::Duration duration;
};
inline constexpr std::array kSnoozeTimes{
    SnoozeTime{"10 min", std::chrono::minutes{10}}, SnoozeTime{"30 min", std::chrono::minutes{30}},
    SnoozeTime{"1 h", std::chrono::hours{1}}, SnoozeTime{"4 h", std::chrono::hours{4}},
    SnoozeTime{"8 h", std::chrono::hours{8}}};

/// Says `text` to the operator for a few seconds.
void tell(ViewState& state, const Moment& moment, std::string text);
/// The selected incident, or all that were readable for a second.
void acknowledge(const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands, const Moment& moment,
                 const std::string& note = {});
/// The incident selected, or the worst one of the selected stream; null where there is none.
[[nodiscard]] const IncidentView* chosen_incident(const WallSnapshot& snapshot, const ViewState& state);
void snooze(const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands, const Moment& moment,
            core::Duration duration, const std::string& reason);
void add_note(const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands, const Moment& moment,
              const std::string& note);
/// On air becomes standby, anything else on air.
void toggle_air(const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands, const Moment& moment);
void open_full_view(const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands);
void close_full_view(ViewState& state, CommandQueue& commands);
/// Audio follow: the chosen tile is heard, or nothing is.
void toggle_listening(const WallSnapshot& snapshot, ViewState& state, const Moment& moment);
inline constexpr core::Duration kMute = std::chrono::minutes{5};
/// Alarm sounds are off for kMute, or on again.
void toggle_mute(ViewState& state, const Moment& moment);
/// How long alarm sounds stay muted; nothing: they are not.
[[nodiscard]] std::optional<core::Duration> mute_left(const ViewState& state, core::ArrivalTime now);
/// "News HD, in sync": what is heard and how well, in words; empty: nothing is to be heard.
[[nodiscard]] std::string sound_words(const WallSnapshot& snapshot, const ViewState& state);
/// Moves the choice of an incident by `by` in the list as filtered.
void step_incident(const WallSnapshot& snapshot, ViewState& state, int by);
void turn_page(ViewState& state, const Moment& moment, std::size_t page);
/// Makes the shown page one of places and begins to edit it; or ends it.
void toggle_edit(const WallSnapshot& snapshot, ViewState& state, const Moment& moment, float aspect);
void save(ViewState& state, CommandQueue& commands, const Moment& moment);
[[nodiscard]] PageSpec& page_of(ViewState& state, std::size_t window);
[[nodiscard]] const StreamState* find_stream(const WallSnapshot& snapshot, const StreamKey& key);

}  // namespace sightline::ui
