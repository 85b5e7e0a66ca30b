// SPDX-License-Identifier: Apache-2.0
#include "ui/view_dialog.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "ui/actions.hpp"
#include "ui/imgui.hpp"
#include "ui/lettering.hpp"
#include "ui/shapes.hpp"

namespace sightline::ui {
namespace {

constexpr std::array kKeys{KeyHint{"arrows", "choose a tile"},
                           KeyHint{"J  K", "next and previous incident"},
                           KeyHint{"Enter", "full view (or double click); up and down scroll its timeline"},
                           KeyHint{"Esc", "back; let go of what is chosen"},
                           KeyHint{"A", "acknowledge what is chosen, else all that was readable for a second"},
                           KeyHint{"S", "snooze the incident, with a time and a reason"},
                           KeyHint{"N", "note on the incident"},
                           KeyHint{"B", "tile standby, or on air again"},
                           KeyHint{"1 \xE2\x80\xA6 9", "page; PageUp and PageDown turn pages"},
                           KeyHint{"L", "listen: hear the chosen tile, or nothing"},
                           KeyHint{"T  P", "the next audio track; the next pair of its channels"},
                           KeyHint{"\xE2\x88\x92  +", "quieter, louder"},
                           KeyHint{"M", "alarm sounds off for 5 minutes, or on again"},
                           KeyHint{"I", "incident rail"},
                           KeyHint{"G", "safe areas and centre cross on all pictures"},
                           KeyHint{"/", "filter the rail"},
                           KeyHint{"O", "operator signs on"},
                           KeyHint{"E", "edit this page; S saves the layout"},
                           KeyHint{"?", "these keys"}};

const char* title_of(Dialog dialog) {
    switch (dialog) {
        case Dialog::None:
            return "";
        case Dialog::Keys:
            return "Keys";
        case Dialog::Snooze:
            return "Snooze: for how long, and why";
        case Dialog::Note:
            return "Note on the incident";
        case Dialog::Operator:
            return "Who is at the wall?";
        case Dialog::Filter:
            return "Show incidents with these words";
    }
    return "";
}

void draw_keys(const Canvas& canvas, float top) {
    const float unit = canvas.theme.unit();
    for (const KeyHint& hint : kKeys) {
        const float left = canvas.area.left + 28 * unit;
        put_right(canvas, hint.first, Weight::Bold, 20 * unit, {left + 100 * unit, top}, palette::kText);
        put(canvas, hint.second, Weight::Regular, 20 * unit, {left + 124 * unit, top}, palette::kSecondText,
            canvas.area.right - left - 150 * unit);
        top += 31 * unit;
    }
}

void draw_times(const Canvas& canvas, ViewState& state, float top) {
    const float unit = canvas.theme.unit();
    if (pressed(ImGuiKey_Tab)) {
        state.choice = (state.choice + 1) % kSnoozeTimes.size();
        state.dialog_opened = true;  // the field keeps the keyboard
    }
    float left = canvas.area.left + 28 * unit;
    for (std::size_t n = 0; n < kSnoozeTimes.size(); ++n) {
        const Rect box{left, top, left + 100 * unit, top + 34 * unit};
        left += 110 * unit;
        const bool chosen = n == state.choice;
        fill(*canvas.list, box, chosen ? palette::kSelected : palette::kUmd, 3 * unit);
        put_centred(canvas, kSnoozeTimes[n].label, Weight::Bold, 19 * unit, {box.centre().x, box.top + 7 * unit},
                    chosen ? palette::kTextOnAlarm : palette::kSecondText);
        if (ImGui::IsMouseClicked(0) && box.contains(mouse_point())) state.choice = n;
    }
}

/// Enter in the field: does it.
void finish(const Canvas& canvas, const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands) {
    const Moment moment{canvas.now, canvas.utc, static_cast<std::size_t>(canvas.window)};
    const std::string words = core::clean_utf8(state.text.data());
    const Dialog dialog = state.dialog;
    state.dialog = Dialog::None;
    if (dialog == Dialog::Snooze) {
        if (words.empty()) {
            state.dialog = dialog;  // a snooze without a reason helps nobody on the next shift
            state.dialog_opened = true;
            tell(state, moment, "a snooze needs a reason");
            return;
        }
        snooze(snapshot, state, commands, moment, kSnoozeTimes[state.choice % kSnoozeTimes.size()].duration, words);
    }
    if (dialog == Dialog::Note) add_note(snapshot, state, commands, moment, words);
    if (dialog == Dialog::Operator) state.operator_name = words;
    if (dialog == Dialog::Filter) state.filter = words;
}

}  // namespace

Rect dialog_area(const Rect& window, float unit, const ViewState& state) {
    if (state.dialog == Dialog::None) return {};
    const float width = std::min(window.width(), 760 * unit);
    const float wanted = state.dialog == Dialog::Keys     ? 90 + 31 * static_cast<float>(kKeys.size())
                         : state.dialog == Dialog::Snooze ? 210.0F
                                                          : 160.0F;
    const float height = std::min(window.height(), wanted * unit);
    const Point middle = window.centre();
    return {middle.x - width / 2, middle.y - height / 2, middle.x + width / 2, middle.y + height / 2};
}

void draw_dialog(const Canvas& canvas, const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands) {
    const float unit = canvas.theme.unit();
    fill(*canvas.list, canvas.area, palette::kPanel, 4 * unit);
    outline(*canvas.list, canvas.area, palette::kSelected, std::max(1.0F, unit), 4 * unit);
    float top = canvas.area.top + 20 * unit;
    put(canvas, title_of(state.dialog), Weight::Bold, 26 * unit, {canvas.area.left + 28 * unit, top}, palette::kText,
        canvas.area.width() - 56 * unit);
    top += 48 * unit;
    bool opened_now = state.dialog_opened;
    if (state.dialog == Dialog::Keys) {
        draw_keys(canvas, top);
        if (!opened_now && (pressed(ImGuiKey_Escape) || pressed(ImGuiKey_Enter) || typed('?')))
            state.dialog = Dialog::None;
        state.dialog_opened = false;
        state.dialog_ready = true;
        return;
    }
    if (state.dialog == Dialog::Snooze) {
        draw_times(canvas, state, top);
        opened_now = state.dialog_opened;
        top += 50 * unit;
    }
    ImGui::SetCursorScreenPos({canvas.area.left + 28 * unit, top});
    ImGui::SetNextItemWidth(canvas.area.width() - 56 * unit);
    if (opened_now) {
        ImGui::SetKeyboardFocusHere();
        canvas.redraw.within({});  // it has the keyboard in the next refresh
    }
    state.dialog_opened = false;
    const bool done =
        ImGui::InputText("##words", state.text.data(), state.text.size(), ImGuiInputTextFlags_EnterReturnsTrue);
    state.dialog_ready = ImGui::IsItemActive();
    put(canvas,
        state.dialog == Dialog::Snooze ? "Tab chooses the time \xC2\xB7 Enter snoozes \xC2\xB7 Esc leaves"
                                       : "Enter takes it \xC2\xB7 Esc leaves",
        Weight::Regular, 17 * unit, {canvas.area.left + 28 * unit, canvas.area.bottom - 32 * unit},
        palette::kThirdText);
    if (!opened_now && pressed(ImGuiKey_Escape)) {
        state.dialog = Dialog::None;
    } else if (done) {
        finish(canvas, snapshot, state, commands);
    }
}

}  // namespace sightline::ui
