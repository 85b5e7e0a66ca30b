// SPDX-License-Identifier: Apache-2.0
// The clocks of one stream as its rules see them: how far each has come, and what may be judged by now.
#pragma once

#include <array>
#include <optional>

#include "alarms/moment.hpp"
#include "core/time.hpp"

namespace sightline::alarms {

/// Keeps the watermark of each clock domain and brings instants onto one axis.
///
/// A watermark says that everything before it has been said. What a domain says is judged once its own watermark has
/// come that far; media and transport of a live stream wait for the arrival clock besides, and media and transport of
/// a file for each other, so that the order of judgements is that of the axis however often the clocks tick.
///
/// Threading: one thread.
class StreamClock {
public:
    StreamClock(bool file, bool transport_on_arrival) : file_(file), transport_on_arrival_(transport_on_arrival) {}

    [[nodiscard]] Moment moment(core::ClockDomain domain, const core::Instant& instant) const;
    /// Learns how media time relates to arrival. Call for each instant before moment() and tick().
    void note(const core::Instant& instant);
    void tick(core::ClockDomain domain, const core::Instant& instant);
    /// Everything up to `moment` of `domain` has been said, tick or not.
    void reach(core::ClockDomain domain, const Moment& moment);

    /// True when what happens at `moment` of `domain` may be judged.
    [[nodiscard]] bool reached(core::ClockDomain domain, const Moment& moment) const;
    /// The same by the domain's own watermark alone: nobody else has anything left to say.
    [[nodiscard]] bool reached_alone(core::ClockDomain domain, const Moment& moment) const;
    /// True when the domain ticks itself or follows one that does.
    [[nodiscard]] bool runs(core::ClockDomain domain) const { return watermark(domain).has_value(); }
    [[nodiscard]] bool ticked(core::ClockDomain domain) const { return marks_[index(domain)].has_value(); }
    /// How far `domain` has come; its origin where it never ticked.
    [[nodiscard]] Moment now(core::ClockDomain domain) const;
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
    static constexpr std::size_t index(core::ClockDomain domain) { return static_cast<std::size_t>(domain); }
    [[nodiscard]] bool on_media(core::ClockDomain domain) const;
    [[nodiscard]] const std::optional<Mark>& watermark(core::ClockDomain domain) const;
    [[nodiscard]] core::Duration coordinate(core::ClockDomain domain, bool media_axis, const core::Instant& at) const;

    bool file_;
    bool transport_on_arrival_;
    std::uint32_t epoch_ = 0;
    std::array<std::optional<Mark>, 3> marks_;
    std::array<std::optional<core::Duration>, 3> first_;
    std::optional<core::Duration> arrival_minus_media_;
};

}  // namespace sightline::alarms
