// SPDX-License-Identifier: Apache-2.0
// What the transport inspection tells the decoding half: how PIDs are called, and which of them are scrambled.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
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

    /// What the PMT says a PID is, for streams of which the demuxer knows nothing.
    struct Announced {
        core::TrackKind kind = core::TrackKind::Data;
        std::string codec;  ///< FFmpeg's short name; empty where we know none
    };
    [[nodiscard]] Announced announced(std::uint16_t service, int pid) const;

    /// From media time `at` on. Of files the inspection runs far ahead of the decoding half, which asks by its own
    /// time.
    void set_scrambled(int pid, bool scrambled, core::MediaTime at);
    [[nodiscard]] bool scrambled(int pid, core::MediaTime at) const;

private:
    mutable std::mutex mutex_;  // guards all
    std::map<std::pair<std::uint16_t, int>, core::Subject> subjects_;
    std::map<std::pair<std::uint16_t, int>, Announced> announced_;
    static constexpr std::size_t kKeptChanges = 256;  // of a PID
    std::map<int, std::deque<std::pair<core::MediaTime, bool>>> scrambled_;
};

}  // namespace sightline::engine
