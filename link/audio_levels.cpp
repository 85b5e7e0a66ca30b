// SPDX-License-Identifier: Apache-2.0
#include "link/audio_levels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>

#include "core/text.hpp"

namespace sightline::link {
namespace {

using core::ErrorCode;

constexpr std::array<char, 8> kLevelMagic{'S', 'L', 'L', 'E', 'V', 'E', 'L', '\0'};
constexpr std::uint32_t kLevelsVersion = 1;
constexpr std::size_t kNameBytes = 32, kLanguageBytes = 8;
/// Above this a sample is not sound any more; +60 dBFS.
constexpr float kMostAmplitude = 1'000.0F;

struct Block {
    std::atomic<std::uint64_t> sequence;  // 0 while it is written
    std::int64_t at, duration, arrival;
    std::uint32_t has_arrival, channels;
    std::array<float, kMaxLevelChannels> peak, rms;
    float momentary, short_term;
};

struct TrackRing {
    std::atomic<std::uint64_t> newest;
    std::array<char, kNameBytes> name;
    std::array<char, kLanguageBytes> language;
    std::array<Block, kLevelBlocks> blocks;
};

struct Layout {
    std::array<char, 8> magic;
    std::uint32_t version, tracks;
    std::array<TrackRing, kMaxLevelTracks> ring;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "shared between processes");
static_assert(sizeof(Layout) < (1U << 20));

Layout& layout(const Mapping& memory) {
    return *reinterpret_cast<Layout*>(memory.data());
}

template <std::size_t N>
void put_text(std::array<char, N>& target, std::string_view text) {
    std::array<char, N> padded{};
    std::copy_n(text.begin(), std::min(text.size(), N - 1), padded.begin());
    target = padded;
}

template <std::size_t N>
std::string get_text(const std::array<char, N>& shared) {
    const std::array<char, N> copy = shared;
    return core::clean_utf8(std::string_view(copy.data(), strnlen(copy.data(), N - 1)));
}

float amplitude(float raw) {
    return std::isfinite(raw) ? std::clamp(raw, 0.0F, kMostAmplitude) : 0.0F;
}

float loudness(float raw) {
    return std::isfinite(raw) ? std::clamp(raw, -200.0F, 60.0F) : std::numeric_limits<float>::quiet_NaN();
}

/// Copies what `shared` holds. @return false if it is not block `sequence`, or changed meanwhile, or makes no sense.
bool copy_block(const Block& shared, std::uint64_t sequence, LevelBlock& out) {
    if (shared.sequence.load(std::memory_order_acquire) != sequence) return false;
    const std::int64_t at = shared.at, duration = shared.duration, arrival = shared.arrival;
    const std::uint32_t has_arrival = shared.has_arrival, channels = shared.channels;
    out.peak = shared.peak;
    out.rms = shared.rms;
    out.momentary_lufs = shared.momentary;
    out.short_term_lufs = shared.short_term;
    std::atomic_thread_fence(std::memory_order_acquire);
    if (shared.sequence.load(std::memory_order_relaxed) != sequence) return false;
    if (!sane_time(at) || !sane_time(duration) || duration < 0 || !sane_time(arrival) || channels > kMaxLevelChannels)
        return false;
    out.sequence = sequence;
    out.at = core::MediaTime{at};
    out.duration = core::Duration{duration};
    out.arrival.reset();
    if (has_arrival != 0) out.arrival = core::ArrivalTime{core::Duration{arrival}};
    out.channels = static_cast<int>(channels);
    for (float& value : out.peak) value = amplitude(value);
    for (float& value : out.rms) value = amplitude(value);
    out.momentary_lufs = loudness(out.momentary_lufs);
    out.short_term_lufs = loudness(out.short_term_lufs);
    return true;
}

}  // namespace

core::Result<LevelsWriter> LevelsWriter::create() {
    auto segment = create_segment("sightline-levels", sizeof(Layout));
    if (!segment) return tl::unexpected(segment.error());
    LevelsWriter writer;
    writer.segment_ = std::move(*segment);
    Layout& shared = layout(writer.segment_.memory);
    shared.magic = kLevelMagic;
    shared.version = kLevelsVersion;
    shared.tracks = kMaxLevelTracks;
    return writer;
}

void LevelsWriter::set_track(std::size_t index, std::string_view name, std::string_view language) {
    if (index >= kMaxLevelTracks) return;
    TrackRing& ring = layout(segment_.memory).ring[index];
    put_text(ring.name, name);
    put_text(ring.language, language);
}

void LevelsWriter::append(std::size_t index, const LevelBlock& block) {
    if (index >= kMaxLevelTracks) return;
    TrackRing& ring = layout(segment_.memory).ring[index];
    const std::uint64_t sequence = ++sequence_[index];
    Block& shared = ring.blocks[sequence % kLevelBlocks];
    shared.sequence.store(0, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    shared.at = block.at.count();
    shared.duration = block.duration.count();
    shared.arrival = block.arrival ? block.arrival->time_since_epoch().count() : 0;
    shared.has_arrival = block.arrival ? 1 : 0;
    shared.channels = static_cast<std::uint32_t>(std::clamp(block.channels, 0, kMaxLevelChannels));
    shared.peak = block.peak;
    shared.rms = block.rms;
    shared.momentary = block.momentary_lufs;
    shared.short_term = block.short_term_lufs;
    shared.sequence.store(sequence, std::memory_order_release);
    ring.newest.store(sequence, std::memory_order_release);
}

core::Result<LevelsReader> LevelsReader::open(int fd) {
    auto memory = map_segment(fd);
    if (!memory) return tl::unexpected(memory.error());
    if (memory->size() < sizeof(Layout))
        return core::fail(ErrorCode::Corrupt, fmt::format("level memory refused: {} bytes are fewer than {}",
                                                          memory->size(), sizeof(Layout)));
    const Layout& shared = layout(*memory);
    if (shared.magic != kLevelMagic) return core::fail(ErrorCode::Corrupt, "level memory refused: not a level segment");
    const std::uint32_t version = shared.version;
    if (version != kLevelsVersion)
        return core::fail(ErrorCode::Corrupt,
                          fmt::format("level memory refused: version {}, not {}", version, kLevelsVersion));
    LevelsReader reader;
    reader.memory_ = std::move(*memory);
    return reader;
}

std::array<LevelTrack, kMaxLevelTracks> LevelsReader::tracks() const {
    std::array<LevelTrack, kMaxLevelTracks> named;
    for (std::size_t i = 0; i < named.size(); ++i) {
        const TrackRing& ring = layout(memory_).ring[i];
        named[i] = {get_text(ring.name), get_text(ring.language)};
    }
    return named;
}

void LevelsReader::read(std::size_t index, std::vector<LevelBlock>& out) {
    out.clear();
    if (index >= kMaxLevelTracks) return;
    const TrackRing& ring = layout(memory_).ring[index];
    const std::uint64_t newest = ring.newest.load(std::memory_order_acquire);
    std::uint64_t& taken = taken_[index];
    if (newest == taken) return;
    // A number that went back is a liar's; what follows it is taken as it comes.
    const std::uint64_t oldest = newest > kLevelBlocks ? newest - kLevelBlocks + 1 : 1;
    const std::uint64_t from = newest > taken ? std::max(taken + 1, oldest) : oldest;
    for (std::uint64_t sequence = from; sequence <= newest && sequence - from < kLevelBlocks && sequence != 0;
         ++sequence) {
        LevelBlock block;
        if (copy_block(ring.blocks[sequence % kLevelBlocks], sequence, block)) out.push_back(block);
    }
    taken = newest;
}

}  // namespace sightline::link
