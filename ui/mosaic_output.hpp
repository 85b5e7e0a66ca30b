// SPDX-License-Identifier: Apache-2.0
// The wall as a stream, picture and sound, for people away from the room: SRT, RTMP or HLS through GStreamer.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/clock.hpp"
#include "core/result.hpp"

namespace sightline::ui {

enum class MosaicKind : std::uint8_t { Srt, Rtmp, Hls };

struct MosaicOptions {
    MosaicKind kind = MosaicKind::Srt;
    std::string target;              ///< srt:// or rtmp:// URL; of HLS: the playlist's path
    int width = 1280, height = 720;  ///< even
    int fps = 25;
    int bitrate_kbps = 4'000;
};

/// From "srt://…", "rtmp://…" or "…/NAME.m3u8". InvalidConfig with what is allowed.
[[nodiscard]] core::Result<MosaicOptions> mosaic_to(const std::string& target);

/// Encodes and sends; what the network or the encoder cannot take in time is left out, never queued. A receiver that
/// goes or a server that refuses is tried again every kRetry.
///
/// Threading: one thread; GStreamer's own threads stay inside. push() never blocks.
class MosaicOutput {
public:
    static constexpr core::Duration kRetry = std::chrono::seconds{3};

    /// @return Unsupported naming the GStreamer element that is missing and its package.
    [[nodiscard]] static core::Result<std::unique_ptr<MosaicOutput>> open(const MosaicOptions& options,
                                                                          const core::Clock& clock);
    ~MosaicOutput();
    MosaicOutput(const MosaicOutput&) = delete;
    MosaicOutput& operator=(const MosaicOutput&) = delete;

    /// One picture, width × height × 4 bytes (red, green, blue, unused), rows from the bottom as GL gives them, and
    /// when it was drawn.
    void push(std::span<const std::uint8_t> pixels, core::ArrivalTime drawn);
    /// Interleaved stereo of kSoundRate, and when its first frame belongs. Without any, or with holes, the stream goes
    /// on; a stream that had no sound at first may keep players waiting, so silence is pushed too.
    void push_sound(std::span<const float> samples, core::ArrivalTime heard);
    /// Why the stream has no sound, in words; empty: it has.
    [[nodiscard]] const std::string& sound_note() const;
    /// Why nothing is being sent, in words; empty while it is.
    [[nodiscard]] const std::string& trouble() const;
    [[nodiscard]] std::uint64_t pushed() const;

private:
    struct Parts;
    explicit MosaicOutput(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace sightline::ui
