// SPDX-License-Identifier: Apache-2.0
#include "analyzers/presence.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace sightline::analyzers {

namespace {

/// A longer pause is no rhythm.
constexpr core::Duration kSlowestRhythm = std::chrono::seconds{10};
/// The longest distance is forgotten by this share with every frame.
constexpr int kRhythmForgets = 16;

std::string_view condition_of(core::TrackKind kind) {
    return kind == core::TrackKind::Video ? kVideoMissing.id : kAudioMissing.id;
}

std::optional<core::Duration> between(const core::Instant& from, const core::Instant& to) {
    if (from.media && to.media) {
        return *to.media - *from.media;
    }
    if (from.arrival && to.arrival) {
        return *to.arrival - *from.arrival;
    }
    return std::nullopt;
}

core::Instant later(core::Instant at, core::Duration by) {
    if (at.media) {
        *at.media += by;
    }
    if (at.arrival) {
        *at.arrival += by;
    }
    return at;
}

bool picture_or_sound(core::TrackKind kind) {
    return kind == core::TrackKind::Video || kind == core::TrackKind::Audio;
}

}  // namespace

PresenceMonitor::Watched::Watched(const core::Track& about)
    : track(about), missing(condition_of(about.kind), about.subject, about.pid) {
    if (about.fps > 0) {
        rhythm = std::min(core::from_seconds(std::min(1.0 / about.fps, 100.0)), kSlowestRhythm);
    }
}

PresenceMonitor::PresenceMonitor(core::Expect expect) : expect_(std::move(expect)) {}

std::optional<std::size_t> PresenceMonitor::wanted_of(core::TrackKind kind) const {
    if (kind == core::TrackKind::Video && expect_.video) {
        return expect_.video->none ? 0 : 1;
    }
    if (kind == core::TrackKind::Audio && expect_.audio) {
        return expect_.audio->size();
    }
    return std::nullopt;
}

std::size_t PresenceMonitor::known_of(core::TrackKind kind) const {
    return static_cast<std::size_t>(std::count_if(tracks_.begin(), tracks_.end(), [kind](const auto& entry) {
        const auto& watched = entry.second;
        return watched.track.kind == kind && !watched.wanted && watched.listed;
    }));
}

bool PresenceMonitor::judged(const Watched& watched) const {
    const auto wanted = wanted_of(watched.track.kind);
    if (wanted && *wanted == 0) {
        return false;
    }
    if (watched.listed || watched.wanted) {
        return true;
    }
    return watched.seen && (!wanted || known_of(watched.track.kind) < *wanted);
}

void PresenceMonitor::inventory(const core::Inventory& inventory, core::Instant at, core::Findings& out) {
    for (auto& entry : tracks_) {
        entry.second.listed = false;
    }
    for (const auto& track : inventory.tracks) {
        if (!picture_or_sound(track.kind)) {
            continue;
        }
        auto& watched = tracks_.try_emplace(track.subject, track).first->second;
        watched.track = track;
        watched.listed = true;
        watched.wanted = false;
        if (!track.watched && judged(watched)) {
            auto edge = watched.missing.edge(core::Verdict::Unknown, at);
            edge.detail = track.not_watched;
            watched.missing.say(std::move(edge), out);
        }
    }
    retire_wanted(core::TrackKind::Video, at, out);
    retire_wanted(core::TrackKind::Audio, at, out);
}

/// Tracks that have come, under whatever name, take the place of those that were only wanted.
void PresenceMonitor::retire_wanted(core::TrackKind kind, core::Instant at, core::Findings& out) {
    const auto wanted = wanted_of(kind);
    for (auto entry = tracks_.begin(); entry != tracks_.end();) {
        auto& watched = entry->second;
        if (watched.wanted && watched.track.kind == kind && wanted && known_of(kind) >= *wanted) {
            if (watched.missing.verdict() == core::Verdict::Bad) {
                watched.missing.say(core::Verdict::Good, at, out);
            }
            entry = tracks_.erase(entry);
        } else {
            ++entry;
        }
    }
}

void PresenceMonitor::media(const core::Subject& track, core::Instant at, core::Duration duration,
                            core::Findings& out) {
    const auto found = tracks_.find(track);
    if (found == tracks_.end()) {
        return;
    }
    auto& watched = found->second;
    watched.seen = true;
    watched.wanted = false;
    const auto step = watched.begin ? between(*watched.begin, at) : std::nullopt;
    if (step && *step < core::Duration::zero()) {
        return;  // decode order: an earlier picture after a later one
    }
    watched.rhythm -= watched.rhythm / kRhythmForgets;
    if (step && *step < kSlowestRhythm) {
        watched.rhythm = std::max(watched.rhythm, *step);
    }
    watched.begin = at;
    watched.end = later(at, std::clamp(duration, core::Duration::zero(), kSlowestRhythm));
    if (watched.track.watched && judged(watched)) {
        watched.missing.say(core::Verdict::Good, at, out);
    }
}

void PresenceMonitor::progress(core::Instant at, core::Findings& out) {
    if (!start_) {
        start_ = at;
    }
    const auto running = between(*start_, at);
    if (running && *running >= kStart) {
        watch_wanted(core::TrackKind::Video);
        watch_wanted(core::TrackKind::Audio);
    }
    for (auto& entry : tracks_) {
        judge(entry.second, at, out);
    }
}

void PresenceMonitor::watch_wanted(core::TrackKind kind) {
    const auto wanted = wanted_of(kind);
    std::size_t known = 0;  // seen ones that left the inventory are missed under their own name
    for (const auto& entry : tracks_) {
        known += entry.second.track.kind == kind ? 1 : 0;
    }
    for (std::size_t order = 1; wanted && known < *wanted; ++order) {
        core::Track track;
        track.kind = kind;
        track.subject.track = std::string(kind == core::TrackKind::Video ? "video:" : "audio:") + std::to_string(order);
        const auto made = tracks_.try_emplace(track.subject, track);
        if (made.second) {
            made.first->second.wanted = true;
            ++known;
        }
    }
}

void PresenceMonitor::judge(Watched& watched, core::Instant at, core::Findings& out) const {
    if (!watched.track.watched || !judged(watched) || watched.missing.verdict() == core::Verdict::Bad) {
        return;
    }
    const auto last = watched.end ? watched.end : start_;
    const auto absent = last ? between(*last, at) : std::nullopt;
    const auto allowed = watched.end ? std::max(kPatience, 3 * watched.rhythm) : std::max(kStart, 3 * watched.rhythm);
    if (!absent || *absent <= allowed) {
        return;
    }
    auto edge = watched.missing.edge(core::Verdict::Bad, *last);
    edge.exact = watched.end.has_value();
    edge.detail = watched.wanted ? "no such track" : watched.listed ? "no packets" : "the track is gone";
    watched.missing.say(std::move(edge), out);
}

void PresenceMonitor::reset(core::Instant at, core::Findings& out) {
    start_.reset();
    for (auto& entry : tracks_) {
        auto& watched = entry.second;
        watched.begin.reset();
        watched.end.reset();
        if (watched.track.watched) {
            watched.missing.say(core::Verdict::Unknown, at, out);
        }
    }
}

}  // namespace sightline::analyzers
