// SPDX-License-Identifier: Apache-2.0
// The decoding half of a stream: pictures and sound into analyzers, their findings and media ticks out.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzers/analyzer.hpp"
#include "analyzers/bitrate.hpp"
#include "analyzers/picture.hpp"
#include "analyzers/presence.hpp"
#include "core/findings.hpp"
#include "core/stream_spec.hpp"
#include "core/timeline.hpp"
#include "engine/track_names.hpp"
#include "engine/wall_tap.hpp"
#include "probe/media_reader.hpp"

namespace sightline::engine {

/// Where small pictures for people go.
using StillSink = std::function<void(const analyzers::SmallImage&)>;

/// Lives as long as its stream, across demux sessions: a track keeps its analyzers when its PID or session changes.
///
/// Threading: one thread, the stream's decode thread.
class ContentWatch final : public probe::MediaSink {
public:
    struct Options {
        bool every_picture = true;  ///< false: key frames only come
        StillSink still{};          ///< empty: none are made
        WallTap* wall = nullptr;    ///< what walls get; null: nothing. Outlives this.
    };
    ContentWatch(const core::StreamSpec& spec, Options options, const TrackNames& names, const core::Timeline& timeline,
                 core::Findings& out);
    ~ContentWatch() override;

    void begin_session(const std::string& format);
    /// The session is over. With `more` to come, what was known is unknown until the next one tells.
    void end_session(bool more);
    /// Says what step() gathered: inventory and ticks. Call after every MediaReader::step().
    void settle();

    /// Frames and blocks analysed so far, by kind.
    [[nodiscard]] std::uint64_t pictures() const { return pictures_; }
    [[nodiscard]] std::uint64_t sounds() const { return sounds_; }
    /// Whether what comes from now on are key frames only.
    void note_key_frames_only(bool only) { key_frames_only_ = only; }
    /// A key frame came at this media time; empty: none yet.
    [[nodiscard]] std::optional<core::MediaTime> last_key() const { return last_key_; }
    [[nodiscard]] core::MediaTime newest() const { return newest_; }
    /// True once after something looked wrong: at adaptive depth a reason to look closer.
    [[nodiscard]] bool take_suspicion();

    void on_track(const probe::DemuxedTrack& track) override;
    void on_packet(int track, std::optional<core::MediaTime> at, std::size_t bytes,
                   std::optional<core::ArrivalTime> arrival) override;
    void on_video(int track, const core::VideoFrame& frame) override;
    void on_audio(int track, const core::AudioBlock& block) override;
    bool may_decode(int track, std::optional<int> pid, core::MediaTime at) override;

private:
    struct Watched;
    class Tap;
    Watched& watched(const core::Subject& subject);
    void make_analyzers(Watched& track);
    void name_unknown(const probe::DemuxedTrack& found, core::Track& track) const;
    void note_undecodable(Watched& track);
    void forget(Watched& track);
    void progress(Watched& track, core::MediaTime until, std::optional<core::ArrivalTime> arrival);
    void say_inventory();
    void see(Watched& track, const core::VideoFrame& frame);
    void hear(const Watched& track, const core::AudioBlock& block);
    [[nodiscard]] bool shows(Watched& track);
    [[nodiscard]] core::Subject subject_of(const probe::DemuxedTrack& track);

    const core::StreamSpec& spec_;
    Options options_;
    const TrackNames& names_;
    const core::Timeline& timeline_;
    std::unique_ptr<Tap> out_;
    std::map<core::Subject, std::unique_ptr<Watched>> tracks_;
    std::map<int, Watched*> by_index_;  // of the present session
    std::map<core::TrackKind, int> counted_;
    std::string format_;
    analyzers::PresenceMonitor presence_;
    analyzers::BitrateMeter bitrate_{"bitrate.mux", {}, analyzers::BitrateMeter::Clock::Media};
    core::MediaTime packets_until_{}, presence_ticked_{};
    bool inventory_changed_ = false;
    std::uint64_t pictures_ = 0, sounds_ = 0;
    core::MediaTime newest_{};
    std::optional<core::MediaTime> last_key_, last_still_;
    bool key_frames_only_ = false;
    Watched* shown_ = nullptr;  // the video track that walls see
    analyzers::SmallImage image_;
};

}  // namespace sightline::engine
