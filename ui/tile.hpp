// SPDX-License-Identifier: Apache-2.0
// One tile on the glass: picture, UMD, border, alarm bar, slate, meters. Drawing only; what it says is its caller's.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "ui/layout.hpp"
#include "ui/palette.hpp"
#include "ui/view.hpp"

namespace sightline::ui {

enum class Lamp : std::uint8_t { Off, Red, Green, Amber };

/// The strip under the picture.
struct UmdLook {
    std::string name;
    std::vector<std::string> lines;  ///< up to three live fields; drawn where there is room
    Lamp left = Lamp::Off, right = Lamp::Off;
    bool stale = false;  ///< tally not heard of for too long: lamps become outlines
};

/// The bar at the foot of the picture; only of a stream in alarm.
struct BarLook {
    core::Severity severity = core::Severity::Warning;
    std::string text;  ///< "Black + silence"
    std::string time;  ///< "00:11"; never shortened
    bool flashing = false;
    bool over = false;  ///< not any more, but nobody has acknowledged it: outlined, not filled
};

/// Words instead of, or over, a picture.
struct SlateLook {
    std::string title;   ///< "NO SIGNAL", "STANDBY", "NOT WATCHED"
    std::string reason;  ///< up to three lines
    Icon icon = Icon::None;
    bool hatched = false;       ///< ground where there is no picture (or, with `hide_picture`, in its place)
    bool hide_picture = false;  ///< not watched: an old picture would look like a good one
    bool struck = false;        ///< a line through the last picture: lost
};

enum class MeterScale : std::uint8_t { WhenRoom, Never };

struct TileLook {
    UmdLook umd;
    BorderStyle border = kGoodBorder;
    bool flashing = false;  ///< the border, with the bar
    bool selected = false;
    std::optional<Colour> corners;  ///< over the border, which is that of now
    std::optional<BarLook> bar;
    std::optional<SlateLook> slate;
    std::string top_left;   ///< source and format
    std::string top_right;  ///< depth: "KF", "TS only"; a picture of key frames only adds their distance: "KF 2 s"
    bool adaptive =
        false;             ///< watched by key frames at times: `top_right` holds only where there is no picture to tell
    std::string snoozed;   ///< "☾ 14:30" without the moon: the time it ends, else empty
    float brightness = 1;  ///< of the picture; see Placement
    bool grey = false;
    bool meters = true;
    MeterScale scale = MeterScale::WhenRoom;
    MeterZones zones;
    std::optional<LoudnessZones> loudness;  ///< written on the picture, where it is measured
    bool safe_areas = false, centre_cross = false;
    std::string empty_words;  ///< small, in the middle, where there is neither picture nor slate
    bool sound_only = false;  ///< wide meters in the middle instead of a picture
};

/// Where the parts of a tile lie. No two of umd and inner overlap; bar, meters lie in `inner`.
struct TileParts {
    Rect inner;  ///< picture and what lies on it
    Rect umd;
    Rect bar;     ///< empty without one
    Rect meters;  ///< empty without
    float border = 1;
    float name_size = 0, text_size = 0;  ///< line heights in pixels
    std::size_t umd_lines = 0;           ///< of look.umd.lines so many have room
};

/// Of a tile at `box` in a window of unit `unit`, with `channels` meters.
[[nodiscard]] TileParts lay_out_tile(const Rect& box, float unit, const TileLook& look, int channels);

/// "KF 2 s", "KF 0.5 s", "KF" where the distance is not known yet: that its pictures stand still is no freeze.
[[nodiscard]] std::string key_frame_words(core::Duration interval);

/// Draws it all, the picture through canvas.media. @return where the picture came to lie, if there is one.
std::optional<PlacedPicture> draw_tile(const Canvas& canvas, const Rect& box, const StreamKey& stream,
                                       const TileLook& look);

/// Meters alone, for the full view: a bar a channel in `box`, with a scale where there is room for its figures.
void draw_meters(const Canvas& canvas, const Rect& box, std::span<const ChannelLevel> levels, MeterScale scale,
                 const MeterZones& zones);

/// "M −21.3  S −29.0 low  LUFS"; empty where neither is measured.
[[nodiscard]] std::string loudness_words(const Loudness& loudness, const LoudnessZones& zones);

}  // namespace sightline::ui
