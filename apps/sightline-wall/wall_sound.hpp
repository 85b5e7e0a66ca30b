// SPDX-License-Identifier: Apache-2.0
// Joins the sound desk with the wall: what is focused, what is on the glass, what is in alarm.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "apps/sightline-wall/local_feeds.hpp"
#include "apps/sightline-wall/options.hpp"
#include "core/clock.hpp"
#include "ui/shared_media.hpp"
#include "ui/shell.hpp"
#include "ui/sound/alarm_sound.hpp"
#include "ui/sound/sound_desk.hpp"
#include "ui/view_state.hpp"

namespace sightline::wall {

/// Threading: the shell's thread; the desk runs on one of its own from here to the end.
class WallSound {
public:
    WallSound(const Options& options, const core::Clock& clock);

    /// Asks the probes for the focus, and the media to hold pictures for their sound.
    void before_refresh(const ui::WallSnapshot* snapshot, ui::ViewState& state, LocalFeeds& feeds,
                        ui::SharedMedia& media);
    /// Looks at what has come onto the glass; tells the views.
    void after_refresh(ui::ViewState& state, ui::SharedMedia& media, const ui::Shell& shell);
    [[nodiscard]] ui::SoundDesk& desk() { return desk_; }

private:
    void find_wanted(const ui::WallSnapshot& snapshot, ui::ViewState& state);
    void ring_alarms(const ui::WallSnapshot& snapshot, const ui::ViewState& state);
    void run(const std::stop_token& stop);

    const core::Clock& clock_;
    std::string listen_;  // of --listen, until that stream is there
    bool listen_at_first_;
    ui::SoundDesk desk_;
    ui::AlarmBell bell_;
    ui::StreamKey focused_;
    bool local_ = false;
    ui::LipSyncWatch lip_sync_;
    std::uint64_t pictures_ = 0;
    core::Duration drawing_{}, drawn_before_{};  // of a refresh, smoothed; of all so far
    core::Duration half_period_{};
    std::string said_;
    std::mutex mutex_;  // for waiting only
    std::condition_variable_any waiter_;
    std::jthread thread_;  // last: ends before what it uses
};

}  // namespace sightline::wall
