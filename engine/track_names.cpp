// SPDX-License-Identifier: Apache-2.0
#include "engine/track_names.hpp"

#include <algorithm>

namespace sightline::engine {

void TrackNames::learn(const std::vector<formats::ts::Programme>& programmes) {
    const std::lock_guard lock(mutex_);
    for (const formats::ts::Programme& programme : programmes) {
        for (const formats::ts::ElementaryStream& stream : programme.streams) {
            core::Subject subject;
            subject.service = programmes.size() > 1 ? programme.number : std::uint16_t{0};
            subject.track = stream.track;
            subjects_[{programme.number, stream.pid}] = std::move(subject);
            announced_[{programme.number, stream.pid}] = {stream.kind, stream.codec};
        }
    }
}

std::optional<core::Subject> TrackNames::subject(std::uint16_t service, int pid) const {
    const std::lock_guard lock(mutex_);
    const auto found = subjects_.find({service, pid});
    if (found == subjects_.end()) return std::nullopt;
    return found->second;
}

TrackNames::Announced TrackNames::announced(std::uint16_t service, int pid) const {
    const std::lock_guard lock(mutex_);
    const auto found = announced_.find({service, pid});
    return found == announced_.end() ? Announced{} : found->second;
}

void TrackNames::set_scrambled(int pid, bool scrambled, core::MediaTime at) {
    const std::lock_guard lock(mutex_);
    auto& changes = scrambled_[pid];
    if (!changes.empty()) at = std::max(at, changes.back().first);
    changes.emplace_back(at, scrambled);
    if (changes.size() > kKeptChanges) changes.pop_front();
}

bool TrackNames::scrambled(int pid, core::MediaTime at) const {
    const std::lock_guard lock(mutex_);
    const auto changes = scrambled_.find(pid);
    if (changes == scrambled_.end()) return false;
    const auto& known = changes->second;
    const auto change = std::find_if(known.rbegin(), known.rend(), [&](const auto& c) { return c.first <= at; });
    return change != known.rend() && change->second;
}

}  // namespace sightline::engine
