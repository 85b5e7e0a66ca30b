// SPDX-License-Identifier: Apache-2.0
// Sends what is due, when it is due, to every output.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "core/clock.hpp"
#include "testdata/fault_schedule.hpp"
#include "testdata/output.hpp"
#include "testdata/truth.hpp"

namespace sightline::testdata {

/// A unit and the packets that were complete once it was multiplexed.
struct Batch {
    std::optional<AccessUnit> unit;
    int mark = -1;
    std::vector<TsPacket> packets;
};

/// Groups packets in sevens and hands everything to the outputs, in live mode not before its time on the clock.
/// Disconnect faults close the live outputs at their beginning and open them at their end.
///
/// Threading: one thread. Everything given outlives it.
class Pacer {
public:
    /// `clock` null: as fast as possible.
    Pacer(std::vector<std::unique_ptr<Output>>& outputs, const core::Clock* clock, Truth& truth,
          std::vector<Fault> faults, std::stop_token stop);
    [[nodiscard]] core::Result<void> send(Batch batch);
    /// What waits for its time or for more packets.
    [[nodiscard]] core::Result<void> finish();

private:
    void wait_until(core::Duration media);
    void sleep_until(core::Duration media) const;
    void begin(core::Duration first);
    core::Result<void> send_group();
    core::Result<void> send_units_until(core::Duration media);
    void note_sent(const Output& output, const SentMarks& sent);

    std::vector<std::unique_ptr<Output>>& outputs_;
    const core::Clock* clock_;
    Truth& truth_;
    std::vector<Fault> faults_;
    std::stop_token stop_;
    bool has_packet_outputs_ = false, has_unit_outputs_ = false;
    std::optional<core::ArrivalTime> origin_;  ///< when media time 0 is due
    std::vector<TsPacket> group_;
    std::deque<std::pair<AccessUnit, int>> units_;
    std::map<std::size_t, std::int64_t> disconnects_;  ///< done, by fault
};

}  // namespace sightline::testdata
