// SPDX-License-Identifier: Apache-2.0
#include "alarms/stream_clock.hpp"

#include <algorithm>

namespace sightline::alarms {

using core::ClockDomain;
using core::Duration;

namespace {

constexpr std::size_t kTracks = 3;  // lanes from here on are tracks

/// A track's name among those of all services.
std::string full_name(const core::Subject& subject) {
    return subject.service == 0 ? subject.track : std::to_string(subject.service) + "/" + subject.track;
}

}  // namespace

bool StreamClock::on_media(ClockDomain domain) const {
    switch (domain) {
        case ClockDomain::Media:
            return true;
        case ClockDomain::Transport:
            return file_ || !transport_on_arrival_;
        case ClockDomain::Arrival:
            return file_;
    }
    return true;
}

Lane StreamClock::lane_of_track(const std::string& track) {
    for (Lane lane = kTracks; lane < lanes_.size(); ++lane) {
        if (lanes_[lane].track == track) return lane;
    }
    if (lanes_.size() >= kMaxLanes) return index(ClockDomain::Media);
    lanes_.push_back({ClockDomain::Media, track, {}});
    return lanes_.size() - 1;
}

Lane StreamClock::lane(ClockDomain domain, const core::Subject& subject) {
    if (domain != ClockDomain::Media || subject.track.empty()) return index(domain);
    return lane_of_track(full_name(subject));
}

/// What the domain's own ticks say; of media, where tracks tick for themselves, the slowest of them.
std::optional<StreamClock::Mark> StreamClock::own(ClockDomain domain) const {
    std::optional<Mark> mark = lanes_[index(domain)].mark;
    if (domain != ClockDomain::Media) return mark;
    std::optional<Mark> slowest;
    for (Lane lane = kTracks; lane < lanes_.size(); ++lane) {
        const auto& track = lanes_[lane].mark;
        if (track && (!slowest || track->time < slowest->time)) slowest = track;
    }
    if (slowest && (!mark || slowest->time > mark->time)) mark = slowest;
    return mark;
}

std::optional<StreamClock::Mark> StreamClock::watermark(ClockDomain domain) const {
    if (auto mark = own(domain)) return mark;
    const auto transport = lanes_[index(ClockDomain::Transport)].mark;
    switch (domain) {
        case ClockDomain::Media:
            break;
        case ClockDomain::Transport:
            return own(on_media(domain) ? ClockDomain::Media : ClockDomain::Arrival);
        case ClockDomain::Arrival:
            if (file_) return transport ? transport : own(ClockDomain::Media);
            if (transport_on_arrival_) return transport;
            break;
    }
    return std::nullopt;
}

std::optional<StreamClock::Mark> StreamClock::watermark(Lane lane) const {
    const LaneMark& own = lanes_[lane];
    if (lane < kTracks) return watermark(own.domain);
    const auto& all = lanes_[index(ClockDomain::Media)].mark;
    if (!own.mark) return watermark(ClockDomain::Media);
    return all && all->time > own.mark->time ? all : own.mark;
}

void StreamClock::note(const core::Instant& instant) {
    if (instant.media && instant.arrival) {
        arrival_minus_media_ = instant.arrival->time_since_epoch() - *instant.media;
    }
}

Duration StreamClock::coordinate(ClockDomain domain, bool media_axis, const core::Instant& at) const {
    if (media_axis && at.media) return *at.media;
    if (!media_axis && at.arrival) return at.arrival->time_since_epoch();
    if (arrival_minus_media_) {
        if (media_axis && at.arrival) return at.arrival->time_since_epoch() - *arrival_minus_media_;
        if (!media_axis && at.media) return *at.media + *arrival_minus_media_;
    }
    // Nothing relates this instant to the axis yet: it is now, as far as we know.
    const auto mark = media_axis == on_media(domain) ? watermark(domain)
                      : media_axis                   ? own(ClockDomain::Media)
                                                     : own(ClockDomain::Arrival);
    return mark ? mark->time : Duration{};
}

Moment StreamClock::moment(ClockDomain domain, const core::Instant& instant) const {
    Moment moment;
    moment.at = instant;
    moment.on_media = on_media(domain);
    moment.epoch = moment.on_media ? epoch_ : 0;  // the arrival clock is one for all workers
    moment.time = coordinate(domain, moment.on_media, instant);
    moment.key = moment.on_media == file_ ? moment.time : coordinate(domain, file_, instant);
    return moment;
}

void StreamClock::tick(ClockDomain domain, const std::string& track, const core::Instant& instant) {
    const Moment moment = this->moment(domain, instant);
    const Lane lane = domain != ClockDomain::Media || track.empty() ? index(domain) : lane_of_track(track);
    auto& mark = lanes_[lane].mark;
    if (!mark || moment.time >= mark->time) mark = Mark{moment.time, instant};
    auto& first = first_[index(domain)];
    first = std::min(first.value_or(moment.time), moment.time);
}

void StreamClock::reach(Lane lane, const Moment& moment) {
    auto& mark = lanes_[lane].mark;
    if (!mark || moment.time > mark->time) mark = Mark{moment.time, moment.at};
}

bool StreamClock::reached_alone(Lane lane, const Moment& moment) const {
    const auto mark = watermark(lane);
    return mark && mark->time >= moment.time;
}

bool StreamClock::reached(Lane lane, const Moment& moment) const {
    if (!reached_alone(lane, moment)) return false;
    const ClockDomain domain = lanes_[lane].domain;
    if (file_) {
        const auto other = own(domain == ClockDomain::Media ? ClockDomain::Transport : ClockDomain::Media);
        return !other || other->time >= moment.time;
    }
    const auto& arrival = lanes_[index(ClockDomain::Arrival)].mark;
    return domain == ClockDomain::Arrival || !arrival || arrival->time >= moment.key;
}

Moment StreamClock::now(ClockDomain domain, const std::optional<Mark>& mark) const {
    Moment moment = this->moment(domain, mark ? mark->at : core::Instant{});
    if (mark) moment.time = mark->time;
    return moment;
}

core::Instant StreamClock::instant_of(core::ArrivalTime arrival) const {
    core::Instant instant;
    instant.arrival = arrival;
    if (arrival_minus_media_) instant.media = arrival.time_since_epoch() - *arrival_minus_media_;
    return instant;
}

void StreamClock::new_epoch() {
    ++epoch_;
    for (LaneMark& lane : lanes_) {
        if (!on_media(lane.domain)) continue;
        lane.mark.reset();
        first_[index(lane.domain)].reset();
    }
    arrival_minus_media_.reset();
}

}  // namespace sightline::alarms
