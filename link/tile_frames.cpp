// SPDX-License-Identifier: Apache-2.0
#include "link/tile_frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <limits>

namespace sightline::link {
namespace {

using core::ErrorCode;

constexpr std::array<char, 8> kTileMagic{'S', 'L', 'T', 'I', 'L', 'E', 'S', '\0'};
constexpr std::uint32_t kTilesVersion = 1;
constexpr std::size_t kPage = 4'096;
constexpr std::uint32_t kMinSlots = 3, kMaxSlots = 16;
constexpr int kMaxRatio = 65'535;
/// Times are kept to ±73 years, so that sums and differences of a few never overflow.
/// A slot that is overtaken while it is copied is given up for the newer one, this often.
constexpr int kAttempts = 4;

/// First bytes of the segment. All but `newest` stay as they were made.
struct Header {
    std::array<char, 8> magic;
    std::uint32_t version;
    std::uint32_t slot_count;
    std::uint64_t slot_offset;  // of the first slot; slot n is at slot_offset + n * slot_bytes
    std::uint64_t slot_bytes;
    std::uint32_t max_width, max_height;
    std::uint32_t sample_bytes;
    std::uint32_t reserved;
    std::atomic<std::uint64_t> newest;  // sequence of the newest committed picture, in slot newest % slot_count
};

/// First page of a slot; pixels follow on the next page.
struct Slot {
    std::atomic<std::uint64_t> generation;  // odd while it is written
    std::uint64_t sequence;
    std::uint32_t width, height, bit_depth, flags;
    std::uint32_t range, matrix, transfer, sar_num, sar_den;
    std::uint32_t source_width, source_height, reserved;
    std::int64_t key_interval, at, arrival, utc, published;
};
constexpr std::uint32_t kInterlaced = 1, kFocused = 2, kKeyFramesOnly = 4, kHasArrival = 8, kHasUtc = 16;

static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "shared between processes");
static_assert(sizeof(Header) <= kPage && sizeof(Slot) <= kPage);

std::size_t page_up(std::size_t bytes) {
    return (bytes + kPage - 1) / kPage * kPage;
}

std::size_t picture_bytes(int width, int height, int sample_bytes) {
    TileInfo info;
    info.width = width;
    info.height = height;
    info.sample_bytes = sample_bytes;
    return info.bytes();
}

template <class Enum>
bool read_enum(std::uint32_t raw, Enum last, Enum& out) {
    if (raw > static_cast<std::uint32_t>(last)) return false;
    out = static_cast<Enum>(raw);
    return true;
}

bool within(std::uint32_t raw, int low, int high, int& out) {
    if (raw < static_cast<std::uint32_t>(low) || raw > static_cast<std::uint32_t>(high)) return false;
    out = static_cast<int>(raw);
    return true;
}

/// A copied slot header as a TileInfo. @return false where anything is out of range.
bool read_info(const Slot& slot, TileInfo& info) {
    info.sequence = slot.sequence;
    info.interlaced = (slot.flags & kInterlaced) != 0;
    info.focused = (slot.flags & kFocused) != 0;
    info.key_frames_only = (slot.flags & kKeyFramesOnly) != 0;
    const bool good =
        read_enum(slot.range, core::ColourRange::Full, info.range) &&
        read_enum(slot.matrix, core::ColourMatrix::Bt2020, info.matrix) &&
        read_enum(slot.transfer, core::Transfer::Hlg, info.transfer) &&
        within(slot.sar_num, 1, kMaxRatio, info.sar_num) && within(slot.sar_den, 1, kMaxRatio, info.sar_den) &&
        within(slot.source_width, 0, 1 << 20, info.source_width) &&
        within(slot.source_height, 0, 1 << 20, info.source_height) &&
        within(slot.bit_depth, info.sample_bytes == 1 ? 8 : 9, info.sample_bytes == 1 ? 8 : 16, info.bit_depth) &&
        sane_time(slot.key_interval) && sane_time(slot.at) && sane_time(slot.arrival) && sane_time(slot.utc) &&
        sane_time(slot.published);
    if (!good) return false;
    info.key_interval = core::Duration{std::max<std::int64_t>(slot.key_interval, 0)};
    info.at = core::MediaTime{slot.at};
    info.arrival.reset();
    info.utc.reset();
    if ((slot.flags & kHasArrival) != 0) info.arrival = core::ArrivalTime{core::Duration{slot.arrival}};
    if ((slot.flags & kHasUtc) != 0) info.utc = core::UtcTime{core::Duration{slot.utc}};
    info.published = core::ArrivalTime{core::Duration{slot.published}};
    return true;
}

Header& header_of(const Mapping& memory) {
    return *reinterpret_cast<Header*>(memory.data());
}

Slot& slot_of(const Mapping& memory, std::uint64_t sequence, std::size_t slot_count, std::size_t slot_bytes) {
    return *reinterpret_cast<Slot*>(memory.data() + kPage + sequence % slot_count * slot_bytes);
}

}  // namespace

