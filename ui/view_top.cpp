// SPDX-License-Identifier: Apache-2.0
#include "ui/view_top.hpp"

#include <fmt/format.h>

#include <array>

#include "ui/actions.hpp"
#include "ui/imgui.hpp"
#include "ui/lettering.hpp"
#include "ui/listening.hpp"
#include "ui/order.hpp"
#include "ui/shapes.hpp"
#include "ui/view_clock.hpp"
#include "ui/words.hpp"

namespace sightline::ui {
namespace {

/// Typed, or its hint was clicked.
bool asked(const ViewState& state, char key) {
    return typed(key) || state.clicked_key == key;
}

void keys_of_incidents(const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands, const Moment& moment) {
    if (asked(state, 'a')) acknowledge(snapshot, state, commands, moment);
    if (asked(state, 'j')) step_incident(snapshot, state, 1);
    if (asked(state, 'k')) step_incident(snapshot, state, -1);
    if (asked(state, 'b')) toggle_air(snapshot, state, commands, moment);
    if (asked(state, 'g')) state.guides = !state.guides;
    if (asked(state, 'i')) state.rail_wanted = !state.rail_wanted;
    const auto open = [&](Dialog dialog) {
        state.dialog = dialog;
        state.dialog_opened = true;
        state.dialog_ready = false;
        state.text.fill('\0');
        const std::string& now = dialog == Dialog::Operator ? state.operator_name : state.filter;
        if (dialog == Dialog::Operator || dialog == Dialog::Filter)
            now.copy(state.text.data(), std::min(now.size(), state.text.size() - 1));
    };
    if (asked(state, 's')) {
        const IncidentView* incident = chosen_incident(snapshot, state);
        if (incident != nullptr && incident->from_desk) {
            open(Dialog::Snooze);
        } else {
            snooze(snapshot, state, commands, moment, {}, {});  // says why not
        }
    }
    if (asked(state, 'n')) open(Dialog::Note);
    if (asked(state, 'o')) open(Dialog::Operator);
    if (asked(state, 'l')) toggle_listening(snapshot, state, moment);
    if (asked(state, 'm')) toggle_mute(state, moment);
    if (asked(state, 't')) next_track(snapshot, state, moment);
    if (asked(state, 'p')) next_pair(snapshot, state, moment);
    if (asked(state, '-')) change_volume(state, moment, -1);
    if (asked(state, '+') || asked(state, '=')) change_volume(state, moment, 1);
    if (asked(state, '/')) open(Dialog::Filter);
    if (asked(state, '?')) open(Dialog::Keys);
}

void keys_of_pages(const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands, const Moment& moment,
                   float aspect) {
    for (char digit = '1'; digit <= '9'; ++digit)
        if (asked(state, digit)) turn_page(state, moment, static_cast<std::size_t>(digit - '1'));
    const std::size_t page = state.page[std::min(moment.window, ViewState::kMostWindows - 1)];
    if (pressed(ImGuiKey_PageDown) && page + 1 < state.layout.pages.size()) turn_page(state, moment, page + 1);
    if (pressed(ImGuiKey_PageUp) && page > 0) turn_page(state, moment, page - 1);
    if (asked(state, 'e') && !state.full_view) toggle_edit(snapshot, state, moment, aspect);
    if (pressed(ImGuiKey_Escape) || state.clicked_key == kEscapeKey) {
        if (state.full_view) {
            close_full_view(state, commands);
        } else if (state.editing) {
            state.editing = false;
        } else {
            state.selected = {};
            state.selected_incident.clear();
        }
    } else if ((pressed(ImGuiKey_Enter) || state.clicked_key == kEnterKey) && !state.full_view && !state.editing) {
        open_full_view(snapshot, state, commands);
    }
}

void keys(const Canvas& canvas, const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands) {
    if (state.dialog != Dialog::None) return;
    const Moment moment{canvas.now, canvas.utc, static_cast<std::size_t>(canvas.window)};
    const ImVec2 display = ImGui::GetIO().DisplaySize;
    if (state.editing && asked(state, 's')) {
        save(state, commands, moment);
    } else if (!state.editing) {
        keys_of_incidents(snapshot, state, commands, moment);
    }
    if (state.dialog == Dialog::None)
        keys_of_pages(snapshot, state, commands, moment, display.x / std::max(1.0F, display.y));
    state.clicked_key = 0;
}

/// A click on the page's name turns to the next one, a right click to the one before.
void click_page(const Canvas& canvas, ViewState& state, const Rect& name) {
    if (state.dialog != Dialog::None || state.editing || !name.contains(mouse_point())) return;
    const Moment moment{canvas.now, canvas.utc, static_cast<std::size_t>(canvas.window)};
    const std::size_t pages = state.layout.pages.size();
    const std::size_t page = state.page[std::min(moment.window, ViewState::kMostWindows - 1)];
    if (ImGui::IsMouseClicked(0)) turn_page(state, moment, (page + 1) % pages);
    if (ImGui::IsMouseClicked(1)) turn_page(state, moment, (page + pages - 1) % pages);
}

/// A chip with icon and count; grey at zero, "?" where not all streams are known. @return its width.
float draw_chip(const Canvas& canvas, core::Severity severity, int count, bool known, Point right_top) {
    const float unit = canvas.theme.unit();
    const BorderStyle style = border_of(severity);
    const std::string text = known ? std::to_string(count) : count > 0 ? fmt::format("{}+?", count) : "?";
    const float size = 21 * unit;
    const float width = std::max(54 * unit, canvas.theme.width(text, Weight::Bold, size) + 40 * unit);
    const Rect chip{right_top.x - width, right_top.y, right_top.x, right_top.y + 26 * unit};
    fill(*canvas.list, chip, count > 0 ? style.colour : palette::kUmd, 3 * unit);
    const Colour ink = count > 0 ? palette::kTextOnAlarm : palette::kThirdText;
    draw_icon(*canvas.list, style.icon, {chip.left + 16 * unit, chip.centre().y}, 15 * unit, ink);
    put(canvas, text, Weight::Bold, size, {chip.left + 30 * unit, chip.top + 2 * unit}, ink);
    return width + 8 * unit;
}

std::string zone_words(const WallSnapshot& snapshot, core::UtcTime utc) {
    bool known = false;
    bool synchronised = true;
    for (const ProbeState& probe : snapshot.probes) {
        known = known || probe.link == LinkState::Live;
        synchronised = synchronised && (probe.link != LinkState::Live || probe.clock_synchronised);
    }
    return snapshot.zone.words(utc) + " \xC2\xB7 " +
           (!known         ? "clock unknown"
            : synchronised ? "synced"
                           : "NOT synced");
}

/// What must be said about probes that do not answer, or of the last commands; left of the counts.
void draw_words(const Canvas& canvas, const WallSnapshot& snapshot, const ViewState& state, float left, float right) {
    const float unit = canvas.theme.unit();
    std::string words;
    bool loud = false;
    for (const ProbeState& probe : snapshot.probes) {
        if (probe.link == LinkState::Live || probe.link == LinkState::Connecting) continue;
        words = (probe.id.empty() ? "probe" : "probe " + probe.id) +
                (probe.link == LinkState::Refused ? " refuses: " + probe.error
                 : probe.last_answer              ? " not answering " + for_text(canvas.now - *probe.last_answer)
                                                  : " not answering: " + probe.error);
        loud = true;
        break;
    }
    if (canvas.now < state.message_until && !loud) words = state.message;
    if (!snapshot.outcomes.empty() && (words.empty() || (!loud && !snapshot.outcomes.back().done)))
        words = snapshot.outcomes.back().text;
    if (words.empty()) words = snapshot.tally_error;
    if (words.empty()) return;
    const float size = 19 * unit;
    const float room = right - left - 32 * unit;
    if (room < 60 * unit) return;
    if (loud) {
        const std::string fitted = shorten(words, room - 20 * unit, size, measure_with(canvas.theme, Weight::Bold));
        const float width = canvas.theme.width(fitted, Weight::Bold, size) + 20 * unit;
        const Rect plate{left + 16 * unit, canvas.area.top + 11 * unit, left + 16 * unit + width,
                         canvas.area.top + 37 * unit};
        fill(*canvas.list, plate, palette::kText, 3 * unit);
        put(canvas, fitted, Weight::Bold, size, {plate.left + 10 * unit, plate.top + 3 * unit}, palette::kTextOnAlarm);
    } else {
        put(canvas, words, Weight::Regular, size, {left + 16 * unit, canvas.area.top + 14 * unit}, palette::kText,
            room);
    }
}

/// A mute on a plate of its own, and what is heard. @return their width.
float draw_sound(const Canvas& canvas, const WallSnapshot& snapshot, const ViewState& state, float left, float right) {
    const float unit = canvas.theme.unit();
    const float size = 19 * unit;
    const float top = canvas.area.top + 14 * unit;
    const float begin = left;
    if (const auto muted = mute_left(state, canvas.now)) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(*muted).count();
        const std::string words = fmt::format("ALARM SOUND OFF {}:{:02}", seconds / 60, seconds % 60);
        const float width = canvas.theme.width(words, Weight::Bold, size) + 20 * unit;
        fill(*canvas.list, {left, canvas.area.top + 11 * unit, left + width, canvas.area.top + 37 * unit},
             palette::kText, 3 * unit);
        put(canvas, words, Weight::Bold, size, {left + 10 * unit, top}, palette::kTextOnAlarm);
        canvas.redraw.within(*muted % std::chrono::seconds{1} + std::chrono::milliseconds{1});
        left += width + 20 * unit;
    }
    const std::string words = sound_words(snapshot, state);
    const float room = std::min(520 * unit, right - left - 100 * unit);
    if (words.empty() || room < 60 * unit) return left - begin;
    left += put(canvas, "sound ", Weight::Regular, size, {left, top}, palette::kSecondText);
    left += put(canvas, words, Weight::Bold, size, {left, top}, palette::kText, room) + 20 * unit;
    return left - begin;
}

/// Counts, operator, clock, zone. On a narrow window zone and operator go first: severities and the clock stay.
/// @return where they begin.
float draw_right_end(const Canvas& canvas, const WallSnapshot& snapshot, const ViewState& state) {
    const float unit = canvas.theme.unit();
    const float size = 19 * unit;
    const float top = canvas.area.top + 14 * unit;
    float right = canvas.area.right - 16 * unit;
    if (canvas.area.width() > 1500 * unit)
        right -= put_right(canvas, zone_words(snapshot, canvas.utc), Weight::Regular, size, {right, top},
                           palette::kSecondText) +
                 24 * unit;
    right -= draw_clock_text(canvas, snapshot.zone, {right, canvas.area.top + 9 * unit}, 28 * unit) + 40 * unit;
    if (canvas.area.width() > 1100 * unit) {
        const std::string name = state.operator_name.empty() ? "nobody (O signs on)" : state.operator_name;
        right -= put_right(canvas, name, Weight::Bold, size, {right, top},
                           state.operator_name.empty() ? palette::kThirdText : palette::kText, 220 * unit) +
                 6 * unit;
        right -= put_right(canvas, "operator", Weight::Regular, size, {right, top}, palette::kSecondText) + 20 * unit;
    }
    const SeverityCounts counts = count_severities(snapshot, canvas.utc);
    const std::array chips{
        std::pair{core::Severity::Warning, counts.warning}, std::pair{core::Severity::Minor, counts.minor},
        std::pair{core::Severity::Major, counts.major}, std::pair{core::Severity::Critical, counts.critical}};
    for (const auto& [severity, count] : chips)
        right -= draw_chip(canvas, severity, count, counts.unknown == 0, {right, canvas.area.top + 11 * unit});
    return right;
}

/// Room and page, as far as there is room. @return where they end.
float draw_left_end(const Canvas& canvas, ViewState& state, float right) {
    const float unit = canvas.theme.unit();
    const float size = 19 * unit;
    const float top = canvas.area.top + 14 * unit;
    const PageSpec& page = page_of(state, static_cast<std::size_t>(canvas.window));
    const std::size_t number =
        state.page[std::min<std::size_t>(static_cast<std::size_t>(canvas.window), ViewState::kMostWindows - 1)];
    float left = canvas.area.left + 16 * unit;
    const float room = right - left - 16 * unit;
    if (room > 400 * unit)
        left += put(canvas, state.layout.room, Weight::Bold, size, {left, top}, palette::kText,
                    std::min(300 * unit, room * 0.4F)) +
                28 * unit;
    const float words = put(canvas, state.editing ? "editing page " : "page ", Weight::Regular, size, {left, top},
                            palette::kSecondText, std::max(0.0F, right - left - 16 * unit));
    const Rect name{left, canvas.area.top, 0, canvas.area.bottom};
    left += words;
    left += put(canvas, fmt::format("{} {}{}", number + 1, page.name, state.edited ? " (not saved)" : ""), Weight::Bold,
                size, {left, top}, palette::kText, std::clamp(right - left - 16 * unit, 0.0F, 320 * unit));
    click_page(canvas, state, {name.left, name.top, left, name.bottom});
    return left;
}

}  // namespace

Rect top_area(const Rect& window, float unit, const ViewState& /*state*/) {
    return {window.left, window.top, window.right, window.top + kTopHeight * unit};
}

void draw_top(const Canvas& canvas, const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands) {
    if (canvas.window == 0) state.on_screen.begin();
    keys(canvas, snapshot, state, commands);
    state.rail_shown = state.rail_wanted && !snapshot.incidents.empty() && !state.editing;
    fill(*canvas.list, canvas.area, palette::kPanel);
    const float right = draw_right_end(canvas, snapshot, state);
    float left = draw_left_end(canvas, state, right) + 28 * canvas.theme.unit();
    left += draw_sound(canvas, snapshot, state, left, right);
    draw_words(canvas, snapshot, state, left, right);
}

}  // namespace sightline::ui
