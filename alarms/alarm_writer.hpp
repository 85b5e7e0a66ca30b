// SPDX-License-Identifier: Apache-2.0
// Puts transitions into words and civil time, and hands them to whoever asks next.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "alarms/moment.hpp"
#include "core/alarm.hpp"
#include "core/media.hpp"

namespace sightline::alarms {

/// Threading: one thread.
class AlarmWriter {
public:
    AlarmWriter(std::string stream, std::function<std::string()> new_id,
                std::function<core::UtcTime(core::ArrivalTime)> to_utc)
        : stream_(std::move(stream)), new_id_(std::move(new_id)), to_utc_(std::move(to_utc)) {}

    [[nodiscard]] const std::string& stream() const { return stream_; }
    [[nodiscard]] std::string new_id() const { return new_id_(); }
    [[nodiscard]] core::AlarmTime time(const Moment& moment) const {
        core::AlarmTime time;
        time.media = moment.at.media;
        if (moment.at.arrival) time.utc = to_utc_(*moment.at.arrival);
        return time;
    }

    void set_tracks(std::vector<core::Track> tracks) { tracks_ = std::move(tracks); }
    /// The track that `subject` is about, or null.
    [[nodiscard]] const core::Track* track(const core::Subject& subject) const {
        for (const core::Track& track : tracks_) {
            if (track.subject == subject) return &track;
        }
        return nullptr;
    }

    /// Kept until hand_over(): some calls of the engine have nobody to give transitions to.
    void write(core::AlarmTransition transition) { kept_.push_back(std::move(transition)); }
    void hand_over(std::vector<core::AlarmTransition>& out) {
        for (auto& transition : kept_) out.push_back(std::move(transition));
        kept_.clear();
    }

private:
    std::string stream_;
    std::function<std::string()> new_id_;
    std::function<core::UtcTime(core::ArrivalTime)> to_utc_;
    std::vector<core::Track> tracks_;
    std::vector<core::AlarmTransition> kept_;
};

}  // namespace sightline::alarms
