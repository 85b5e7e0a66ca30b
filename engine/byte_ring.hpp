// SPDX-License-Identifier: Apache-2.0
// The newest bytes of one stream in a file of limited size: a ring of numbered blocks that tell of themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "probe/source.hpp"

namespace sightline::engine {

/// When the bytes from `offset` of a block on arrived.
struct RingMark {
    std::uint32_t offset = 0;
    core::ArrivalTime arrival{};
};

/// What a block says of its bytes.
struct RingBlock {
    std::uint64_t number = 0;   ///< from 1, without gaps; ByteRing::append gives it
    std::uint64_t slots = 0;    ///< of its ring; ByteRing::append gives it
    std::uint32_t session = 0;  ///< rises at each cut in the bytes
    probe::Container container = probe::Container::Unknown;
    bool after_loss = false;  ///< bytes that came since the block before it are not in the ring
    bool head = false;  ///< not of the stream's course: what a reader needs before it can begin inside the session
    std::uint32_t bytes = 0;
    std::uint32_t resume = kNoResume;            ///< first byte at which a reader may begin (an FLV tag, a fragment)
    core::UtcTime utc{};                         ///< of the first mark
    std::optional<core::Duration> media_offset;  ///< Timeline::offset() of who decodes, where it is known
    std::vector<RingMark> marks;                 ///< the first one at offset 0; arrival never falls

    static constexpr std::uint32_t kNoResume = 0xFFFF'FFFF;
};

inline constexpr std::size_t kRingSlotBytes = 64U << 10;
inline constexpr std::size_t kRingHeaderBytes = 2U << 10;
inline constexpr std::size_t kRingTailBytes = 8;
/// Most bytes of one block.
inline constexpr std::size_t kRingPayloadBytes = kRingSlotBytes - kRingHeaderBytes - kRingTailBytes;
inline constexpr std::size_t kRingMarks = 120;  ///< most of one block
inline constexpr std::uint64_t kLeastRingBytes = 16 * kRingSlotBytes;
inline constexpr std::uint64_t kMostRingBytes = 16ULL << 30;

/// The writing end. A block stands behind its header and before its number once more, all written at once: one that was
/// cut off by a kill is none. The file grows as it fills; a full disk loses the block in hand, nothing else.
///
/// Threading: one thread. Blocks: in the file system.
class ByteRing {
public:
    /// @return InvalidConfig outside kLeastRingBytes to kMostRingBytes.
    [[nodiscard]] static core::Result<void> check(std::uint64_t capacity);
    /// Goes on behind the newest block that `fd` (borrowed) holds; what lies beyond `capacity` is forgotten.
    /// @return as check(); Io.
    [[nodiscard]] static core::Result<ByteRing> open(int fd, std::uint64_t capacity);

    /// Writes over the oldest block. `block.number` is given here; `bytes` at most kRingPayloadBytes, marks at most
    /// kRingMarks. @return Io, in words; the ring can go on.
    core::Result<void> append(RingBlock block, std::span<const std::byte> bytes);

    /// Of the newest block; 0: none.
    [[nodiscard]] std::uint64_t newest() const { return newest_; }
    /// The highest session number in the file.
    [[nodiscard]] std::uint32_t session() const { return session_; }
    [[nodiscard]] std::uint64_t slots() const { return slots_; }

private:
    int fd_ = -1;
    std::uint64_t slots_ = 0, newest_ = 0;
    std::uint32_t session_ = 0;
    std::vector<std::byte> buffer_;
};

/// What `fd` holds, oldest first. The file is foreign: whatever stands in it, blocks come out well-formed, their
/// numbers rising.
/// Threading: any. Blocks: in the file system.
[[nodiscard]] core::Result<std::vector<RingBlock>> list_ring(int fd);
/// The bytes of a block. @return Corrupt where it was overwritten or torn meanwhile; Io.
[[nodiscard]] core::Result<std::vector<std::byte>> read_ring(int fd, const RingBlock& block);

}  // namespace sightline::engine
