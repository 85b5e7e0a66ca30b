// SPDX-License-Identifier: Apache-2.0
// Damage done to single packets after the muxer, with a record of every one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "testdata/continuity_count.hpp"
#include "testdata/fault_schedule.hpp"
#include "testdata/random.hpp"
#include "testdata/truth.hpp"
#include "testdata/ts_packet.hpp"

namespace sightline::testdata {

/// Drops, repeats, swaps and spoils packets as the schedule says, and counts what left by PID.
///
/// The same packets, faults and seed give the same result. A packet may be hit by several faults; a dropped one by no
/// later fault.
/// Threading: one thread. `truth`, if any, outlives it.
class PacketFaults {
public:
    PacketFaults(std::vector<Fault> faults, std::uint64_t seed, Truth* truth);
    /// Appends what is to be sent instead of `packet`.
    void apply(TsPacket packet, std::vector<TsPacket>& out);
    /// Packets still held back for a swap.
    void flush(std::vector<TsPacket>& out);
    [[nodiscard]] const std::map<int, PidTruth>& pids() const { return pids_; }

private:
    struct Active {
        Fault fault;
        std::size_t index;  ///< in the whole schedule
        Random random;
        std::int64_t occurrence = -1;
        int left = 0;  ///< packets of the present occurrence still to take, without a length
    };
    bool takes(Active& active, const TsPacket& packet);
    void send(const TsPacket& packet, std::vector<TsPacket>& out);

    std::vector<Active> faults_;
    Truth* truth_;
    std::map<int, PidTruth> pids_;
    std::map<int, std::vector<TsPacket>> held_;  ///< by PID, to go after its next packet
    ContinuityCount count_;
};

}  // namespace sightline::testdata
