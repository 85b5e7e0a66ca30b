// SPDX-License-Identifier: Apache-2.0
// What a stream receives on its way into its ring on disk: gathered by who receives, written by a thread of its own.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "core/bounded_queue.hpp"
#include "core/clock.hpp"
#include "engine/byte_ring.hpp"
#include "engine/session_head.hpp"
#include "link/descriptor.hpp"
#include "probe/source.hpp"

namespace sightline::engine {

/// Without a ring it only remembers what a ring would need. A disk that does not keep up costs blocks, counted, and
/// never holds up who receives.
///
/// Threading: begin_session(), put() and tick() from one thread at a time; attach() once, before or after; the rest
///            from any.
class ByteRecorder {
public:
    static constexpr std::size_t kMostQueuedBytes = 4U << 20;
    /// A block that is not full is written after so long.
    static constexpr core::Duration kLongestWait = std::chrono::seconds{1};
    /// A transport's bytes that came closer together than this have one mark.
    static constexpr core::Duration kMarkStep = std::chrono::milliseconds{1};

    explicit ByteRecorder(const core::Clock& clock);
    ~ByteRecorder();
    ByteRecorder(const ByteRecorder&) = delete;
    ByteRecorder& operator=(const ByteRecorder&) = delete;

    /// Starts writing into `ring`. It is opened by who writes: a disk that stands still holds up nobody else.
    /// @return InvalidConfig as ByteRing::open.
    core::Result<void> attach(link::Descriptor ring, std::uint64_t capacity);

    void begin_session(probe::Container container);
    void put(std::span<const std::byte> bytes, core::ArrivalTime arrival);
    void tick(core::ArrivalTime now);
    /// Timeline::offset() of who decodes.
    void note_offset(std::optional<core::Duration> offset);

    [[nodiscard]] bool attached() const { return writer_.joinable(); }
    [[nodiscard]] std::uint64_t written_bytes() const { return written_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t lost_blocks() const { return lost_.load(std::memory_order_relaxed); }

private:
    struct Item {
        RingBlock block;
        std::vector<std::byte> bytes;
    };
    void hand_over();
    void give_head();
    void write(std::uint64_t capacity);

    const core::Clock& clock_;
    link::Descriptor file_;
    core::BoundedQueue<Item> queue_{kMostQueuedBytes, core::WhenFull::DropOldest};
    std::atomic<std::uint64_t> written_{0}, lost_{0};
    std::atomic<std::int64_t> offset_;

    std::atomic<bool> wanted_{false};
    std::uint32_t session_ = 0;
    std::uint64_t head_revision_ = 0, head_due_ = 0, blocks_ = 0, head_every_ = 0;
    SessionHead head_;
    probe::Container container_ = probe::Container::Unknown;
    Item gathering_;
    core::ArrivalTime begun_{};
    std::jthread writer_;  // last: joined before what it uses goes
};

}  // namespace sightline::engine
