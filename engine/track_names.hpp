// SPDX-License-Identifier: Apache-2.0
// What the transport inspection tells the decoding half: how PIDs are called, and which of them are scrambled.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/media.hpp"
#include "formats/ts/services.hpp"

namespace sightline::engine {

/// Threading: any thread.
class TrackNames {
public:
    /// Learns the names of all elementary streams; PIDs that are gone keep theirs, for packets still on their way.
    /// Subjects name their service only where the multiplex has more than one.
    void learn(const std::vector<formats::ts::Programme>& programmes);
    [[nodiscard]] std::optional<core::Subject> subject(std::uint16_t service, int pid) const;

    void set_scrambled(int pid, bool scrambled);
    [[nodiscard]] bool scrambled(int pid) const;

private:
    mutable std::mutex mutex_;  // guards both
    std::map<std::pair<std::uint16_t, int>, core::Subject> subjects_;
    std::set<int> scrambled_;
};

}  // namespace sightline::engine
