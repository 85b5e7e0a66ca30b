// SPDX-License-Identifier: Apache-2.0
// What of the chosen stream is heard: which audio track, which pair of its channels, how loud.
#pragma once

#include <string>

#include "ui/actions.hpp"

namespace sightline::ui {

inline constexpr int kVolumeStep = 3;     ///< dB
inline constexpr int kLeastVolume = -60;  ///< dB; below it nothing is heard

/// Of the stream selected; its first track and all channels where nothing else was chosen for it.
[[nodiscard]] Listening heard_of(const ViewState& state);
/// The next audio track of the selected stream, the first after the last; says which.
void next_track(const WallSnapshot& snapshot, ViewState& state, const Moment& moment);
/// The next pair of the track's channels; after the last all of them as stereo again. Says which.
void next_pair(const WallSnapshot& snapshot, ViewState& state, const Moment& moment);
/// Louder or quieter by steps of kVolumeStep. The loudspeaker only: the mosaic's sound is for others.
void change_volume(ViewState& state, const Moment& moment, int steps);
/// Amplitude, 0 to 1.
[[nodiscard]] float volume_gain(int volume_db);
/// ", track 2, channels 3 and 4, −6 dB": what is not as usual; empty where all is.
[[nodiscard]] std::string choice_words(const ViewState& state);

}  // namespace sightline::ui
