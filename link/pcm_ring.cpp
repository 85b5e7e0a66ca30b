// SPDX-License-Identifier: Apache-2.0
#include "link/pcm_ring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <utility>

namespace sightline::link {
namespace {

using core::ErrorCode;

constexpr std::array<char, 8> kSoundMagic{'S', 'L', 'P', 'C', 'M', '\0', '\0', '\0'};
constexpr std::uint32_t kPcmVersion = 1;
constexpr std::uint64_t kMarks = 512;
constexpr int kLowestRate = 8'000;
constexpr core::Duration kMarkStep = std::chrono::milliseconds{20};
/// Two blocks further apart than this are not consecutive.
constexpr core::Duration kJump = std::chrono::milliseconds{1};
constexpr float kMostSample = 8.0F;

/// "Sample `sample` is presented at `at`."
struct SharedMark {
    std::atomic<std::uint64_t> number;  // 0 while it is written
    std::uint64_t sample;
    std::int64_t at, arrival;
    std::uint64_t has_arrival;
};

struct Header {
    std::array<char, 8> magic;
    std::uint32_t version, channels, sample_rate, reserved;
    std::uint64_t capacity;
    std::atomic<std::uint64_t> reserved_to;   // samples before this − capacity may be overwritten at any moment
    std::atomic<std::uint64_t> committed_to;  // samples before this are there
    std::atomic<std::uint64_t> marks;         // number of the newest mark
    std::array<SharedMark, kMarks> mark;
};
constexpr std::size_t kSamplesAt = (sizeof(Header) + 4'095) / 4'096 * 4'096;
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "shared between processes");

Header& header_of(const Mapping& memory) {
    return *reinterpret_cast<Header*>(memory.data());
}

float* samples_of(const Mapping& memory) {
    return reinterpret_cast<float*>(memory.data() + kSamplesAt);
}

std::uint64_t capacity_for(int sample_rate) {
    return static_cast<std::uint64_t>(sample_rate) * static_cast<std::uint64_t>(kPcmRingLength.count()) / 1'000'000'000;
}

core::Duration length(std::uint64_t samples, int sample_rate) {
    return core::ticks_to_duration(static_cast<std::int64_t>(samples), sample_rate);
}

}  // namespace

core::Result<PcmWriter> PcmWriter::create(int channels, int sample_rate) {
    if (channels < 1 || channels > kMaxPcmChannels || sample_rate < kLowestRate || sample_rate > kMaxPcmRate)
        return core::fail(ErrorCode::Unsupported,
                          fmt::format("sound of {} channels at {} Hz is outside [1, {}] at [{}, {}]", channels,
                                      sample_rate, kMaxPcmChannels, kLowestRate, kMaxPcmRate));
    PcmWriter writer;
    writer.channels_ = channels;
    writer.sample_rate_ = sample_rate;
    writer.capacity_ = capacity_for(sample_rate);
    const std::size_t bytes = kSamplesAt + writer.capacity_ * static_cast<std::size_t>(channels) * sizeof(float);
    auto segment = create_segment("sightline-pcm", bytes);
    if (!segment) return tl::unexpected(segment.error());
    writer.segment_ = std::move(*segment);
    Header& header = header_of(writer.segment_.memory);
    header.magic = kSoundMagic;
    header.version = kPcmVersion;
    header.channels = static_cast<std::uint32_t>(channels);
    header.sample_rate = static_cast<std::uint32_t>(sample_rate);
    header.capacity = writer.capacity_;
    return writer;
}

void PcmWriter::mark(core::MediaTime at, std::optional<core::ArrivalTime> arrival) {
    const core::MediaTime expected = marked_at_ + length(written_ - marked_, sample_rate_);
    const core::Duration off = at < expected ? expected - at : at - expected;
    if (marks_ > 0 && off <= kJump && length(written_ - marked_, sample_rate_) < kMarkStep) return;
    Header& header = header_of(segment_.memory);
    SharedMark& shared = header.mark[++marks_ % kMarks];
    shared.number.store(0, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    shared.sample = written_;
    shared.at = at.count();
    shared.arrival = arrival ? arrival->time_since_epoch().count() : 0;
    shared.has_arrival = arrival ? 1 : 0;
    shared.number.store(marks_, std::memory_order_release);
    marked_ = written_;
    marked_at_ = at;
}

void PcmWriter::append(std::span<const float* const> planes, std::size_t samples, core::MediaTime at,
                       std::optional<core::ArrivalTime> arrival) {
    if (planes.size() != static_cast<std::size_t>(channels_)) return;
    Header& header = header_of(segment_.memory);
    float* const ring = samples_of(segment_.memory);
    // In pieces, so that a huge block never takes the whole ring from a reader at once.
    const std::uint64_t piece = capacity_ / 4;
    for (std::size_t done = 0; done < samples;) {
        const auto count = std::min<std::uint64_t>(samples - done, piece);
        mark(at + length(done, sample_rate_), arrival ? std::optional(*arrival + length(done, sample_rate_)) : arrival);
        header.reserved_to.store(written_ + count, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_release);
        for (std::uint64_t i = 0; i < count; ++i) {
            float* const frame = ring + (written_ + i) % capacity_ * static_cast<std::uint64_t>(channels_);
            for (std::size_t channel = 0; channel < planes.size(); ++channel)
                frame[channel] = planes[channel][done + i];
        }
        written_ += count;
        done += count;
        header.committed_to.store(written_, std::memory_order_release);
        header.marks.store(marks_, std::memory_order_release);
    }
}

// --- Reader --------------------------------------------------------------------------------------------------------

struct PcmReader::Mark {
    std::uint64_t sample = 0;
    core::MediaTime at{};
    std::optional<core::ArrivalTime> arrival;
};

core::Result<PcmReader> PcmReader::open(int fd) {
    auto memory = map_segment(fd);
    if (!memory) return tl::unexpected(memory.error());
    const auto corrupt = [](std::string why) {
        return core::fail(ErrorCode::Corrupt, "sound memory refused: " + std::move(why));
    };
    if (memory->size() < kSamplesAt) return corrupt(fmt::format("{} bytes are no header", memory->size()));
    const Header& shared = header_of(*memory);
    const std::uint32_t version = shared.version, channels = shared.channels, rate = shared.sample_rate;
    const std::uint64_t capacity = shared.capacity;
    if (shared.magic != kSoundMagic) return corrupt("not a sound segment");
    if (version != kPcmVersion) return corrupt(fmt::format("version {}, not {}", version, kPcmVersion));
    if (channels < 1 || channels > kMaxPcmChannels)
        return corrupt(fmt::format("{} channels are outside [1, {}]", channels, kMaxPcmChannels));
    if (rate < kLowestRate || rate > kMaxPcmRate)
        return corrupt(fmt::format("{} Hz are outside [{}, {}]", rate, kLowestRate, kMaxPcmRate));
    if (capacity != capacity_for(static_cast<int>(rate)))
        return corrupt(fmt::format("a ring of {} samples, not {}", capacity, capacity_for(static_cast<int>(rate))));
    if (kSamplesAt + capacity * channels * sizeof(float) > memory->size())
        return corrupt(fmt::format("{} samples do not fit in {} bytes", capacity, memory->size()));
    PcmReader reader;
    reader.channels_ = static_cast<int>(channels);
    reader.sample_rate_ = static_cast<int>(rate);
    reader.capacity_ = capacity;
    reader.mark_ = shared.marks.load(std::memory_order_acquire);
    reader.position_ = shared.committed_to.load(std::memory_order_acquire);
    reader.memory_ = std::move(*memory);
    return reader;
}

bool PcmReader::copy_mark(std::uint64_t number, Mark& out) const {
    const SharedMark& shared = header_of(memory_).mark[number % kMarks];
    if (number == 0 || shared.number.load(std::memory_order_acquire) != number) return false;
    const std::uint64_t sample = shared.sample;
    const std::int64_t at = shared.at, arrival = shared.arrival;
    const bool has_arrival = shared.has_arrival != 0;
    std::atomic_thread_fence(std::memory_order_acquire);
    if (shared.number.load(std::memory_order_relaxed) != number) return false;
    if (!sane_time(at) || !sane_time(arrival)) return false;
    out.sample = sample;
    out.at = core::MediaTime{at};
    out.arrival.reset();
    if (has_arrival) out.arrival = core::ArrivalTime{core::Duration{arrival}};
    return true;
}

/// Goes on at the newest mark.
bool PcmReader::resume(std::uint64_t marks) {
    Mark newest;
    if (!copy_mark(marks, newest)) return false;
    mark_ = marks;
    position_ = newest.sample;
    lost_ = true;
    return true;
}

bool PcmReader::copy_samples(std::uint64_t from, std::uint64_t count, PcmBlock& out) const {
    const float* const ring = samples_of(memory_);
    const auto channels = static_cast<std::uint64_t>(channels_);
    out.samples.resize(count * channels);
    for (std::uint64_t i = 0; i < count; ++i) {
        const float* const frame = ring + (from + i) % capacity_ * channels;
        for (std::uint64_t channel = 0; channel < channels; ++channel) {
            const float sample = frame[channel];
            out.samples[i * channels + channel] =
                std::isfinite(sample) ? std::clamp(sample, -kMostSample, kMostSample) : 0.0F;
        }
    }
    std::atomic_thread_fence(std::memory_order_acquire);
    const std::uint64_t reserved = header_of(memory_).reserved_to.load(std::memory_order_relaxed);
    return reserved >= from + count && reserved - from <= capacity_;
}

bool PcmReader::read(PcmBlock& out) {
    const Header& header = header_of(memory_);
    const std::uint64_t marks = header.marks.load(std::memory_order_acquire);
    const std::uint64_t committed = header.committed_to.load(std::memory_order_acquire);
    if (committed == position_) return false;
    Mark mark;
    Mark next;
    // Opened before there was any sound: the first mark is where this reader stands.
    if (mark_ == 0 && copy_mark(1, next) && next.sample <= position_) mark_ = 1;
    // Where this reader stands must still be known and be far from being overwritten; else it goes on with the newest.
    const bool known = committed > position_ && committed - position_ <= capacity_ / 4 * 3 && marks >= mark_ &&
                       copy_mark(mark_, mark) && mark.sample <= position_;
    if (!known && (!resume(marks) || !copy_mark(mark_, mark))) return false;
    std::uint64_t end = committed;
    for (std::uint64_t step = 0; step < kMarks && mark_ < marks && copy_mark(mark_ + 1, next); ++step) {
        if (next.sample > position_) {
            end = std::min(end, next.sample);
            break;
        }
        mark = next;
        ++mark_;
    }
    if (end <= position_ || position_ < mark.sample || position_ - mark.sample > capacity_) return false;
    const std::uint64_t count = std::min(end - position_, capacity_ / 4);
    if (!copy_samples(position_, count, out)) {
        mark_ = 0;  // overtaken: the next call finds the way back
        return false;
    }
    const core::Duration behind = length(position_ - mark.sample, sample_rate_);
    out.channels = channels_;
    out.sample_rate = sample_rate_;
    out.at = mark.at + behind;
    out.arrival.reset();
    if (mark.arrival) out.arrival = *mark.arrival + behind;
    out.after_loss = std::exchange(lost_, false);
    position_ += count;
    return true;
}

}  // namespace sightline::link
