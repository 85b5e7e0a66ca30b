// SPDX-License-Identifier: Apache-2.0
// A session's bytes out of a ring, as a demuxer wants them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/byte_ring.hpp"
#include "probe/byte_input.hpp"

namespace sightline::engine {

/// The blocks of one session that are in the ring, and its head where it has one.
struct RingSession {
    probe::Container container = probe::Container::Unknown;
    std::optional<RingBlock> head;
    std::vector<RingBlock> blocks;
    /// Whether a reader can begin in the middle of it.
    [[nodiscard]] bool readable() const;
};

/// All sessions, oldest first; one with a hole in it comes as several.
[[nodiscard]] std::vector<RingSession> sessions_of(const std::vector<RingBlock>& blocks);

/// First the head, then the blocks from the first place on at which a reader may begin. Blocks that were overwritten
/// meanwhile are left out.
///
/// Threading: one thread.
class RingInput final : public probe::ByteInput {
public:
    /// `fd` is borrowed.
    RingInput(int fd, RingSession session) : fd_(fd), session_(std::move(session)) {}
    std::size_t read(std::span<std::byte> into) override;
    std::optional<core::ArrivalTime> arrival_of(std::int64_t position) override;
    /// Blocks that were left out.
    [[nodiscard]] std::size_t overwritten() const { return overwritten_; }

private:
    bool next();

    int fd_;
    RingSession session_;
    bool head_given_ = false, begun_ = false;
    std::size_t next_ = 0;  // of the blocks
    std::size_t overwritten_ = 0;
    std::vector<std::byte> bytes_;
    std::size_t used_ = 0;
    std::int64_t loaded_ = 0;  // bytes of all that next() brought
    std::vector<std::pair<std::int64_t, core::ArrivalTime>> marks_;
};

}  // namespace sightline::engine
