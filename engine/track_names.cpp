// SPDX-License-Identifier: Apache-2.0
#include "engine/track_names.hpp"

namespace sightline::engine {

void TrackNames::learn(const std::vector<formats::ts::Programme>& programmes) {
    const std::lock_guard lock(mutex_);
    for (const formats::ts::Programme& programme : programmes) {
        for (const formats::ts::ElementaryStream& stream : programme.streams) {
            core::Subject subject;
            subject.service = programmes.size() > 1 ? programme.number : std::uint16_t{0};
            subject.track = stream.track;
            subjects_[{programme.number, stream.pid}] = std::move(subject);
        }
    }
}

std::optional<core::Subject> TrackNames::subject(std::uint16_t service, int pid) const {
    const std::lock_guard lock(mutex_);
    const auto found = subjects_.find({service, pid});
    if (found == subjects_.end()) return std::nullopt;
    return found->second;
}

void TrackNames::set_scrambled(int pid, bool scrambled) {
    const std::lock_guard lock(mutex_);
    if (scrambled) {
        scrambled_.insert(pid);
    } else {
        scrambled_.erase(pid);
    }
}

bool TrackNames::scrambled(int pid) const {
    const std::lock_guard lock(mutex_);
    return scrambled_.contains(pid);
}

}  // namespace sightline::engine
