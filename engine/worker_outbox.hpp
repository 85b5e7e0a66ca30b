// SPDX-License-Identifier: Apache-2.0
// A worker's observations on their way to the supervisor: gathered by any thread, sent by the loop, and thinned out,
// not held up, when the supervisor does not keep up.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "core/findings.hpp"
#include "link/channel.hpp"

namespace sightline::engine {

/// Edges and events are never dropped: while the channel is full, edges of one condition and subject become the last
/// one, events one event with their count. Levels are dropped and counted; of ticks the last one of each clock stays.
///
/// Threading: add() from any thread; the rest on the loop's.
class WorkerOutbox {
public:
    static constexpr std::size_t kHoldBackBytes = 1U << 20;  ///< queued in the channel: thin out
    static constexpr std::size_t kMaxPending = 4'096;        ///< observations of one stream before they are thinned out
    static constexpr std::size_t kPerMessage = 128;

    explicit WorkerOutbox(std::size_t streams) : pending_(streams) {}

    /// @return true if this is the first since the last send(): somebody must call send() soon.
    bool add(std::uint32_t stream, core::Observation observation);
    void send(link::Channel& channel);
    [[nodiscard]] std::uint64_t dropped(std::uint32_t stream) const;

private:
    struct Pending {
        std::vector<core::Observation> observations;
        std::uint64_t dropped = 0;
    };
    static void thin_out(Pending& pending);

    mutable std::mutex mutex_;  // guards all below
    std::vector<Pending> pending_;
    bool asked_ = false;
};

}  // namespace sightline::engine
