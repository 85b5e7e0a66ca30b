// SPDX-License-Identifier: Apache-2.0
#include "ui/tile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ui/imgui.hpp"
#include "ui/meter.hpp"
#include "ui/shapes.hpp"
#include "ui/text_fit.hpp"
#include "ui/theme.hpp"
#include "ui/words.hpp"

namespace sightline::ui {
namespace {

// Line heights are 1.39 times the height of B612's capitals: on 1080 lines a name has capitals of at least 1.5 % of
// the screen's height, everything else at least 1.1 %.
constexpr float kLeastName = 26;
constexpr float kLeastText = 17.5F;
constexpr float kUmdLine = 1.12F;  // of the text's size, from one line under a name to the next
constexpr float kPlateAlpha = 0.62F;
constexpr float kDimInFlash = 0.30F;

MeasureText measure_with(const Theme& theme, Weight weight) {
    return [&theme, weight](std::string_view text, float size) { return theme.width(text, weight, size); };
}

void centred(const Canvas& canvas, std::string_view text, Weight weight, float size, float middle, float top,
             Colour colour) {
    const float width = canvas.theme.width(text, weight, size);
    canvas.theme.text(*canvas.list, text, weight, size, {std::floor(middle - width / 2), std::floor(top)}, colour);
}

Colour lamp_colour(Lamp lamp) {
    switch (lamp) {
        case Lamp::Off:
            return palette::kTallyOff;
        case Lamp::Red:
            return palette::kTallyRed;
        case Lamp::Green:
            return palette::kTallyGreen;
        case Lamp::Amber:
            return palette::kTallyAmber;
    }
    return palette::kTallyOff;
}

void draw_lamp(ImDrawList& list, const Rect& box, Lamp lamp, bool stale) {
    if (stale && lamp != Lamp::Off) {
        outline(list, box, lamp_colour(lamp), std::max(1.0F, box.width() * 0.15F), 2);
    } else {
        fill(list, box, lamp_colour(lamp), 2);
    }
}

void draw_umd(const Canvas& canvas, const TileParts& parts, const UmdLook& umd) {
    fill(*canvas.list, parts.umd, palette::kUmd);
    const float lamp_height = std::min(parts.name_size * 0.95F, parts.umd.height() * 0.6F);
    const float lamp_width = lamp_height * 0.65F;
    const float margin =
        parts.umd.height() > 30 * canvas.theme.unit() ? 8 * canvas.theme.unit() : 5 * canvas.theme.unit();
    const auto lines = static_cast<float>(parts.umd_lines);
    const float line_height = parts.text_size * kUmdLine;
    const float name_height = parts.umd.height() - lines * line_height;
    const float lamp_top = parts.umd.top + (name_height - lamp_height) / 2;
    const Rect left{parts.umd.left + margin, lamp_top, parts.umd.left + margin + lamp_width, lamp_top + lamp_height};
    const Rect right{parts.umd.right - margin - lamp_width, lamp_top, parts.umd.right - margin, lamp_top + lamp_height};
    draw_lamp(*canvas.list, left, umd.left, umd.stale);
    draw_lamp(*canvas.list, right, umd.right, umd.stale);
    const float room = right.left - left.right - 2 * margin;
    const float least = std::min(parts.name_size, kLeastName * canvas.theme.unit());
    const FittedText name =
        fit_name(umd.name, room, parts.name_size, least, 1, measure_with(canvas.theme, Weight::Bold));
    for (const std::string& line : name.lines)
        centred(canvas, line, Weight::Bold, name.size, parts.umd.centre().x,
                parts.umd.top + (name_height - name.size) / 2, palette::kText);
    float top = parts.umd.top + name_height - parts.text_size * 0.1F;
    for (std::size_t n = 0; n < parts.umd_lines; ++n) {
        const std::string fitted = shorten(umd.lines[n], parts.umd.width() - 2 * margin, parts.text_size,
                                           measure_with(canvas.theme, Weight::Regular));
        centred(canvas, fitted, Weight::Regular, parts.text_size, parts.umd.centre().x, top, palette::kSecondText);
        top += line_height;
    }
}

void draw_bar(const Canvas& canvas, const TileParts& parts, const BarLook& bar) {
    const BorderStyle style = border_of(bar.severity);
    const bool dark = bar.over || (bar.flashing && !canvas.flash_on);
    ImDrawList& list = *canvas.list;
    fill(list, parts.bar, dark ? palette::kGround : style.colour);
    if (dark) outline(list, parts.bar, style.colour, std::max(1.0F, canvas.theme.unit()));
    const Colour ink = dark ? style.colour : palette::kTextOnAlarm;
    const float size = parts.name_size * 0.9F;
    const float margin = size * 0.45F;
    const float icon = size * 0.8F;
    const float top = parts.bar.top + (parts.bar.height() - size) / 2;
    draw_icon(list, style.icon, {parts.bar.left + margin + icon / 2, parts.bar.centre().y}, icon, ink);
    const float time_width = canvas.theme.width(bar.time, Weight::Bold, size);
    const float text_left = parts.bar.left + margin * 1.6F + icon;
    const float room = parts.bar.right - margin * 2 - time_width - text_left;
    const std::string text = fit_bar(bar.text, room, size, measure_with(canvas.theme, Weight::Bold));
    canvas.theme.text(list, text, Weight::Bold, size, {text_left, top}, ink);
    canvas.theme.text(list, bar.time, Weight::Bold, size, {parts.bar.right - margin - time_width, top}, ink);
}

/// Words on a dark plate in a corner of the picture; returns how wide it came out.
float draw_plate(const Canvas& canvas, std::string_view text, float size, Point corner, bool from_right, float room,
                 Icon icon = Icon::None) {
    if (text.empty() || room < 4 * size) return 0;
    const float margin = size * 0.35F;
    const float mark = icon == Icon::None ? 0 : size;
    const std::string fitted =
        shorten(text, room - 2 * margin - mark, size, measure_with(canvas.theme, Weight::Regular));
    if (fitted.empty()) return 0;
    const float width = canvas.theme.width(fitted, Weight::Regular, size) + 2 * margin + mark;
    const float left = from_right ? corner.x - width : corner.x;
    const Rect plate{left, corner.y, left + width, corner.y + size * 1.25F};
    fill(*canvas.list, plate, palette::kGround.faded(kPlateAlpha), 3);
    if (icon != Icon::None)
        draw_icon(*canvas.list, icon, {left + margin + mark * 0.4F, plate.centre().y}, size * 0.8F, palette::kText);
    canvas.theme.text(*canvas.list, fitted, Weight::Regular, size, {left + margin + mark, corner.y + size * 0.12F},
                      palette::kText);
    return width;
}

/// "STILL 00:04": a small picture of a remote probe, and how old it is.
std::string still_words(const PlacedPicture& picture, core::UtcTime now) {
    return picture.utc ? "STILL " + age_text(now - *picture.utc) : "STILL";
}

void draw_corners(const Canvas& canvas, const TileParts& parts, const TileLook& look,
                  const std::optional<PlacedPicture>& picture) {
    const float gap = 5 * canvas.theme.unit();
    const float size = parts.text_size;
    const float right = parts.meters.empty() ? parts.inner.right : parts.meters.left;
    const float top = parts.inner.top + gap;
    const float bottom = parts.bar.empty() ? parts.inner.bottom : parts.bar.top;
    if (bottom - top < size * 1.25F) return;  // in a very small tile the alarm comes first
    float room = right - parts.inner.left - 2 * gap;
    float from_right = right - gap;
    // The right corner is what must not be lost (how little is watched); the left one shortens.
    const bool key_frames = picture && picture->key_frames_only && !look.grey;
    const std::string words = picture && picture->still  ? still_words(*picture, canvas.utc)
                              : key_frames               ? key_frame_words(picture->key_interval)
                              : picture && look.adaptive ? std::string()
                                                         : look.top_right;
    const float depth = draw_plate(canvas, words, size, {from_right, top}, true, room);
    room -= depth + (depth > 0 ? gap : 0);
    from_right -= depth + (depth > 0 ? gap : 0);
    const float snoozed = draw_plate(canvas, look.snoozed, size, {from_right, top}, true, room, Icon::Moon);
    room -= snoozed + (snoozed > 0 ? gap : 0);
    draw_plate(canvas, look.top_left, size, {parts.inner.left + gap, top}, false, room);
}

void draw_slate(const Canvas& canvas, const TileParts& parts, const SlateLook& slate, bool picture) {
    ImDrawList& list = *canvas.list;
    const float unit = canvas.theme.unit();
    const bool ground = slate.hatched && (!picture || slate.hide_picture);
    if (ground) draw_hatch(list, parts.inner, 28 * unit, palette::kPanel, palette::kHatch);
    if (!ground && !picture) fill(list, parts.inner, palette::kPanel);
    if (slate.struck)
        list.AddLine({parts.inner.left, parts.inner.top}, {parts.inner.right, parts.inner.bottom},
                     pack(palette::kSecondText), std::max(1.5F, 2 * unit));
    const float right = parts.meters.empty() ? parts.inner.right : parts.meters.left;
    const float top = parts.inner.top + parts.text_size * 1.25F + 8 * unit;  // clear of the corners' plates
    const float bottom = parts.bar.empty() ? parts.inner.bottom : parts.bar.top;
    const float room = right - parts.inner.left - 16 * unit;
    const float height = bottom - top;
    const float title_size = std::clamp(height * 0.20F, kLeastText * unit, 44 * unit);
    const float reason_size = std::clamp(title_size * 0.72F, std::min(kLeastText * unit, title_size), 26 * unit);
    const float icon = slate.icon == Icon::None ? 0 : title_size;
    const FittedText title = fit_name(slate.title, room - icon, title_size, kLeastText * unit * 0.9F, 1,
                                      measure_with(canvas.theme, Weight::Bold));
    const int most = static_cast<int>((height - title_size * 1.2F) / (reason_size * 1.15F));
    const auto reason = most > 0 ? wrap_text(slate.reason, room, reason_size, std::min(most, 3),
                                             measure_with(canvas.theme, Weight::Regular))
                                 : std::vector<std::string>{};
    const float block = title.size * 1.25F + static_cast<float>(reason.size()) * reason_size * 1.15F;
    if (height < title.size || title.lines.empty()) return;
    const float middle = (parts.inner.left + right) / 2;
    float y = top + std::max(0.0F, (height - block) / 2);
    float widest = canvas.theme.width(title.lines.front(), Weight::Bold, title.size) + icon;
    for (const std::string& line : reason)
        widest = std::max(widest, canvas.theme.width(line, Weight::Regular, reason_size));
    if (slate.struck || (picture && !ground)) {
        const float margin = 8 * unit;
        fill(list,
             {middle - widest / 2 - margin, y - margin * 0.5F, middle + widest / 2 + margin, y + block + margin * 0.5F},
             palette::kGround.faded(0.78F), 3);
    }
    if (icon > 0)
        draw_icon(list, slate.icon, {middle - widest / 2 + icon * 0.4F, y + title.size * 0.55F}, title.size * 0.9F,
                  palette::kText);
    centred(canvas, title.lines.front(), Weight::Bold, title.size, middle + icon / 2, y, palette::kText);
    y += title.size * 1.25F;
    for (const std::string& line : reason) {
        centred(canvas, line, Weight::Regular, reason_size, middle, y, palette::kSecondText);
        y += reason_size * 1.15F;
    }
}

/// Left bottom of the picture, above the bar; left out in a tile too small for it.
void draw_loudness(const Canvas& canvas, const TileParts& parts, const Loudness& loudness, const LoudnessZones& zones) {
    const std::string words = loudness_words(loudness, zones);
    const float size = parts.text_size;
    const float gap = 5 * canvas.theme.unit();
    const float bottom = (parts.bar.empty() ? parts.inner.bottom : parts.bar.top) - gap;
    if (words.empty() || bottom - size * 1.25F < parts.inner.top + size * 3) return;
    const float right = parts.meters.empty() ? parts.inner.right : parts.meters.left;
    draw_plate(canvas, words, size, {parts.inner.left + gap, bottom - size * 1.25F}, false,
               right - parts.inner.left - 2 * gap);
}

/// Left out where the corners and the bar leave no room for them.
void draw_empty_words(const Canvas& canvas, const TileParts& parts, const std::string& words) {
    const float unit = canvas.theme.unit();
    const float size = std::min(parts.text_size, 18 * unit);
    const float top = parts.inner.top + parts.text_size * 1.25F + 8 * unit;
    const float bottom = parts.bar.empty() ? parts.inner.bottom : parts.bar.top;
    const float right = parts.meters.empty() ? parts.inner.right : parts.meters.left;
    if (words.empty() || bottom - top < size * 1.3F) return;
    const std::string fitted =
        shorten(words, right - parts.inner.left - 16 * unit, size, measure_with(canvas.theme, Weight::Regular));
    centred(canvas, fitted, Weight::Regular, size, (parts.inner.left + right) / 2, (top + bottom - size) / 2,
            palette::kThirdText);
}

void draw_guides(const Canvas& canvas, const Rect& picture, const TileLook& look) {
    ImDrawList& list = *canvas.list;
    const Colour line = palette::kText.faded(0.55F);
    if (look.safe_areas) {  // EBU R 95: action 3.5 %, graphics 5 % from each edge
        for (const float part : {0.035F, 0.05F})
            outline(list,
                    {picture.left + picture.width() * part, picture.top + picture.height() * part,
                     picture.right - picture.width() * part, picture.bottom - picture.height() * part},
                    line);
    }
    if (look.centre_cross) {
        const Point c = picture.centre();
        const float arm = picture.height() * 0.05F;
        list.AddLine({c.x - arm, c.y}, {c.x + arm, c.y}, pack(line));
        list.AddLine({c.x, c.y - arm}, {c.x, c.y + arm}, pack(line));
    }
}

/// Of what is over: four corners, so that nothing looks as if it still were.
void draw_corner_marks(ImDrawList& list, const Rect& box, float unit, Colour colour) {
    const float arm = std::min(box.width(), box.height()) * 0.16F;
    const float thick = std::max(2.0F, 4 * unit);
    for (const float x : {box.left, box.right - arm})
        for (const float y : {box.top, box.bottom - thick}) fill(list, {x, y, x + arm, y + thick}, colour);
    for (const float x : {box.left, box.right - thick})
        for (const float y : {box.top, box.bottom - arm}) fill(list, {x, y, x + thick, y + arm}, colour);
}

}  // namespace

std::string loudness_words(const Loudness& loudness, const LoudnessZones& zones) {
    const auto figure = [](float value) {  // with a minus sign, not a hyphen
        return fmt::format("{}{:.1f}", value < 0 ? "\u2212" : "", std::abs(value));
    };
    std::string words;
    if (std::isfinite(loudness.momentary)) words = "M " + figure(loudness.momentary);
    if (std::isfinite(loudness.short_term)) {
        words += (words.empty() ? "S " : "  S ") + figure(loudness.short_term);
        if (loudness.short_term < zones.low) words += " low";
        if (loudness.short_term > zones.high) words += " high";
    }
    return words.empty() ? words : words + "  LUFS";
}

TileParts lay_out_tile(const Rect& box, float unit, const TileLook& look, int channels) {
    TileParts parts;
    const float width = box.width();
    const float height = box.height();
    parts.border = std::max(1.0F, std::round(look.border.width * width / 180));
    const Rect content = box.inset(parts.border);
    parts.name_size = std::clamp(height * 0.068F, kLeastName * unit, 32 * unit);
    parts.text_size = std::clamp(height * 0.045F, kLeastText * unit, 22 * unit);
    float umd_height = std::max(parts.name_size * 1.22F, std::min(height * 0.115F, 60 * unit));
    // The picture keeps at least half of the tile: live fields go first, the last line before the first.
    const float line_height = parts.text_size * kUmdLine;
    const float spare = content.height() * 0.5F - umd_height;
    parts.umd_lines =
        std::min(look.umd.lines.size(), spare > 0 ? static_cast<std::size_t>(spare / line_height) : std::size_t{0});
    umd_height += static_cast<float>(parts.umd_lines) * line_height;
    umd_height = std::min(umd_height, content.height() * 0.6F);
    parts.inner = {content.left, content.top, content.right, std::floor(content.bottom - umd_height)};
    parts.umd = {content.left, parts.inner.bottom, content.right, content.bottom};
    if (look.meters && channels > 0 && !look.sound_only) {
        const float bar = std::clamp(width * 0.024F, 3 * unit, 16 * unit);
        const float gap = std::max(1.0F, bar * 0.18F);
        const float wanted = static_cast<float>(channels) * (bar + gap) + gap;
        const float meters = std::min(wanted, width * 0.22F);
        const float margin = 6 * unit;
        parts.meters = {parts.inner.right - margin - meters, parts.inner.top + margin, parts.inner.right - margin,
                        parts.inner.bottom - margin};
    }
    if (look.sound_only && channels > 0) {
        const float middle = parts.inner.centre().x;
        const float half = std::min(parts.inner.width() * 0.4F, static_cast<float>(channels) * 22 * unit);
        const float bar_room = look.bar ? parts.name_size * 1.3F : 0;
        parts.meters = {middle - half, parts.inner.top + parts.text_size * 1.25F + 14 * unit, middle + half,
                        parts.inner.bottom - 10 * unit - bar_room};
    }
    if (look.bar) {
        const float bar_height = parts.name_size * 1.22F;
        const bool beside = !parts.meters.empty() && !look.sound_only;
        parts.bar = {parts.inner.left, parts.inner.bottom - bar_height,
                     beside ? parts.meters.left - 4 * unit : parts.inner.right, parts.inner.bottom};
    }
    return parts;
}

std::string key_frame_words(core::Duration interval) {
    const double seconds = core::to_seconds(interval);
    if (!(seconds > 0)) return "KF";
    return seconds < 9.95 ? fmt::format("KF {:.2g} s", seconds) : fmt::format("KF {:.0f} s", seconds);
}

void draw_meters(const Canvas& canvas, const Rect& box, std::span<const ChannelLevel> levels, MeterScale scale,
                 const MeterZones& zones) {
    if (levels.empty() || box.empty()) return;
    ImDrawList& list = *canvas.list;
    const float unit = canvas.theme.unit();
    const auto count = static_cast<float>(levels.size());
    const float gap = std::max(1.0F, box.width() / count * 0.14F);
    const float bar = std::max(1.0F, (box.width() - gap * (count + 1)) / count);
    fill(list, box, palette::kGround.faded(0.55F));
    const auto y_of = [&box](float dbfs) { return box.bottom - 2 - (box.height() - 4) * scale_position(dbfs); };
    const auto zone = [&](float left, float from, float to, float level, Colour colour) {
        if (level <= from) return;
        fill(list, {left, y_of(std::min(level, to)), left + bar, y_of(from)}, colour);
    };
    float left = box.left + gap;
    for (const ChannelLevel& channel : levels) {
        fill(list, {left, box.top + 2, left + bar, box.bottom - 2}, palette::kUmd);
        zone(left, -60, zones.yellow, channel.level_dbfs, palette::kMeterGreen);
        zone(left, zones.yellow, zones.red, channel.level_dbfs, palette::kMeterYellow);
        zone(left, zones.red, 0, channel.level_dbfs, palette::kMeterRed);
        const float peak = y_of(channel.peak_dbfs);
        const float thick = std::max(1.0F, 2 * unit);
        fill(list, {left, peak - thick / 2, left + bar, peak + thick / 2}, palette::kText);
        if (channel.over) fill(list, {left, box.top + 2, left + bar, box.top + 2 + 5 * unit}, palette::kTallyRed);
        left += bar + gap;
    }
    if (scale == MeterScale::Never || box.height() < 150 * unit) return;
    const float size = kLeastText * unit * 0.8F;
    for (const float mark : {zones.red, zones.yellow, -40.0F}) {
        if (mark == -40.0F && zones.yellow < -36) continue;
        const float y = y_of(mark);
        list.AddLine({box.left - 4 * unit, y}, {box.left, y}, pack(palette::kSecondText));
        if (box.height() < 320 * unit) continue;
        const std::string figure = std::to_string(static_cast<int>(mark));
        const float width = canvas.theme.width(figure, Weight::Regular, size);
        const Rect plate{box.left - 7 * unit - width, y - size / 2, box.left - 5 * unit, y + size / 2};
        fill(list, plate, palette::kGround.faded(kPlateAlpha));
        canvas.theme.text(list, figure, Weight::Regular, size, {plate.left, plate.top}, palette::kSecondText);
    }
}

std::optional<PlacedPicture> draw_tile(const Canvas& canvas, const Rect& box, const StreamKey& stream,
                                       const TileLook& look) {
    const auto levels = canvas.media.levels(stream);
    const TileParts parts = lay_out_tile(box, canvas.theme.unit(), look, static_cast<int>(levels.size()));
    ImDrawList& list = *canvas.list;
    list.PushClipRect({box.left, box.top}, {box.right, box.bottom}, true);
    std::optional<PlacedPicture> picture;
    const bool hidden = (look.slate && look.slate->hide_picture) || look.sound_only;
    if (!hidden) picture = canvas.media.place(stream, {parts.inner, look.brightness, look.grey});
    if (!look.slate && !picture) fill(list, parts.inner, palette::kPanel);
    if (look.slate) draw_slate(canvas, parts, *look.slate, picture.has_value());
    if (picture) draw_guides(canvas, picture->picture, look);
    const MeterScale scale = box.width() < 240 * canvas.theme.unit() ? MeterScale::Never : look.scale;
    if (!parts.meters.empty()) draw_meters(canvas, parts.meters, levels, scale, look.zones);
    draw_corners(canvas, parts, look, picture);
    if (!picture && !look.slate && !look.sound_only) draw_empty_words(canvas, parts, look.empty_words);
    if (look.loudness) draw_loudness(canvas, parts, canvas.media.loudness(stream), *look.loudness);
    if (look.bar) draw_bar(canvas, parts, *look.bar);
    draw_umd(canvas, parts, look.umd);
    const bool dim = look.flashing && !canvas.flash_on;
    draw_border(list, box, parts.border, look.border.pattern,
                dim ? look.border.colour.faded(kDimInFlash) : look.border.colour);
    if (look.corners) draw_corner_marks(list, box, canvas.theme.unit(), *look.corners);
    list.PopClipRect();
    if (look.selected) outline(list, box.inset(-2 * canvas.theme.unit()), palette::kSelected, 2 * canvas.theme.unit());
    if (look.flashing || (look.bar && look.bar->flashing)) {
        const auto half = std::chrono::milliseconds{500};
        canvas.redraw.within(half - canvas.utc.time_since_epoch() % half);
    }
    return picture;
}

}  // namespace sightline::ui
