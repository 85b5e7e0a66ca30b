// SPDX-License-Identifier: Apache-2.0
// Coded picture and sound between the encoder (or a replayed file) and the outputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace sightline::testdata {

enum class Codec : std::uint8_t { None, H264, Hevc, Mpeg2Video, Aac, Mp2, Pcm };

struct FrameRate {
    int num = 25, den = 1;
    /// Presentation time of frame `index`.
    [[nodiscard]] core::Duration time_of(std::int64_t index) const { return core::ticks_to_duration(index * den, num); }
};

/// What an output must know of a track before its first unit.
struct Track {
    bool video = false;
    Codec codec = Codec::None;
    int order = 1;  ///< 1… among the tracks of its kind
    int width = 0, height = 0;
    FrameRate fps;
    int sample_rate = 0, channels = 0;
    std::string language;                 ///< ISO 639-2; empty: none
    std::vector<std::uint8_t> extradata;  ///< as FFmpeg's codecpar: Annex B parameter sets; AudioSpecificConfig
};

/// One coded picture, or one coded sound frame (AAC without ADTS header).
///
/// Times are media time in 90 kHz ticks: 0 is the first video presentation time (else the first sample). Sound may
/// begin below 0: the priming samples of its encoder.
struct AccessUnit {
    std::size_t track = 0;  ///< index into the programme's tracks
    core::PtsTicks pts{0}, dts{0}, duration{0};
    core::PtsTicks stamp_offset{0};  ///< what timestamp jumps have added so far
    bool key = false;
    bool discontinuity = false;  ///< say so with discontinuity_indicator
    bool resumed = false;        ///< the first after nothing was sent for a while
    std::vector<std::uint8_t> data;
};

}  // namespace sightline::testdata