std::size_t TileInfo::luma_bytes() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(sample_bytes);
}

std::size_t TileInfo::chroma_bytes() const {
    return static_cast<std::size_t>(chroma_width()) * static_cast<std::size_t>(chroma_height()) *
           static_cast<std::size_t>(sample_bytes);
}

// --- Writer --------------------------------------------------------------------------------------------------------

core::Result<TileWriter> TileWriter::create(int max_width, int max_height, int sample_bytes) {
    if (max_width < 1 || max_width > kMaxTileEdge || max_height < 1 || max_height > kMaxTileEdge)
        return core::fail(ErrorCode::Unsupported,
                          fmt::format("a tile of {}x{} is outside [1, {}]", max_width, max_height, kMaxTileEdge));
    if (sample_bytes != 1 && sample_bytes != 2)
        return core::fail(ErrorCode::Unsupported, fmt::format("samples of {} bytes", sample_bytes));
    TileWriter writer;
    writer.max_width_ = max_width;
    writer.max_height_ = max_height;
    writer.sample_bytes_ = sample_bytes;
    writer.slot_bytes_ = kPage + page_up(picture_bytes(max_width, max_height, sample_bytes));
    auto segment = create_segment("sightline-tiles", kPage + writer.slot_bytes_ * kSlots);
    if (!segment) return tl::unexpected(segment.error());
    writer.segment_ = std::move(*segment);
    Header& header = header_of(writer.segment_.memory);
    header.magic = kTileMagic;
    header.version = kTilesVersion;
    header.slot_count = kSlots;
    header.slot_offset = kPage;
    header.slot_bytes = writer.slot_bytes_;
    header.max_width = static_cast<std::uint32_t>(max_width);
    header.max_height = static_cast<std::uint32_t>(max_height);
    header.sample_bytes = static_cast<std::uint32_t>(sample_bytes);
    return writer;
}

bool TileWriter::fits(int width, int height, int sample_bytes) const {
    return width >= 1 && height >= 1 && width <= max_width_ && height <= max_height_ && sample_bytes == sample_bytes_;
}

