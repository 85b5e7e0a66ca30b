// SPDX-License-Identifier: Apache-2.0
// The clocks of one stream as its rules see them: how far each has come, and what may be judged by now.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "alarms/moment.hpp"
#include "core/media.hpp"
#include "core/time.hpp"

namespace sightline::alarms {

/// What has one watermark: a clock domain, or within media a single track, as tracks are decoded a little apart.
using Lane = std::size_t;

/// Keeps the watermark of each lane and brings instants onto one axis.
///
/// A watermark says that everything before it has been said. What a lane says is judged once its own watermark has
/// come that far; media and transport of a live stream wait for the arrival clock besides, and media and transport of
/// a file for each other, so that the order of judgements is that of the axis however often the clocks tick. Media that
/// is of no track (combined rules) goes with the slowest track.
///
/// Threading: one thread.
class StreamClock {
public:
    StreamClock(bool file, bool transport_on_arrival) : file_(file), transport_on_arrival_(transport_on_arrival) {}

    [[nodiscard]] Moment moment(core::ClockDomain domain, const core::Instant& instant) const;
    /// Learns how media time relates to arrival. Call for each instant before moment() and tick().
    void note(const core::Instant& instant);
    /// `track`: of core::Tick.
    void tick(core::ClockDomain domain, const std::string& track, const core::Instant& instant);

    /// The lane of what `domain` says about `subject`. Lanes are few and never go away.
    [[nodiscard]] Lane lane(core::ClockDomain domain, const core::Subject& subject);
    [[nodiscard]] std::size_t lanes() const { return lanes_.size(); }
    [[nodiscard]] core::ClockDomain domain_of(Lane lane) const { return lanes_[lane].domain; }
    [[nodiscard]] const std::string& track_of(Lane lane) const { return lanes_[lane].track; }

    /// Everything up to `moment` of `lane` has been said, tick or not.
    void reach(Lane lane, const Moment& moment);
    /// True when what happens at `moment` of `lane` may be judged.
    [[nodiscard]] bool reached(Lane lane, const Moment& moment) const;
    /// The same by the lane's own watermark alone: nobody else has anything left to say.
    [[nodiscard]] bool reached_alone(Lane lane, const Moment& moment) const;
    /// True when the domain ticks itself or follows one that does.
    [[nodiscard]] bool runs(core::ClockDomain domain) const { return watermark(domain).has_value(); }
    [[nodiscard]] bool ticked(core::ClockDomain domain) const { return own(domain).has_value(); }
    /// How far `domain` has come; its origin where it never ticked.
    [[nodiscard]] Moment now(core::ClockDomain domain) const { return now(domain, watermark(domain)); }
    [[nodiscard]] Moment now(Lane lane) const { return now(lanes_[lane].domain, watermark(lane)); }
    /// The first moment known of `domain`.
    [[nodiscard]] std::optional<core::Duration> first(core::ClockDomain domain) const { return first_[index(domain)]; }
    /// `arrival` with the media time that went with it, as far as known.
    [[nodiscard]] core::Instant instant_of(core::ArrivalTime arrival) const;

    /// Another worker counts media time from its own zero.
    void new_epoch();

private:
    struct Mark {
        core::Duration time{};
        core::Instant at;
    };
    struct LaneMark {
        core::ClockDomain domain;
        std::string track;
        std::optional<Mark> mark;
    };
    static constexpr std::size_t kMaxLanes = 512;  // tracks beyond share the lane of no track
    static constexpr std::size_t index(core::ClockDomain domain) { return static_cast<std::size_t>(domain); }
    [[nodiscard]] bool on_media(core::ClockDomain domain) const;
    [[nodiscard]] Lane lane_of_track(const std::string& track);
    [[nodiscard]] std::optional<Mark> own(core::ClockDomain domain) const;
    [[nodiscard]] std::optional<Mark> watermark(core::ClockDomain domain) const;
    [[nodiscard]] std::optional<Mark> watermark(Lane lane) const;
    [[nodiscard]] Moment now(core::ClockDomain domain, const std::optional<Mark>& mark) const;
    [[nodiscard]] core::Duration coordinate(core::ClockDomain domain, bool media_axis, const core::Instant& at) const;

    bool file_;
    bool transport_on_arrival_;
    std::uint32_t epoch_ = 0;
    std::vector<LaneMark> lanes_{{core::ClockDomain::Media, {}, {}},
                                 {core::ClockDomain::Transport, {}, {}},
                                 {core::ClockDomain::Arrival, {}, {}}};  // by index(); then one for each track
    std::array<std::optional<core::Duration>, 3> first_;
    std::optional<core::Duration> arrival_minus_media_;
};

}  // namespace sightline::alarms
