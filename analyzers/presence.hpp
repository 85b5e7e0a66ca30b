// SPDX-License-Identifier: Apache-2.0
// video.missing, audio.missing: a track that should be there brings nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "analyzers/analyzer.hpp"

namespace sightline::analyzers {

inline constexpr core::ConditionSpec kVideoMissing{"video.missing",
                                                   core::ConditionKind::State,
                                                   core::ClockDomain::Media,
                                                   core::TrackKind::Video,
                                                   false,
                                                   {},
                                                   {},
                                                   {},
                                                   "a picture track that should be there brings nothing"};
inline constexpr core::ConditionSpec kAudioMissing{"audio.missing",
                                                   core::ConditionKind::State,
                                                   core::ClockDomain::Media,
                                                   core::TrackKind::Audio,
                                                   false,
                                                   {},
                                                   {},
                                                   {},
                                                   "a sound track that should be there brings nothing"};

/// Watches all tracks of one input for presence.
///
/// A track is judged when the newest inventory (the PMT) lists it, when it has brought media before, or when `expect`
/// wants it and no track fits. Where `expect` says how many tracks of a kind there are, one that left the inventory is
/// judged only while there are fewer. `expect: {video: none}` (`audio: none`): that kind is not judged. A track that is
/// not watched (scrambled, codec not decodable) is Unknown, with its reason.
///
/// Missing from the end of its last frame, once the input has gone on for longer than the track's own rhythm allows:
/// the larger of kPatience and three of its longest usual frames (1 fps is legal). Nothing is said about a track that
/// has not come yet until the input has gone on for kStart.
///
/// Time: elapsed on `at.media` where both ends have it, else on `at.arrival`. Where packets go on while media stands
///       still (all tracks gone), the caller gives the media time its PCR has reached, or none to judge by arrival.
/// Threading: one thread.
class PresenceMonitor {
public:
    static constexpr core::Duration kPatience = std::chrono::seconds{1};
    static constexpr core::Duration kStart = std::chrono::seconds{2};
    static constexpr core::AnalyzerSpec kVideoSpec{"video.missing", "missing picture", "", {}, {&kVideoMissing, 1}};
    static constexpr core::AnalyzerSpec kAudioSpec{"audio.missing", "missing sound", "", {}, {&kAudioMissing, 1}};

    explicit PresenceMonitor(core::Expect expect);

    /// The tracks of the input from `at` on.
    void inventory(const core::Inventory& inventory, core::Instant at, core::Findings& out);
    /// A packet or frame of a track that begins `at` and lasts `duration` (0 = unknown).
    void media(const core::Subject& track, core::Instant at, core::Duration duration, core::Findings& out);
    /// The input has come to `at`. Call several times a second of its own time.
    void progress(core::Instant at, core::Findings& out);
    /// We lose sight of the input (link down, worker restarts): all is Unknown from `at` until media or progress
    /// tells; what was seen before stays expected.
    void reset(core::Instant at, core::Findings& out);

private:
    struct Watched {
        explicit Watched(const core::Track& about);
        core::Track track;
        bool listed = false;                      // in the newest inventory
        bool seen = false;                        // brought media, ever
        bool wanted = false;                      // stands for a track that `expect` wants and nobody has seen
        std::optional<core::Instant> begin, end;  // of the newest frame, since the last reset
        core::Duration rhythm{};                  // longest usual distance of two frames; forgets quickly
        Announcer missing;
    };
    /// How many tracks of `kind` are wanted; empty where `expect` does not say.
    [[nodiscard]] std::optional<std::size_t> wanted_of(core::TrackKind kind) const;
    [[nodiscard]] std::size_t known_of(core::TrackKind kind) const;
    [[nodiscard]] bool judged(const Watched& watched) const;
    void watch_wanted(core::TrackKind kind);
    void retire_wanted(core::TrackKind kind, core::Instant at, core::Findings& out);
    void judge(Watched& watched, core::Instant at, core::Findings& out) const;

    core::Expect expect_;
    std::map<core::Subject, Watched> tracks_;
    std::optional<core::Instant> start_;  // first progress since the last reset
};

}  // namespace sightline::analyzers
