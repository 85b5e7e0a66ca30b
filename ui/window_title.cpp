// SPDX-License-Identifier: Apache-2.0
#include "ui/window_title.hpp"

#include <algorithm>

#include "ui/actions.hpp"
#include "ui/order.hpp"

namespace sightline::ui {
namespace {

std::string name_of(Dialog dialog, std::size_t choice) {
    switch (dialog) {
        case Dialog::None:
            break;
        case Dialog::Keys:
            return "Keys";
        case Dialog::Snooze:
            return std::string("Snooze for ") + kSnoozeTimes[std::min(choice, kSnoozeTimes.size() - 1)].label;
        case Dialog::Note:
            return "Note";
        case Dialog::Operator:
            return "Operator";
        case Dialog::Filter:
            return "Filter";
    }
    return "";
}

std::string what_is_shown(const WallSnapshot& snapshot, const ViewState& state, std::size_t window) {
    if (state.dialog != Dialog::None && state.dialog_ready) return name_of(state.dialog, state.choice);
    const StreamState* stream = find_stream(snapshot, state.selected);
    const std::string name = stream == nullptr ? "" : stream->name.empty() ? stream->key.stream : stream->name;
    if (state.full_view) return name + ", full view";
    const std::size_t page = state.page[std::min(window, ViewState::kMostWindows - 1)];
    const std::string page_name = page < state.layout.pages.size() ? state.layout.pages[page].name : "";
    if (state.editing) return "editing " + page_name + (state.drag ? ", a tile in hand" : "");
    return name.empty() ? page_name : page_name + ", " + name + " chosen";
}

}  // namespace

std::string window_title(const WallSnapshot& snapshot, const ViewState& state, std::size_t window) {
    constexpr const char* kDash = " \xE2\x80\x93 ";
    std::string silent;
    for (const ProbeState& probe : snapshot.probes)
        if (probe_is_silent(snapshot, probe.id))
            silent += kDash + std::string("probe ") + probe.id +
                      (probe.link == LinkState::Refused ? " refuses" : " not answering");
    return what_is_shown(snapshot, state, window) + kDash + state.layout.room + silent + kDash + "Sightline";
}

}  // namespace sightline::ui
