// SPDX-License-Identifier: Apache-2.0
// What the operator has chosen: shared by the windows of one wall, kept between refreshes, changed by views only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "ui/layout.hpp"
#include "ui/order.hpp"
#include "ui/snapshot.hpp"
#include "ui/sound/lip_sync.hpp"

namespace sightline::ui {

inline constexpr char kEnterKey = '\r';
inline constexpr char kEscapeKey = '\x1b';

enum class Dialog : std::uint8_t { None, Keys, Snooze, Note, Operator, Filter };

/// A tile being dragged in edit mode.
struct TileDrag {
    std::size_t tile = 0;
    Point from;
    bool resizes = false;
};

/// The wall's sound, for the views to show.
struct SoundShown {
    enum class Flow : std::uint8_t { Waiting, Heard, Quiet };  ///< Quiet: the ring is open, nothing comes out of it
    bool attached = true;                                      ///< false: of a remote probe, whose sound cannot be had
    Flow flow = Flow::Waiting;
    LipSync lip_sync = LipSync::Unknown;
    core::Duration early{};  ///< of the sound, before its picture: the mean; of a bad one the worst
    bool picture = true;     ///< the stream's picture is on the glass
    std::string trouble;     ///< of the loudspeaker
    bool alarms = false;     ///< alarm sounds are on
};

/// What of a stream is heard. Track and pair are `stream`'s: of any other its first track, all of it as stereo.
struct Listening {
    StreamKey stream;
    int track = 1;
    int pair = 0;       ///< 1: channels 1 and 2, and so on; 0: all of them as stereo
    int volume_db = 0;  ///< of the loudspeaker; 0 is the most
};

/// Threading: the shell's thread only.
struct ViewState {
    static constexpr std::size_t kMostWindows = 16;

    Layout layout = default_layout();
    std::string layout_file = "sightline-wall.yaml";  ///< where edit mode saves
    std::array<std::size_t, kMostWindows> page{};     ///< of each window
    std::string operator_name;
    StreamKey selected;             ///< tile
    std::string selected_incident;  ///< id
    bool full_view = false;
    bool guides = false;      ///< safe areas and centre cross on every picture
    bool rail_wanted = true;  ///< shown while there is an incident
    bool rail_shown = false;
    float rail_offset = 0;  ///< scrolled, in pixels
    float history_offset = 0;
    std::string filter;

    Dialog dialog = Dialog::None;
    std::array<char, 256> text{};          ///< of the dialog's field
    bool dialog_opened = false;            ///< in this refresh: the field takes the keyboard
    bool dialog_ready = false;             ///< what is typed goes to the dialog
    std::size_t choice = 1;                ///< of the snooze times
    bool editing = false, edited = false;  ///< edited: not saved
    std::optional<TileDrag> drag;
    std::size_t edited_tile = 0;

    bool listening = false;  ///< the chosen tile is heard
    Listening heard;
    std::optional<core::ArrivalTime> muted_until;  ///< alarm sounds
    SoundShown sound;
    char clicked_key = 0;  ///< a key hint was clicked: counts as that key in the next refresh; kEnterKey, kEscapeKey
    OnScreen on_screen;
    std::string message;  ///< an answer to the last key, by the wall itself
    core::ArrivalTime message_until{};
};

}  // namespace sightline::ui
