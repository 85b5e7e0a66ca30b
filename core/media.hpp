// SPDX-License-Identifier: Apache-2.0
// Decoded picture and sound as analyzers see them: borrowed views, no library types.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace sightline::core {

/// One plane of samples. `stride` is in bytes and may exceed width × sample_bytes. Samples are little-endian, 1 or 2
/// bytes; of 2, the low `bit_depth` bits count.
struct PlaneView {
    const std::byte* data = nullptr;
    std::ptrdiff_t stride = 0;
    int width = 0;
    int height = 0;
    [[nodiscard]] const std::uint8_t* row(int y) const {
        return reinterpret_cast<const std::uint8_t*>(data + y * stride);
    }
};

enum class ColourRange : std::uint8_t { Limited, Full };
enum class ColourMatrix : std::uint8_t { Unknown, Bt601, Bt709, Bt2020 };
enum class Transfer : std::uint8_t { Sdr, Pq, Hlg };

/// One decoded picture in planar or semi-planar YUV (or grey). `keep` holds the pixels alive: copy it to hold a picture
/// beyond the call.
struct VideoFrame {
    PlaneView luma;
    PlaneView
        chroma_u;  ///< of semi-planar formats: both, interleaved (width counts pairs), chroma_v empty; of grey: empty
    PlaneView chroma_v;
    int bit_depth = 8;     ///< 8 to 16
    int sample_bytes = 1;  ///< 1 or 2
    ColourRange range = ColourRange::Limited;
    ColourMatrix matrix = ColourMatrix::Unknown;
    Transfer transfer = Transfer::Sdr;
    bool interlaced = false;
    bool key = false;
    int sar_num = 1;  ///< sample aspect ratio
    int sar_den = 1;
    MediaTime at{};                      ///< presentation time
    Duration duration{};                 ///< until the next picture is due; 0 where unknown
    std::optional<ArrivalTime> arrival;  ///< of the packet that carried it
    std::shared_ptr<const void> keep;
};

/// Consecutive samples of one track, planar float, full scale ±1.0. Borrowed for the call.
struct AudioBlock {
    std::span<const float* const> channels;
    std::size_t samples = 0;  ///< per channel
    int sample_rate = 48'000;
    MediaTime at{};  ///< presentation time of the first sample
    std::optional<ArrivalTime> arrival;
};

enum class TrackKind : std::uint8_t { None, Video, Audio, Subtitle, Data };
[[nodiscard]] const char* name(TrackKind kind);

/// What an alarm is about, besides its condition: enough to name it for good, across PID and PMT changes.
struct Subject {
    std::uint16_t service = 0;  ///< programme number in a multiplex that watches several, else 0
    std::string rendition;      ///< of an adaptive set, else empty
    std::string leg;            ///< of ST 2022-7, else empty
    std::string track;  ///< "video:1", "audio:2"; empty = the whole stream. Stable for a kind + language + order.
    friend auto operator<=>(const Subject&,
                            const Subject&) = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads <=>
    friend bool operator==(const Subject&, const Subject&) = default;
};

/// One track as found in the input, with whether it is watched and, if not, why, in words.
struct Track {
    Subject subject;
    TrackKind kind = TrackKind::None;
    std::optional<int> pid;
    std::string language;  ///< ISO 639-2, empty if unsaid
    std::string codec;     ///< FFmpeg's short name: "h264"
    int width = 0, height = 0;
    double fps = 0;  ///< 0 = unknown
    bool interlaced = false;
    int channels = 0, sample_rate = 0;
    bool watched = true;
    std::string not_watched;  ///< "sound not decoded: AC-4"
    friend bool operator==(const Track&, const Track&) = default;
};

}  // namespace sightline::core
