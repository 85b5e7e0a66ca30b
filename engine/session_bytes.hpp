// SPDX-License-Identifier: Apache-2.0
// The bounded byte queue between the thread that receives and the thread that demuxes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "core/bounded_queue.hpp"
#include "probe/byte_input.hpp"
#include "probe/source.hpp"

namespace sightline::engine {

/// One producer puts bytes with their arrival, and cuts; one consumer reads them session by session.
///
/// Live: a full queue drops its oldest bytes, which ends the session being read (a cut the consumer must know of).
/// Files: a full queue holds the producer back.
/// Threading: put(), cut(), flush(), close() by the producer; the rest by the consumer; stop() by anyone.
class SessionBytes final : public probe::ByteInput {
public:
    static constexpr std::size_t kCapacityBytes = 16U << 20;
    static constexpr std::size_t kBlockBytes = 64U << 10;

    SessionBytes(bool live, bool arrival_known);

    void put(std::span<const std::byte> bytes, core::ArrivalTime arrival);
    /// Bytes that put() would take now without dropping or waiting. The producer's.
    [[nodiscard]] std::size_t room() const {
        const std::size_t used = queue_.weight() + gathering_.bytes.size() + 1;
        return used < kCapacityBytes ? kCapacityBytes - used : 0;
    }
    /// Hands what put() gathered to the consumer. put() does so by itself once a block is full.
    void flush();
    /// What follows is another session, in `container`.
    void cut(probe::Container container);
    /// What comes is a recording: arrival times mean nothing. The producer's, before the first byte.
    void forget_arrivals() { arrival_known_.store(false, std::memory_order_relaxed); }
    /// Nothing follows.
    void close();
    /// Ends every wait of either side for good.
    void stop() { stop_.request_stop(); }

    /// Waits for the first byte of a session. @return its container; empty once everything was read or stop().
    [[nodiscard]] std::optional<probe::Container> next_session();
    /// Skips what is left of the session being read.
    void skip_session();
    /// True if the session that ended was cut short by our own dropping.
    [[nodiscard]] bool dropped() const { return dropped_; }
    /// How far the reader is behind the newest byte received; 0 for files.
    [[nodiscard]] core::Duration lag() const;

    std::size_t read(std::span<std::byte> into) override;
    /// Bytes read so far, of all sessions.
    [[nodiscard]] std::int64_t taken() const { return position_; }
    std::optional<core::ArrivalTime> arrival_of(std::int64_t position) override;

private:
    struct Mark {
        std::int64_t offset = 0;  // of the block; of the session once read
        core::ArrivalTime arrival{};
    };
    struct Block {
        std::vector<std::byte> bytes;
        std::vector<Mark> marks;
        std::optional<probe::Container> begins;  // a cut stands before these bytes
        std::uint64_t number = 0;                // a gap in the numbers: the queue dropped what was between
    };
    bool fetch();

    std::atomic<bool> arrival_known_;
    core::BoundedQueue<Block> queue_;
    std::stop_source stop_;
    std::atomic<core::ArrivalTime> newest_{};
    Block gathering_;  // the producer's, like this:
    std::uint64_t next_number_ = 0;

    // The consumer's.
    std::optional<Block> current_;
    std::size_t used_ = 0;
    std::int64_t position_ = 0;
    std::deque<Mark> marks_;
    core::ArrivalTime reading_{};
    probe::Container container_ = probe::Container::Unknown;
    std::uint64_t expected_number_ = 0;
    bool gap_ = false;  // before the block in hand
    bool session_over_ = true;
    bool dropped_ = false;
};

}  // namespace sightline::engine
