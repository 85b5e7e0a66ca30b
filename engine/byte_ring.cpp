// SPDX-License-Identifier: Apache-2.0
#include "engine/byte_ring.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>

namespace sightline::engine {
namespace {

using core::ErrorCode;

constexpr std::uint64_t kMagic = 0x31474e4952544853;  // "SHTRING1"
constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();
/// Times outside of this are nobody's: some 140 years either side.
constexpr std::int64_t kFarthest = 1LL << 62;

constexpr unsigned kHead = 1, kAfterLoss = 2;  // StoredHeader::flags

struct StoredMark {
    std::uint32_t offset;
    std::uint32_t reserved;
    std::int64_t arrival;
};
/// As in the file, in this machine's byte order: the ring never leaves it.
struct StoredHeader {
    std::uint64_t magic;
    std::uint64_t number;
    std::uint64_t slots;  // of the ring: a block of another one is none
    std::uint32_t session;
    std::uint32_t bytes;
    std::uint32_t resume;
    std::uint8_t container;
    std::uint8_t flags;
    std::uint16_t marks;
    std::int64_t utc;
    std::int64_t media_offset;
    std::array<StoredMark, kRingMarks> mark;
};
static_assert(sizeof(StoredHeader) <= kRingHeaderBytes);
static_assert(std::is_trivially_copyable_v<StoredHeader>);

bool read_at(int fd, void* into, std::size_t size, std::uint64_t at) {
    auto* to = static_cast<char*>(into);
    while (size > 0) {
        const ssize_t got = ::pread(fd, to, size, static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        to += got;
        size -= static_cast<std::size_t>(got);
        at += static_cast<std::uint64_t>(got);
    }
    return true;
}

StoredHeader to_stored(const RingBlock& block) {
    StoredHeader out{};
    out.magic = kMagic;
    out.number = block.number;
    out.slots = block.slots;
    out.session = block.session;
    out.bytes = block.bytes;
    out.resume = block.resume;
    out.container = static_cast<std::uint8_t>(block.container);
    out.flags = static_cast<std::uint8_t>((block.head ? kHead : 0) | (block.after_loss ? kAfterLoss : 0));
    out.marks = static_cast<std::uint16_t>(std::min(block.marks.size(), kRingMarks));
    out.utc = block.utc.time_since_epoch().count();
    out.media_offset = block.media_offset ? block.media_offset->count() : kNone;
    for (std::size_t n = 0; n < out.marks; ++n)
        out.mark[n] = {block.marks[n].offset, 0, block.marks[n].arrival.time_since_epoch().count()};
    return out;
}

std::uint64_t slot_of(std::uint64_t number, std::uint64_t slots) {
    return (number - 1) % slots;
}

/// Slots of the file now.
std::uint64_t ring_slots(int fd) {
    struct stat about {};
    if (fstat(fd, &about) != 0 || about.st_size <= 0) return 0;
    const auto size = std::min<std::uint64_t>(static_cast<std::uint64_t>(about.st_size), kMostRingBytes);
    return (size + kRingSlotBytes - 1) / kRingSlotBytes;
}

bool in_range(std::int64_t time) {
    return time > -kFarthest && time < kFarthest;
}

/// Whether these bytes are the header of a block of this slot; fills `out`.
bool from_stored(const StoredHeader& in, std::uint64_t slot, std::uint64_t slots, RingBlock& out) {
    if (in.magic != kMagic || in.number == 0 || in.slots == 0 || in.slots > kMostRingBytes / kRingSlotBytes)
        return false;
    if (in.slots < slots || slot_of(in.number, in.slots) != slot || in.bytes > kRingPayloadBytes || in.bytes == 0)
        return false;
    if (in.marks == 0 || in.marks > kRingMarks || in.mark[0].offset != 0 || !in_range(in.utc)) return false;
    if (in.container > static_cast<std::uint8_t>(probe::Container::Mp4Fragments)) return false;
    out.number = in.number;
    out.slots = in.slots;
    out.session = in.session;
    out.container = static_cast<probe::Container>(in.container);
    out.head = (in.flags & kHead) != 0;
    out.after_loss = (in.flags & kAfterLoss) != 0;
    out.bytes = in.bytes;
    out.resume = in.resume < in.bytes ? in.resume : RingBlock::kNoResume;
    out.utc = core::UtcTime{core::Duration{in.utc}};
    if (in.media_offset != kNone && in_range(in.media_offset)) out.media_offset = core::Duration{in.media_offset};
    out.marks.clear();
    for (std::size_t n = 0; n < in.marks; ++n) {
        const StoredMark& mark = in.mark[n];
        const bool falls = n > 0 && (mark.offset < in.mark[n - 1].offset || mark.arrival < in.mark[n - 1].arrival);
        if (falls || mark.offset >= in.bytes || !in_range(mark.arrival)) return false;
        out.marks.push_back({mark.offset, core::ArrivalTime{core::Duration{mark.arrival}}});
    }
    return true;
}

}  // namespace

core::Result<std::vector<RingBlock>> list_ring(int fd) {
    const std::uint64_t in_file = ring_slots(fd);
    std::vector<RingBlock> blocks;
    StoredHeader header{};
    for (std::uint64_t slot = 0; slot < in_file; ++slot) {
        // The last block of a file that still grows may be shorter than the most a header can take.
        if (!read_at(fd, &header, sizeof header, slot * kRingSlotBytes)) continue;
        RingBlock block;
        if (!from_stored(header, slot, in_file, block)) continue;
        std::uint64_t tail = 0;
        if (!read_at(fd, &tail, sizeof tail, slot * kRingSlotBytes + kRingHeaderBytes + block.bytes)) continue;
        if (tail == block.number) blocks.push_back(std::move(block));
    }
    std::sort(blocks.begin(), blocks.end(), [](const RingBlock& a, const RingBlock& b) { return a.number < b.number; });
    const auto twice = std::adjacent_find(blocks.begin(), blocks.end(),
                                          [](const RingBlock& a, const RingBlock& b) { return a.number == b.number; });
    if (twice != blocks.end()) return core::fail(ErrorCode::Corrupt, "two blocks have the same number");
    return blocks;
}

core::Result<std::vector<std::byte>> read_ring(int fd, const RingBlock& block) {
    if (block.slots == 0 || block.number == 0) return core::fail(ErrorCode::Corrupt, "a block of no ring");
    StoredHeader header{};
    std::vector<std::byte> bytes(block.bytes + kRingTailBytes);
    const std::uint64_t at = slot_of(block.number, block.slots) * kRingSlotBytes;
    if (!read_at(fd, &header, sizeof header, at) || !read_at(fd, bytes.data(), bytes.size(), at + kRingHeaderBytes))
        return core::fail(ErrorCode::Corrupt, "the block is gone");
    std::uint64_t tail = 0;
    std::memcpy(&tail, bytes.data() + block.bytes, sizeof tail);
    // Who writes goes from head to tail, and so did we: where both are of this block, all between is.
    if (header.magic != kMagic || header.number != block.number || header.bytes != block.bytes || tail != block.number)
        return core::fail(ErrorCode::Corrupt, "the block was overwritten");
    bytes.resize(block.bytes);
    return bytes;
}

core::Result<void> ByteRing::check(std::uint64_t capacity) {
    if (capacity >= kLeastRingBytes && capacity <= kMostRingBytes) return {};
    return core::fail(ErrorCode::InvalidConfig, fmt::format("a ring of {} bytes, allowed are {} to {}", capacity,
                                                            kLeastRingBytes, kMostRingBytes));
}

core::Result<ByteRing> ByteRing::open(int fd, std::uint64_t capacity) {
    if (auto sound = check(capacity); !sound) return tl::unexpected(sound.error());
    ByteRing ring;
    ring.fd_ = fd;
    ring.slots_ = capacity / kRingSlotBytes;
    ring.buffer_.resize(kRingSlotBytes);
    auto blocks = list_ring(fd);
    if (blocks && !blocks->empty()) {
        ring.newest_ = blocks->back().number;
        for (const RingBlock& block : *blocks) ring.session_ = std::max(ring.session_, block.session);
    }
    // A ring of another size begins anew, behind the numbers that were.
    const bool goes_on = ring.newest_ > 0 && blocks->back().slots == ring.slots_;
    if (!goes_on && ::ftruncate(fd, 0) != 0) return core::fail(core::system_error("the ring cannot be emptied"));
    return ring;
}

core::Result<void> ByteRing::append(RingBlock block, std::span<const std::byte> bytes) {
    if (bytes.empty() || bytes.size() > kRingPayloadBytes || block.marks.empty())
        return core::fail(ErrorCode::Unsupported, fmt::format("a block of {} bytes", bytes.size()));
    block.number = newest_ + 1;
    block.slots = slots_;
    block.bytes = static_cast<std::uint32_t>(bytes.size());
    const StoredHeader header = to_stored(block);
    std::memset(buffer_.data(), 0, kRingHeaderBytes);
    std::memcpy(buffer_.data(), &header, sizeof header);
    std::memcpy(buffer_.data() + kRingHeaderBytes, bytes.data(), bytes.size());
    std::memcpy(buffer_.data() + kRingHeaderBytes + bytes.size(), &block.number, kRingTailBytes);
    const std::size_t size = kRingHeaderBytes + bytes.size() + kRingTailBytes;
    std::size_t done = 0;
    while (done < size) {
        const ssize_t put = ::pwrite(fd_, buffer_.data() + done, size - done,
                                     static_cast<off_t>(slot_of(block.number, slots_) * kRingSlotBytes + done));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return core::fail(core::system_error("the ring cannot be written"));
        done += static_cast<std::size_t>(put);
    }
    newest_ = block.number;
    session_ = std::max(session_, block.session);
    return {};
}

}  // namespace sightline::engine
