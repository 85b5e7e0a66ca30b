// SPDX-License-Identifier: Apache-2.0
#include "engine/byte_recorder.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/thread.hpp"

namespace sightline::engine {
namespace {

constexpr std::int64_t kUnknownOffset = std::numeric_limits<std::int64_t>::min();
/// The head of a session stands in the ring so often that it is never overwritten everywhere.
constexpr std::uint64_t kHeadsInRing = 8;

}  // namespace

ByteRecorder::ByteRecorder(const core::Clock& clock) : clock_(clock), offset_(kUnknownOffset) {}

ByteRecorder::~ByteRecorder() {
    if (wanted_) hand_over();
    queue_.close();
    if (writer_.joinable()) writer_.join();  // what is gathered is written: a restart finds it
}

core::Result<void> ByteRecorder::attach(link::Descriptor ring, std::uint64_t capacity) {
    if (auto sound = ByteRing::check(capacity); !sound) return sound;
    file_ = std::move(ring);
    head_every_ = std::max<std::uint64_t>(capacity / kRingSlotBytes / kHeadsInRing, 1);
    head_due_ = blocks_;
    writer_ = core::start_thread("ring", [this, capacity](const std::stop_token& /*stop*/) { write(capacity); });
    wanted_ = true;
    return {};
}

void ByteRecorder::begin_session(probe::Container container) {
    hand_over();
    ++session_;
    container_ = container;
    head_.begin(container);
    head_revision_ = head_.revision();
    head_due_ = blocks_;
    offset_ = kUnknownOffset;
}

void ByteRecorder::put(std::span<const std::byte> bytes, core::ArrivalTime arrival) {
    if (bytes.empty()) return;
    if (!wanted_) {
        if (container_ != probe::Container::MpegTs) (void)head_.feed(bytes);
        return;
    }
    while (!bytes.empty()) {
        RingBlock& block = gathering_.block;
        const std::size_t used = gathering_.bytes.size();
        if (used == 0) {
            gathering_.bytes.reserve(kRingPayloadBytes);
            block.session = session_;
            block.container = container_;
            block.utc = clock_.to_utc(arrival);
            begun_ = arrival;
        }
        const core::ArrivalTime newest = block.marks.empty() ? arrival : std::max(arrival, block.marks.back().arrival);
        if (block.marks.empty() ||
            (newest - block.marks.back().arrival >= kMarkStep && block.marks.size() < kRingMarks))
            block.marks.push_back({static_cast<std::uint32_t>(used), newest});
        const auto part = bytes.first(std::min(bytes.size(), kRingPayloadBytes - used));
        gathering_.bytes.insert(gathering_.bytes.end(), part.begin(), part.end());
        if (container_ != probe::Container::MpegTs) {
            const auto resume = head_.feed(part);
            if (resume && block.resume == RingBlock::kNoResume)
                block.resume = static_cast<std::uint32_t>(used + *resume);
        } else {
            block.resume = 0;
        }
        bytes = bytes.subspan(part.size());
        if (gathering_.bytes.size() == kRingPayloadBytes) hand_over();
    }
}

void ByteRecorder::tick(core::ArrivalTime now) {
    if (!gathering_.bytes.empty() && now - begun_ >= kLongestWait) hand_over();
}

void ByteRecorder::note_offset(std::optional<core::Duration> offset) {
    offset_.store(offset ? offset->count() : kUnknownOffset, std::memory_order_relaxed);
}

void ByteRecorder::hand_over() {
    if (gathering_.bytes.empty()) return;
    give_head();
    const std::int64_t offset = offset_.load(std::memory_order_relaxed);
    if (offset != kUnknownOffset) gathering_.block.media_offset = core::Duration{offset};
    const std::size_t weight = gathering_.bytes.size();
    ++blocks_;
    (void)queue_.push(std::exchange(gathering_, {}), weight);
}

/// Before the block in hand: at first, when the head has changed, and every now and then.
void ByteRecorder::give_head() {
    if (blocks_ < head_due_ && head_.revision() == head_revision_) return;
    head_revision_ = head_.revision();
    head_due_ = blocks_ + head_every_;
    Item item;
    item.bytes = head_.head();
    if (item.bytes.empty()) return;
    item.block = gathering_.block;
    item.block.head = true;
    item.block.marks.resize(1);
    const std::size_t weight = item.bytes.size();
    (void)queue_.push(std::move(item), weight);
}

void ByteRecorder::write(std::uint64_t capacity) {
    auto ring = ByteRing::open(file_.get(), capacity);
    const std::uint32_t former = ring ? ring->session() + 1 : 0;  // sessions go on counting
    // What came between another life's last block and our first one nobody kept.
    bool lost = ring && ring->newest() > 0;
    while (auto item = queue_.pop({})) {
        if (const auto dropped = queue_.take_dropped(); dropped > 0) {
            lost_.fetch_add(dropped, std::memory_order_relaxed);
            lost = true;
        }
        const bool head = item->block.head;
        item->block.session += former;
        item->block.after_loss = lost && !head;
        if (ring && ring->append(std::move(item->block), item->bytes)) {
            written_.fetch_add(item->bytes.size(), std::memory_order_relaxed);
            lost = lost && head;
        } else {
            lost_.fetch_add(1, std::memory_order_relaxed);
            lost = true;
        }
    }
}

}  // namespace sightline::engine