std::span<std::byte> TileWriter::begin(int width, int height) {
    Slot& slot = slot_of(segment_.memory, sequence_ + 1, kSlots, slot_bytes_);
    const std::uint64_t generation = slot.generation.load(std::memory_order_relaxed);
    slot.generation.store(generation | 1U, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    width_ = width;
    height_ = height;
    return {reinterpret_cast<std::byte*>(&slot) + kPage, picture_bytes(width, height, sample_bytes_)};
}

void TileWriter::commit(const TileInfo& info) {
    Slot& slot = slot_of(segment_.memory, ++sequence_, kSlots, slot_bytes_);
    slot.sequence = sequence_;
    slot.width = static_cast<std::uint32_t>(width_);
    slot.height = static_cast<std::uint32_t>(height_);
    slot.bit_depth = static_cast<std::uint32_t>(info.bit_depth);
    slot.flags = (info.interlaced ? kInterlaced : 0) | (info.focused ? kFocused : 0) |
                 (info.key_frames_only ? kKeyFramesOnly : 0) | (info.arrival ? kHasArrival : 0) |
                 (info.utc ? kHasUtc : 0);
    slot.range = static_cast<std::uint32_t>(info.range);
    slot.matrix = static_cast<std::uint32_t>(info.matrix);
    slot.transfer = static_cast<std::uint32_t>(info.transfer);
    slot.sar_num = static_cast<std::uint32_t>(std::clamp(info.sar_num, 1, kMaxRatio));
    slot.sar_den = static_cast<std::uint32_t>(std::clamp(info.sar_den, 1, kMaxRatio));
    slot.source_width = static_cast<std::uint32_t>(std::max(info.source_width, 0));
    slot.source_height = static_cast<std::uint32_t>(std::max(info.source_height, 0));
    slot.key_interval = info.key_interval.count();
    slot.at = info.at.count();
    slot.arrival = info.arrival ? info.arrival->time_since_epoch().count() : 0;
    slot.utc = info.utc ? info.utc->time_since_epoch().count() : 0;
    slot.published = info.published.time_since_epoch().count();
    const std::uint64_t generation = slot.generation.load(std::memory_order_relaxed);
    slot.generation.store(generation + 1, std::memory_order_release);
    header_of(segment_.memory).newest.store(sequence_, std::memory_order_release);
}

// --- Reader --------------------------------------------------------------------------------------------------------

core::Result<TileReader> TileReader::open(int fd) {
    auto memory = map_segment(fd);
    if (!memory) return tl::unexpected(memory.error());
    const auto corrupt = [](std::string why) {
        return core::fail(ErrorCode::Corrupt, "tile memory refused: " + std::move(why));
    };
    if (memory->size() < kPage) return corrupt(fmt::format("{} bytes are no header", memory->size()));
    // A copy: what was checked must be what is used.
    const Header& shared = header_of(*memory);
    const auto magic = shared.magic;
    const auto version = shared.version;
    const std::uint32_t slots = shared.slot_count;
    const std::uint64_t offset = shared.slot_offset, slot_bytes = shared.slot_bytes;
    const std::uint32_t width = shared.max_width, height = shared.max_height, sample_bytes = shared.sample_bytes;
    if (magic != kTileMagic) return corrupt("not a tile segment");
    if (version != kTilesVersion) return corrupt(fmt::format("version {}, not {}", version, kTilesVersion));
    if (width < 1 || height < 1 || width > kMaxTileEdge || height > kMaxTileEdge)
        return corrupt(fmt::format("a picture of {}x{} is outside [1, {}]", width, height, kMaxTileEdge));
    if (sample_bytes != 1 && sample_bytes != 2) return corrupt(fmt::format("samples of {} bytes", sample_bytes));
    if (slots < kMinSlots || slots > kMaxSlots)
        return corrupt(fmt::format("{} slots are outside [{}, {}]", slots, kMinSlots, kMaxSlots));
    if (offset != kPage) return corrupt(fmt::format("slots at {}, not {}", offset, kPage));
    const std::uint64_t needed =
        picture_bytes(static_cast<int>(width), static_cast<int>(height), static_cast<int>(sample_bytes));
    if (slot_bytes % kPage != 0 || slot_bytes > kMaxSegmentBytes || slot_bytes < kPage + needed)
        return corrupt(fmt::format("slots of {} bytes cannot hold {}x{}", slot_bytes, width, height));
    if (kPage + slots * slot_bytes > memory->size())
        return corrupt(fmt::format("{} slots of {} bytes do not fit in {}", slots, slot_bytes, memory->size()));
    TileReader reader;
    reader.memory_ = std::move(*memory);
    reader.max_width_ = static_cast<int>(width);
    reader.max_height_ = static_cast<int>(height);
    reader.sample_bytes_ = static_cast<int>(sample_bytes);
    reader.slot_count_ = slots;
    reader.slot_bytes_ = slot_bytes;
    return reader;
}

bool TileReader::has_news() const {
    const std::uint64_t newest = header_of(memory_).newest.load(std::memory_order_relaxed);
    return newest != 0 && newest != taken_;
}

std::size_t TileReader::max_bytes() const {
    return picture_bytes(max_width_, max_height_, sample_bytes_);
}

bool TileReader::newest(TileFrame& out) {
    const auto info = newest_into([this](const TileInfo& coming) {
        spare_.resize(coming.bytes());
        return std::span(spare_);
    });
    if (!info) return false;
    out.info = *info;
    out.pixels.swap(spare_);
    return true;
}

std::optional<TileInfo> TileReader::newest_into(const Place& place) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const std::uint64_t newest = header_of(memory_).newest.load(std::memory_order_acquire);
        if (newest == 0 || newest == taken_) return std::nullopt;
        TileInfo info;
        if (!copy_slot(newest, info, place)) continue;
        taken_ = newest;
        return info;
    }
    return std::nullopt;
}

bool TileReader::copy_slot(std::uint64_t sequence, TileInfo& info, const Place& place) {
    const Slot& shared = slot_of(memory_, sequence, slot_count_, slot_bytes_);
    const std::uint64_t generation = shared.generation.load(std::memory_order_acquire);
    if (generation % 2 != 0) return false;
    Slot slot{};
    constexpr std::size_t kPlain = offsetof(Slot, sequence);
    std::memcpy(reinterpret_cast<std::byte*>(&slot) + kPlain, reinterpret_cast<const std::byte*>(&shared) + kPlain,
                sizeof(Slot) - kPlain);
    info.sample_bytes = sample_bytes_;
    if (slot.sequence != sequence || !within(slot.width, 1, max_width_, info.width) ||
        !within(slot.height, 1, max_height_, info.height) || !read_info(slot, info))
        return false;
    const std::span<std::byte> target = place(info);
    if (target.size() < info.bytes()) return false;
    std::memcpy(target.data(), reinterpret_cast<const std::byte*>(&shared) + kPage, info.bytes());
    std::atomic_thread_fence(std::memory_order_acquire);
    return shared.generation.load(std::memory_order_relaxed) == generation;
}

}  // namespace sightline::link
