// SPDX-License-Identifier: Apache-2.0
// The sound of a focused stream from its worker to the wall's loudspeaker: a shared ring with presentation times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "link/descriptor.hpp"
#include "link/shared_segment.hpp"

namespace sightline::link {

inline constexpr int kMaxPcmChannels = 16;
inline constexpr int kMaxPcmRate = 192'000;
/// Sound that the ring holds, whatever its rate.
inline constexpr core::Duration kPcmRingLength = std::chrono::seconds{4};

/// The worker's end. The rate is the track's own; a player resamples. A track of another rate or channel count takes a
/// new ring.
///
/// Threading: one thread. Never waits: what nobody reads is overwritten.
class PcmWriter {
public:
    /// @return Unsupported outside 1 to kMaxPcmChannels and 8,000 Hz to kMaxPcmRate; Io.
    [[nodiscard]] static core::Result<PcmWriter> create(int channels, int sample_rate);
    [[nodiscard]] bool fits(int channels, int sample_rate) const {
        return channels == channels_ && sample_rate == sample_rate_;
    }
    /// Samples of consecutive time from `at`, planar, full scale ±1.0.
    void append(std::span<const float* const> planes, std::size_t samples, core::MediaTime at,
                std::optional<core::ArrivalTime> arrival);
    [[nodiscard]] const Descriptor& descriptor() const { return segment_.descriptor; }

private:
    void mark(core::MediaTime at, std::optional<core::ArrivalTime> arrival);
    WritableSegment segment_;
    int channels_ = 0, sample_rate_ = 0;
    std::uint64_t capacity_ = 0;  // samples of each channel
    std::uint64_t written_ = 0;
    std::uint64_t marks_ = 0, marked_ = 0;  // marks made; `written_` at the last one
    core::MediaTime marked_at_{};
};

/// Consecutive samples, interleaved.
struct PcmBlock {
    std::vector<float> samples;
    int channels = 0, sample_rate = 0;
    core::MediaTime at{};                      ///< of the first sample
    std::optional<core::ArrivalTime> arrival;  ///< of the first sample
    bool after_loss = false;  ///< samples before this block were overwritten before they were read, or never came
};

/// The wall's end. The writer is not trusted; samples are finite and within ±8.
///
/// Threading: one thread.
class PcmReader {
public:
    /// `fd` is borrowed for the call. Reading starts with what is written next. @return Corrupt with the reason in
    /// words, or Io.
    [[nodiscard]] static core::Result<PcmReader> open(int fd);
    /// The next samples, of one stretch of time; reuses the memory of `out`. @return whether there were any.
    bool read(PcmBlock& out);
    [[nodiscard]] int channels() const { return channels_; }
    [[nodiscard]] int sample_rate() const { return sample_rate_; }

private:
    struct Mark;
    [[nodiscard]] bool copy_mark(std::uint64_t number, Mark& out) const;
    bool resume(std::uint64_t marks);
    bool copy_samples(std::uint64_t from, std::uint64_t count, PcmBlock& out) const;
    Mapping memory_;
    int channels_ = 0, sample_rate_ = 0;
    std::uint64_t capacity_ = 0;
    std::uint64_t position_ = 0;  // next sample
    std::uint64_t mark_ = 0;      // the one that position_ lies behind; 0: none yet
    bool lost_ = true;
};

}  // namespace sightline::link
