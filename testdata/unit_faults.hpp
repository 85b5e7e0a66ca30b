// SPDX-License-Identifier: Apache-2.0
// Faults of whole coded units: tracks that go away, a line that falls silent, timestamps that jump.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "testdata/programme.hpp"

namespace sightline::testdata {

/// A unit source with the units that do not survive taken out.
///
/// Faults read here: video-lost, audio-lost, stall, disconnect, jump. After a loss, video begins again with a key
/// frame at or after the fault's end; a jump happens at a key frame.
/// Threading: one thread. `source` and `truth` outlive it.
class UnitFaults final : public UnitSource {
public:
    UnitFaults(UnitSource& source, std::vector<Fault> faults, Truth* truth);
    [[nodiscard]] const std::vector<Track>& tracks() const override { return source_.tracks(); }
    [[nodiscard]] core::Result<std::optional<AccessUnit>> next() override;
    [[nodiscard]] std::int64_t frames() const override { return source_.frames(); }

private:
    bool survives(AccessUnit& unit);
    void follow_jumps(AccessUnit& unit);
    void begin_loss(std::size_t fault, std::int64_t occurrence, std::size_t track, core::Duration at);
    void end_losses(std::size_t track, core::Duration at);

    UnitSource& source_;
    std::vector<Fault> faults_;
    Truth* truth_;
    std::vector<bool> waiting_for_key_;                                 ///< by track
    std::map<std::pair<std::size_t, std::size_t>, std::int64_t> lost_;  ///< occurrence, by fault and track
    std::map<std::size_t, std::int64_t> jumps_;                         ///< done, by fault
    core::PtsTicks offset_{0};
    bool silent_ = false;  ///< everything was lost since the last unit
};

}  // namespace sightline::testdata
