// SPDX-License-Identifier: Apache-2.0
#include "apps/sightline-wall/wall_sound.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "core/thread.hpp"
#include "ui/actions.hpp"
#include "ui/listening.hpp"
#include "ui/sound/loudspeaker.hpp"

namespace sightline::wall {
namespace {

/// Which loudspeaker there is; none where only a mosaic or a picture is asked for.
ui::MakeSink speaker(const Options& o, const core::Clock& clock) {
    if (o.sound_sink.empty() && (!o.mosaic.empty() || !o.screenshot.empty())) return {};
    const std::string sink = o.sound_sink.empty() ? ui::Loudspeaker::kAnySink : o.sound_sink;
    return
        [sink, &clock]() -> std::unique_ptr<ui::SoundSink> { return std::make_unique<ui::Loudspeaker>(sink, clock); };
}

}  // namespace

WallSound::WallSound(const Options& options, const core::Clock& clock)
    : clock_(clock),
      listen_(options.listen),
      listen_at_first_(options.sound),
      desk_(speaker(options, clock), !options.mosaic.empty()),
      bell_(options.alarm_sounds) {
    desk_.expect_alarms(!bell_.silent());
    thread_ = core::start_thread("wall-sound", [this](const std::stop_token& stop) { run(stop); });
}

void WallSound::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        desk_.advance(clock_.now());
        waiter_.wait_for(lock, stop, ui::SoundDesk::kChunk, [] { return false; });
    }
}

void WallSound::find_wanted(const ui::WallSnapshot& snapshot, ui::ViewState& state) {
    if (std::exchange(listen_at_first_, false)) state.listening = true;
    if (listen_.empty()) return;
    for (const ui::StreamState& stream : snapshot.streams) {
        if (stream.key.stream != listen_ && stream.key.probe + "/" + stream.key.stream != listen_) continue;
        state.selected = stream.key;
        listen_.clear();
        return;
    }
}

void WallSound::ring_alarms(const ui::WallSnapshot& snapshot, const ui::ViewState& state) {
    if (bell_.silent()) return;
    const core::ArrivalTime now = clock_.now();
    const auto tone = bell_.look(snapshot.incidents, now, clock_.utc(), ui::mute_left(state, now).has_value());
    if (tone) desk_.alarm(*tone);
}

void WallSound::before_refresh(const ui::WallSnapshot* snapshot, ui::ViewState& state, LocalFeeds& feeds,
                               ui::SharedMedia& media) {
    if (snapshot != nullptr) {
        find_wanted(*snapshot, state);
        ring_alarms(*snapshot, state);
    }
    const ui::StreamKey wanted = state.full_view || state.listening ? state.selected : ui::StreamKey{};
    const ui::Listening heard = ui::heard_of(state);
    local_ = feeds.want_focus(wanted, heard.track, snapshot);
    desk_.shape(heard.pair, ui::volume_gain(heard.volume_db));
    media.show_levels_of(wanted, static_cast<std::size_t>(heard.track - 1));
    if (wanted != focused_) {
        focused_ = wanted;
        desk_.focus({});
        lip_sync_.forget();
    }
    if (auto ring = feeds.take_ring()) desk_.focus(std::move(ring));
    desk_.follow(state.listening);
    std::optional<ui::HeldPictures> held;
    // Due is what would otherwise come half a refresh later than its sound, seen when it is drawn.
    if (const auto delay = desk_.status().heard; delay && state.listening)
        held = {focused_, *delay - drawing_ - half_period_};
    media.hold(std::move(held));
}

void WallSound::after_refresh(ui::ViewState& state, ui::SharedMedia& media, const ui::Shell& shell) {
    const core::ArrivalTime now = clock_.now();
    const core::Duration drawn = shell.figures().drawing;
    if (drawn > drawn_before_) drawing_ += (drawn - drawn_before_ - drawing_) / 8;
    drawn_before_ = drawn;
    half_period_ = core::from_seconds(0.5 / shell.most_fps());
    const ui::SoundStatus status = desk_.status();
    const auto timing = media.take_timing(focused_);
    if (timing && timing->came && !timing->key_frames_only) desk_.picture_came(now, *timing->came + drawing_);
    if (timing && timing->pictures != pictures_) {
        pictures_ = timing->pictures;
        if (status.heard && !timing->key_frames_only) lip_sync_.shown(now, timing->shown, *status.heard);
    }
    using Flow = ui::SoundShown::Flow;
    state.sound.attached = local_;
    state.sound.flow = status.heard ? Flow::Heard : status.ring ? Flow::Quiet : Flow::Waiting;
    state.sound.lip_sync = lip_sync_.verdict(now);
    const auto early = state.sound.lip_sync == ui::LipSync::Bad ? lip_sync_.worst(now) : lip_sync_.offset(now);
    state.sound.early = early.value_or(core::Duration{0});
    state.sound.picture = timing.has_value();
    state.sound.trouble = status.trouble;
    state.sound.alarms = !bell_.silent();
    if (status.trouble == said_) return;
    said_ = status.trouble;
    if (!said_.empty()) fmt::print(stderr, "sightline-wall: {}\n", said_);
}

}  // namespace sightline::wall
