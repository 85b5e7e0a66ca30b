// SPDX-License-Identifier: Apache-2.0
#include "ui/listening.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace sightline::ui {
namespace {

std::vector<const core::Track*> audio_tracks(const StreamState& stream) {
    std::vector<const core::Track*> tracks;
    for (const core::Track& track : stream.tracks)
        if (track.kind == core::TrackKind::Audio) tracks.push_back(&track);
    return tracks;
}

std::string pair_words(int pair) {
    return pair == 0 ? "all channels as stereo" : fmt::format("channels {} and {}", 2 * pair - 1, 2 * pair);
}

std::string volume_words(int volume_db) {
    return volume_db <= kLeastVolume ? "silent" : fmt::format("{}{} dB", volume_db < 0 ? "\u2212" : "", -volume_db);
}

/// Null, with a word of why, where no stream with sound is selected.
const StreamState* sounding_stream(const WallSnapshot& snapshot, ViewState& state, const Moment& moment) {
    const StreamState* stream = find_stream(snapshot, state.selected);
    if (stream == nullptr) tell(state, moment, "choose a tile first: arrow keys, or click it");
    if (stream == nullptr || !audio_tracks(*stream).empty()) return stream;
    tell(state, moment, "this stream has no audio track");
    return nullptr;
}

}  // namespace

Listening heard_of(const ViewState& state) {
    if (state.heard.stream == state.selected) return state.heard;
    return {state.selected, 1, 0, state.heard.volume_db};
}

void next_track(const WallSnapshot& snapshot, ViewState& state, const Moment& moment) {
    const StreamState* stream = sounding_stream(snapshot, state, moment);
    if (stream == nullptr) return;
    const auto tracks = audio_tracks(*stream);
    state.heard = heard_of(state);
    const auto count = static_cast<int>(tracks.size());
    state.heard.track = state.heard.track < count ? state.heard.track + 1 : 1;
    state.heard.pair = 0;
    const core::Track& track = *tracks[static_cast<std::size_t>(state.heard.track - 1)];
    std::string words = fmt::format("audio track {} of {}", state.heard.track, count);
    if (!track.language.empty()) words += ", " + track.language;
    if (track.channels > 0) words += fmt::format(", {} channel{}", track.channels, track.channels == 1 ? "" : "s");
    tell(state, moment, words);
}

void next_pair(const WallSnapshot& snapshot, ViewState& state, const Moment& moment) {
    const StreamState* stream = sounding_stream(snapshot, state, moment);
    if (stream == nullptr) return;
    const auto tracks = audio_tracks(*stream);
    state.heard = heard_of(state);
    const auto track = std::min(static_cast<std::size_t>(state.heard.track), tracks.size()) - 1;
    const int channels = tracks[track]->channels;
    const int pairs = channels > 2 ? (channels + 1) / 2 : 0;
    if (pairs == 0) {
        tell(state, moment, "this track has no more than two channels");
        return;
    }
    state.heard.pair = state.heard.pair < pairs ? state.heard.pair + 1 : 0;
    tell(state, moment, pair_words(state.heard.pair));
}

void change_volume(ViewState& state, const Moment& moment, int steps) {
    state.heard.volume_db = std::clamp(state.heard.volume_db + steps * kVolumeStep, kLeastVolume, 0);
    tell(state, moment, "volume " + volume_words(state.heard.volume_db));
}

float volume_gain(int volume_db) {
    if (volume_db <= kLeastVolume) return 0;
    return std::pow(10.0F, static_cast<float>(std::min(volume_db, 0)) / 20);
}

std::string choice_words(const ViewState& state) {
    const Listening heard = heard_of(state);
    std::string words;
    if (heard.track > 1) words += fmt::format(", track {}", heard.track);
    if (heard.pair > 0) words += ", " + pair_words(heard.pair);
    if (heard.volume_db < 0) words += ", " + volume_words(heard.volume_db);
    return words;
}

}  // namespace sightline::ui
