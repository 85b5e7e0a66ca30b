// SPDX-License-Identifier: Apache-2.0
#include "ui/view_rail.hpp"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "ui/actions.hpp"
#include "ui/imgui.hpp"
#include "ui/lettering.hpp"
#include "ui/order.hpp"
#include "ui/shapes.hpp"
#include "ui/view_top.hpp"
#include "ui/words.hpp"

namespace sightline::ui {
namespace {

constexpr std::array kRailKeys{KeyHint{"A", "acknowledge"},   KeyHint{"S", "snooze"},  KeyHint{"N", "note"},
                               KeyHint{"Enter", "full view"}, KeyHint{"B", "standby"}, KeyHint{"/", "filter"},
                               KeyHint{"?", "keys"}};

std::string who_has_it(const IncidentView& incident, const WallSnapshot& snapshot, core::UtcTime utc) {
    if (!incident.from_desk) return "alarm; this probe has no incident desk";
    std::string out;
    const auto add = [&](const std::string& more) { out += (out.empty() ? "" : " \xC2\xB7 ") + more; };
    if (!incident.runbook.empty()) add("runbook \xE2\x86\x97");
    if (incident.maintenance) add("maintenance");
    if (incident.snoozed_until && *incident.snoozed_until > utc) {
        add("snoozed to " + clock_text(*incident.snoozed_until, snapshot.zone, false));
        if (!incident.snooze_reason.empty()) add(incident.snooze_reason);
    } else if (incident.over) {
        add("over, not acknowledged");
    } else if (incident.state == "open") {
        add("not acknowledged");
    } else if (!incident.acknowledged_by.empty()) {
        add("acked by " + incident.acknowledged_by);
    } else {
        add(incident.state);
    }
    if (!incident.owner.empty() && incident.owner != incident.acknowledged_by) add("with " + incident.owner);
    return out;
}

constexpr float kTitleSize = 20, kWhySize = 18;

/// As wide as its age comes out, in digits that are all as wide. Cheap: it is done for all of 10,000.
float age_width(const Canvas& canvas, const IncidentView& incident) {
    if (!incident.since) return 0;
    const core::Duration age = canvas.utc - *incident.since;
    const std::string_view text = age < std::chrono::hours{1}    ? "00:00"
                                  : age < std::chrono::hours{10} ? "0:00:00"
                                  : age < std::chrono::hours{24} ? "00:00:00"
                                                                 : std::string_view();
    return canvas.theme.width(text.empty() ? age_text(age) : std::string(text), Weight::Bold,
                              kTitleSize * canvas.theme.unit());
}

/// What a card leaves for its title, beside icon and age.
float title_room(const Canvas& canvas, float card_width, float age) {
    return card_width - age - (29 + 22 + 10) * canvas.theme.unit();
}

/// How a card's words are laid out. Cheap: it is done for all of 10,000.
struct CardLines {
    int title = 1, why = 0;
    [[nodiscard]] float height(float unit) const {
        return (38 + 24 * static_cast<float>(title) + 22 * static_cast<float>(why)) * unit;
    }
};

CardLines lines_of(const Canvas& canvas, const IncidentView& incident) {
    const float unit = canvas.theme.unit();
    const float card_width = canvas.area.width() - 20 * unit;
    CardLines lines;
    if (canvas.theme.width(incident.title, Weight::Bold, kTitleSize * unit) >
        title_room(canvas, card_width, age_width(canvas, incident)))
        lines.title = 2;
    if (incident.why.empty()) return lines;
    const float why = canvas.theme.width(incident.why, Weight::Regular, kWhySize * unit) / (card_width - 29 * unit);
    lines.why = why <= 1 ? 1 : why <= 1.85F ? 2 : 3;
    return lines;
}

void draw_card(const Canvas& canvas, const IncidentView& incident, const WallSnapshot& snapshot, const Rect& box,
               bool selected) {
    const float unit = canvas.theme.unit();
    const CardLines lines = lines_of(canvas, incident);
    const BorderStyle style = border_of(incident.severity);
    const bool snoozed = incident.snoozed_until && *incident.snoozed_until > canvas.utc;
    const bool old = probe_is_silent(snapshot, incident.probe);
    const bool waits = !old && incident.state == "open" && !snoozed && incident.severity >= core::Severity::Major;
    fill(*canvas.list, box, palette::kUmd, 2 * unit);
    const Colour mark = old ? palette::kUnknown : waits && !canvas.flash_on ? style.colour.faded(0.3F) : style.colour;
    const Colour ink = old ? palette::kThirdText : incident.over ? palette::kSecondText : palette::kText;
    const Rect edge{box.left, box.top, box.left + 7 * unit, box.bottom};
    if (incident.over) {
        outline(*canvas.list, edge, mark, std::max(1.0F, unit));
    } else {
        fill(*canvas.list, edge, mark);
    }
    if (selected) outline(*canvas.list, box, palette::kSelected, std::max(1.0F, 2 * unit), 2 * unit);
    const float left = box.left + 18 * unit;
    const float right = box.right - 11 * unit;
    const float size = kTitleSize * unit;
    float top = box.top + 9 * unit;
    draw_icon(*canvas.list, style.icon, {left + 7 * unit, top + size / 2}, 15 * unit, ink);
    const std::string age = incident.since ? age_text(canvas.utc - *incident.since) : std::string();
    put_right(canvas, age, Weight::Bold, size, {right, top}, ink);
    put_wrapped(canvas, incident.title, Weight::Bold, size, lines.title, {left + 22 * unit, top}, ink,
                title_room(canvas, box.width(), age_width(canvas, incident)));
    top += 24 * unit * static_cast<float>(lines.title);
    put_wrapped(canvas, incident.why, Weight::Regular, kWhySize * unit, lines.why, {left, top}, palette::kSecondText,
                right - left);
    put(canvas, old ? "as last told; its probe does not answer" : who_has_it(incident, snapshot, canvas.utc),
        Weight::Regular, 17 * unit, {left, box.bottom - 26 * unit}, palette::kThirdText, right - left);
}

}  // namespace

Rect rail_area(const Rect& window, float unit, const ViewState& state) {
    if (!state.rail_shown || state.full_view) return {};
    return {window.right - kRailWidth * unit, window.top + kTopHeight * unit + 4 * unit, window.right - 8 * unit,
            window.bottom - 8 * unit};
}

void draw_rail(const Canvas& canvas, const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands) {
    const float unit = canvas.theme.unit();
    ImDrawList& list = *canvas.list;
    fill(list, canvas.area, palette::kPanel);
    outline(list, canvas.area, palette::kLine);
    std::size_t fresh = 0;
    std::size_t over = 0;
    std::vector<const IncidentView*> shown;
    for (const IncidentView& incident : snapshot.incidents) {
        fresh += incident.state == "open" ? 1 : 0;
        over += incident.over ? 1 : 0;
        if (passes(incident, state.filter)) shown.push_back(&incident);
    }
    const bool desk = snapshot.incidents.empty() || snapshot.incidents.front().from_desk;
    std::string heading =
        fmt::format("{} \xC2\xB7 {} open", desk ? "INCIDENTS" : "ALARMS", snapshot.incidents.size() - over);
    if (desk && fresh > 0) heading += fmt::format(" \xC2\xB7 {} new", fresh);
    if (over > 0) heading += fmt::format(" \xC2\xB7 {} over", over);
    if (!state.filter.empty()) heading += fmt::format(" \xC2\xB7 {} with \"{}\"", shown.size(), state.filter);
    put(canvas, heading, Weight::Bold, 19 * unit, {canvas.area.left + 11 * unit, canvas.area.top + 10 * unit},
        palette::kSecondText, canvas.area.width() - 22 * unit);

    const Rect cards{canvas.area.left + 10 * unit, canvas.area.top + 38 * unit, canvas.area.right - 10 * unit,
                     canvas.area.bottom - 72 * unit};
    float total = 0;
    float selected_top = -1;
    float selected_bottom = 0;
    for (const IncidentView* incident : shown) {
        if (incident->id == state.selected_incident) {
            selected_top = total;
            selected_bottom = total + lines_of(canvas, *incident).height(unit);
        }
        total += lines_of(canvas, *incident).height(unit) + 8 * unit;
    }
    const Point mouse = mouse_point();
    if (cards.contains(mouse) && state.dialog == Dialog::None)
        state.rail_offset -= ImGui::GetIO().MouseWheel * 60 * unit;
    const bool stepped = typed('j') || typed('k');
    if (stepped && selected_top >= 0) {
        state.rail_offset = std::min(state.rail_offset, selected_top);
        state.rail_offset = std::max(state.rail_offset, selected_bottom - cards.height());
    }
    state.rail_offset = std::clamp(state.rail_offset, 0.0F, std::max(0.0F, total - cards.height()));

    list.PushClipRect({cards.left, cards.top}, {cards.right, cards.bottom}, true);
    float top = cards.top - state.rail_offset;
    for (const IncidentView* incident : shown) {
        const float height = lines_of(canvas, *incident).height(unit);
        const Rect box{cards.left, top, cards.right, top + height};
        top += height + 8 * unit;
        if (box.bottom < cards.top) continue;
        if (box.top > cards.bottom) break;
        draw_card(canvas, *incident, snapshot, box, incident->id == state.selected_incident);
        if (box.top >= cards.top && box.bottom <= cards.bottom)
            state.on_screen.shown(incident->id, incident->severity, canvas.now);
        if (state.dialog == Dialog::None && ImGui::IsMouseClicked(0) && box.contains(mouse) && cards.contains(mouse)) {
            state.selected_incident = incident->id;
            if (!incident->streams.empty()) state.selected = incident->streams.front();
            if (ImGui::IsMouseDoubleClicked(0)) open_full_view(snapshot, state, commands);
        }
    }
    list.PopClipRect();
    const char clicked = put_keys(canvas, kRailKeys, {canvas.area.left + 11 * unit, canvas.area.bottom - 4 * unit},
                                  canvas.area.width() - 22 * unit);
    click_key(canvas, state, clicked);
    canvas.redraw.within(std::chrono::milliseconds{500} -
                         canvas.utc.time_since_epoch() % std::chrono::milliseconds{500});
}

}  // namespace sightline::ui
