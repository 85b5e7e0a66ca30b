// SPDX-License-Identifier: Apache-2.0
// Raw stream timestamps -> one gap-free media time per input, and media time -> arrival time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

#include "core/time.hpp"

namespace sightline::core {

/// Joins the timestamps of all tracks of one input into one timeline that never goes back and never jumps.
///
/// A 33-bit wrap goes unnoticed. A discontinuity (a step of kJump or more ahead, or of kReorder or more back) continues
/// the timeline one frame after its last moment, for all tracks alike: the track that crosses first opens a new epoch,
/// and the others join it when their own timestamps come near it.
///
/// Threading: one thread.
/// Does not see: a step shorter than kJump, which is taken as media that did not arrive.
class Timeline {
public:
    static constexpr Duration kJump = std::chrono::seconds{10};
    static constexpr Duration kReorder = std::chrono::seconds{1};  ///< how far a track's own times may step back
    static constexpr Duration kArrivalWindow = std::chrono::seconds{60};
    static constexpr std::size_t kEpochsKept = 4;

    /// `wrap_bits`: 33 for MPEG-TS, 32 for FLV, 0 where timestamps do not wrap.
    explicit Timeline(int wrap_bits) : wrap_bits_(wrap_bits) {}

    /// Media time of a presentation time `pts` of `track` in ticks of 1/rate s. Until zero is fixed, times count from
    /// the first one given; `frame` is the usual distance of two of the track's (0 = unknown). Times of one track may
    /// come out of presentation order by less than kReorder.
    MediaTime place(int track, std::int64_t pts, std::int64_t rate, Duration frame);

    /// Makes media time 0 the place of the first time of `track` (the first video, else the first audio one). Call
    /// once, before any result of place() is used.
    void set_zero(MediaTime at);

    /// A new demux session begins (init segment, rendition or connection changed): timestamps restart, media time goes
    /// on one frame after its last moment.
    void restart();

    /// Media time less the raw time (unwrapped, in 1/rate s) of what is placed now; empty before the first. Two readers
    /// of the same bytes find each other's media times by it.
    [[nodiscard]] std::optional<Duration> offset() const {
        return epochs_.empty() ? std::nullopt : std::optional(epochs_.back().offset - zero_);
    }
    /// The furthest media time placed so far (end of its frame).
    [[nodiscard]] MediaTime end() const { return end_ - zero_; }
    [[nodiscard]] std::uint64_t discontinuities() const { return discontinuities_; }

    /// Feeds the estimate of arrival − media: `arrival` of the packet that carries `media`.
    void note_arrival(MediaTime media, ArrivalTime arrival);
    /// Arrival time of a media time by the smallest arrival − media of the last 60 s. Empty for files.
    [[nodiscard]] std::optional<ArrivalTime> arrival_of(MediaTime media) const;

private:
    /// A run of timestamps that belong together.
    struct Epoch {
        std::uint64_t number = 0;
        Duration newest_raw{};  // unwrapped, of any track
        Duration offset{};      // media = raw + offset − zero
    };
    struct Position {
        std::uint64_t epoch = 0;
        Duration last_raw{};
        MediaTime end{};  // of its last picture or block, before zero is taken off
    };
    [[nodiscard]] Duration unwrap(std::int64_t pts, std::int64_t rate, Duration near) const;
    Epoch& epoch_for(const Position* position, std::int64_t pts, std::int64_t rate, Duration& raw);

    int wrap_bits_;
    std::unordered_map<int, Position> positions_;
    std::deque<Epoch> epochs_;  // oldest first, at most kEpochsKept
    std::uint64_t next_epoch_ = 0;
    MediaTime zero_{};
    MediaTime end_{};
    std::uint64_t discontinuities_ = 0;
    struct Offset {
        ArrivalTime arrival;
        Duration difference;
    };
    std::deque<Offset> offsets_;  // times and differences rise: the front is the smallest of the window
};

}  // namespace sightline::core
