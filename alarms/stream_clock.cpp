// SPDX-License-Identifier: Apache-2.0
#include "alarms/stream_clock.hpp"

#include <algorithm>

namespace sightline::alarms {

using core::ClockDomain;
using core::Duration;

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

const std::optional<StreamClock::Mark>& StreamClock::watermark(ClockDomain domain) const {
    const auto& media = marks_[index(ClockDomain::Media)];
    const auto& transport = marks_[index(ClockDomain::Transport)];
    const auto& arrival = marks_[index(ClockDomain::Arrival)];
    switch (domain) {
        case ClockDomain::Media:
            break;
        case ClockDomain::Transport:
            if (transport) return transport;
            return on_media(domain) ? media : arrival;
        case ClockDomain::Arrival:
            if (arrival) return arrival;
            if (file_) return transport ? transport : media;
            if (transport_on_arrival_) return transport;
            return arrival;
    }
    return media;
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
    const auto& mark = media_axis == on_media(domain) ? watermark(domain)
                       : media_axis                   ? marks_[index(ClockDomain::Media)]
                                                      : marks_[index(ClockDomain::Arrival)];
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

void StreamClock::tick(ClockDomain domain, const core::Instant& instant) {
    const Moment moment = this->moment(domain, instant);
    auto& mark = marks_[index(domain)];
    if (!mark || moment.time >= mark->time) mark = Mark{moment.time, instant};
    auto& first = first_[index(domain)];
    first = std::min(first.value_or(moment.time), moment.time);
}

void StreamClock::reach(ClockDomain domain, const Moment& moment) {
    auto& mark = marks_[index(domain)];
    if (!mark || moment.time > mark->time) mark = Mark{moment.time, moment.at};
}

bool StreamClock::reached_alone(ClockDomain domain, const Moment& moment) const {
    const auto& own = watermark(domain);
    return own && own->time >= moment.time;
}

bool StreamClock::reached(ClockDomain domain, const Moment& moment) const {
    if (!reached_alone(domain, moment)) return false;
    const auto& media = marks_[index(ClockDomain::Media)];
    const auto& transport = marks_[index(ClockDomain::Transport)];
    const auto& arrival = marks_[index(ClockDomain::Arrival)];
    if (file_) {
        if (domain == ClockDomain::Media) return !transport || transport->time >= moment.time;
        return !media || media->time >= moment.time;
    }
    return domain == ClockDomain::Arrival || !arrival || arrival->time >= moment.key;
}

Moment StreamClock::now(ClockDomain domain) const {
    const auto& mark = watermark(domain);
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
    for (const ClockDomain domain : {ClockDomain::Media, ClockDomain::Transport, ClockDomain::Arrival}) {
        if (!on_media(domain)) continue;
        marks_[index(domain)].reset();
        first_[index(domain)].reset();
    }
    arrival_minus_media_.reset();
}

}  // namespace sightline::alarms
