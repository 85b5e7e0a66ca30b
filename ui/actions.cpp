// SPDX-License-Identifier: Apache-2.0
#include "ui/actions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ui/listening.hpp"
#include "ui/order.hpp"
#include "ui/tile_facts.hpp"

namespace sightline::ui {
namespace {

constexpr core::Duration kMessageShown = std::chrono::seconds{5};
constexpr const char* kNoDesk = "this probe has no incident desk: it keeps no acknowledgements";

bool push(ViewState& state, CommandQueue& commands, const Moment& moment, Command command) {
    command.operator_name = state.operator_name;
    if (commands.push(std::move(command))) return true;
    tell(state, moment, "too many commands wait: the probe does not take them");
    return false;
}

/// An incident that commands can be about; says why where there is none.
const IncidentView* needed(const WallSnapshot& snapshot, ViewState& state, const Moment& moment) {
    const IncidentView* incident = chosen_incident(snapshot, state);
    if (incident == nullptr) tell(state, moment, "choose an incident first: J and K, or click it");
    if (incident != nullptr && !incident->from_desk) {
        tell(state, moment, kNoDesk);
        return nullptr;
    }
    return incident;
}

}  // namespace

void tell(ViewState& state, const Moment& moment, std::string text) {
    state.message = std::move(text);
    state.message_until = moment.now + kMessageShown;
}

const StreamState* find_stream(const WallSnapshot& snapshot, const StreamKey& key) {
    for (const StreamState& stream : snapshot.streams)
        if (stream.key == key) return &stream;
    return nullptr;
}

const IncidentView* chosen_incident(const WallSnapshot& snapshot, const ViewState& state) {
    for (const IncidentView& incident : snapshot.incidents)
        if (incident.id == state.selected_incident) return &incident;
    if (state.selected.stream.empty()) return nullptr;
    for (const IncidentView& incident : snapshot.incidents)
        if (std::find(incident.streams.begin(), incident.streams.end(), state.selected) != incident.streams.end())
            return &incident;
    return nullptr;
}

void acknowledge(const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands, const Moment& moment,
                 const std::string& note) {
    const IncidentView* chosen = chosen_incident(snapshot, state);
    if (chosen != nullptr && !chosen->from_desk) {
        tell(state, moment, kNoDesk);
        return;
    }
    const auto taken = takeable(snapshot, state.on_screen, chosen != nullptr ? chosen->id : std::string(), moment.now);
    int count = 0;
    for (const IncidentView* incident : taken) {
        Command command;
        command.kind = CommandKind::Acknowledge;
        command.stream.probe = incident->probe;
        command.id = incident->id;
        command.note = note;
        if (!push(state, commands, moment, std::move(command))) return;
        ++count;
    }
    if (count > 0) {
        tell(state, moment,
             fmt::format("acknowledged {}", count == 1 ? taken.front()->title : fmt::format("{} incidents", count)));
    } else if (chosen != nullptr && (chosen->state == "open" || chosen->over)) {
        tell(state, moment, "not taken: it has been on the glass for less than a second");
    } else if (chosen != nullptr) {
        tell(state, moment,
             "already acknowledged" +
                 (chosen->acknowledged_by.empty() ? std::string() : " by " + chosen->acknowledged_by));
    } else if (!snapshot.incidents.empty() && !snapshot.incidents.front().from_desk) {
        tell(state, moment, kNoDesk);
    } else {
        tell(state, moment, "nothing to acknowledge");
    }
}

void snooze(const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands, const Moment& moment,
            core::Duration duration, const std::string& reason) {
    const IncidentView* incident = needed(snapshot, state, moment);
    if (incident == nullptr) return;
    Command command;
    command.kind = CommandKind::Snooze;
    command.stream.probe = incident->probe;
    command.id = incident->id;
    command.duration = duration;
    command.note = reason;
    push(state, commands, moment, std::move(command));
}

void add_note(const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands, const Moment& moment,
              const std::string& note) {
    const IncidentView* incident = needed(snapshot, state, moment);
    if (incident == nullptr || note.empty()) return;
    Command command;
    command.kind = CommandKind::Note;
    command.stream.probe = incident->probe;
    command.id = incident->id;
    command.note = note;
    push(state, commands, moment, std::move(command));
}

void toggle_air(const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands, const Moment& moment) {
    const StreamState* stream = find_stream(snapshot, state.selected);
    if (stream == nullptr) {
        tell(state, moment, "choose a tile first: arrow keys, or click it");
        return;
    }
    Command command;
    command.kind = CommandKind::SetAir;
    command.stream = stream->key;
    command.air = stream->air == core::AirState::OnAir ? core::AirState::Standby : core::AirState::OnAir;
    push(state, commands, moment, std::move(command));
}

void open_full_view(const WallSnapshot& snapshot, ViewState& state, CommandQueue& commands) {
    if (find_stream(snapshot, state.selected) == nullptr) {
        const IncidentView* incident = chosen_incident(snapshot, state);
        if (incident == nullptr || incident->streams.empty()) return;
        state.selected = incident->streams.front();
    }
    state.full_view = true;
    state.history_offset = 0;
    Command command;
    command.kind = CommandKind::Focus;
    command.stream = state.selected;
    if (const IncidentView* incident = chosen_incident(snapshot, state); incident != nullptr && incident->from_desk)
        command.id = incident->id;
    (void)commands.push(std::move(command));
}

void close_full_view(ViewState& state, CommandQueue& commands) {
    state.full_view = false;
    Command command;
    command.kind = CommandKind::Focus;
    command.stream = state.selected;
    command.wanted = false;
    (void)commands.push(std::move(command));
}

void toggle_listening(const WallSnapshot& snapshot, ViewState& state, const Moment& moment) {
    state.listening = !state.listening;
    if (state.listening && find_stream(snapshot, state.selected) == nullptr)
        tell(state, moment, "sound on: choose a tile to hear it");
}

void toggle_mute(ViewState& state, const Moment& moment) {
    if (!state.sound.alarms) {
        tell(state, moment, "alarm sounds are off: start the wall with --alarm-sound critical,major");
        return;
    }
    const bool muted = mute_left(state, moment.now).has_value();
    state.muted_until.reset();
    if (!muted) state.muted_until = moment.now + kMute;
}

std::optional<core::Duration> mute_left(const ViewState& state, core::ArrivalTime now) {
    if (!state.muted_until || *state.muted_until <= now) return {};
    return *state.muted_until - now;
}

std::string sound_words(const WallSnapshot& snapshot, const ViewState& state) {
    if (!state.listening) return {};
    const StreamState* stream = find_stream(snapshot, state.selected);
    if (stream == nullptr) return "no tile chosen";
    const std::string name = (stream->name.empty() ? stream->key.stream : stream->name) + choice_words(state);
    const SoundShown& sound = state.sound;
    if (!sound.trouble.empty()) return name + ": " + sound.trouble;
    if (!sound.attached) return name + ": a remote probe gives no sound";
    if (sound.flow == SoundShown::Flow::Waiting) return name + ": waiting for its sound";
    if (sound.flow == SoundShown::Flow::Quiet) return name + ": no sound comes";
    if (!sound.picture) return name + ", picture not shown";
    const auto early = std::chrono::duration_cast<std::chrono::milliseconds>(sound.early).count();
    switch (sound.lip_sync) {
        case LipSync::Unknown:
            break;
        case LipSync::Good:
            return fmt::format("{}, lip-sync {:+} ms", name, early);
        case LipSync::Bad:
            return fmt::format("{}, NOT FOR LIP-SYNC (up to {:+} ms)", name, early);
    }
    return name + ", not for lip-sync";
}

void step_incident(const WallSnapshot& snapshot, ViewState& state, int by) {
    std::vector<const IncidentView*> shown;
    for (const IncidentView& incident : snapshot.incidents)
        if (passes(incident, state.filter)) shown.push_back(&incident);
    if (shown.empty()) return;
    const auto at = std::find_if(shown.begin(), shown.end(),
                                 [&](const IncidentView* one) { return one->id == state.selected_incident; });
    std::ptrdiff_t next = by > 0 ? 0 : std::ssize(shown) - 1;
    if (at != shown.end()) next = std::clamp<std::ptrdiff_t>(at - shown.begin() + by, 0, std::ssize(shown) - 1);
    const IncidentView& chosen = *shown[static_cast<std::size_t>(next)];
    state.selected_incident = chosen.id;
    if (!chosen.streams.empty()) state.selected = chosen.streams.front();
}

PageSpec& page_of(ViewState& state, std::size_t window) {
    if (state.layout.pages.empty()) state.layout = default_layout();
    std::size_t& page = state.page[std::min(window, ViewState::kMostWindows - 1)];
    page = std::min(page, state.layout.pages.size() - 1);
    return state.layout.pages[page];
}

void turn_page(ViewState& state, const Moment& moment, std::size_t page) {
    if (page >= state.layout.pages.size()) {
        tell(state, moment, fmt::format("there is no page {}", page + 1));
        return;
    }
    state.page[std::min(moment.window, ViewState::kMostWindows - 1)] = page;
    state.edited_tile = 0;
}

void toggle_edit(const WallSnapshot& snapshot, ViewState& state, const Moment& moment, float aspect) {
    state.drag.reset();
    state.editing = !state.editing;
    if (!state.editing) return;
    PageSpec& page = page_of(state, moment.window);
    const bool was_all = page.automatic || page.only_wrong;
    page = expanded(page, state.layout, snapshot, moment.utc, aspect);
    if (was_all) {
        page.automatic = page.only_wrong = false;
        tell(state, moment, "this page showed whatever there is; from now on it shows these tiles");
    }
    state.edited_tile = std::min(state.edited_tile, page.tiles.empty() ? 0 : page.tiles.size() - 1);
}

void save(ViewState& state, CommandQueue& commands, const Moment& moment) {
    Command command;
    command.kind = CommandKind::SaveLayout;
    command.id = state.layout_file;
    command.note = layout_text(state.layout);
    if (push(state, commands, moment, std::move(command))) state.edited = false;
}

}  // namespace sightline::ui
