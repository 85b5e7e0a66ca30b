// SPDX-License-Identifier: Apache-2.0
// One demux session: bytes in, tracks, pictures and sound out, on the stream's media time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/media.hpp"
#include "core/result.hpp"
#include "core/timeline.hpp"
#include "probe/byte_input.hpp"
#include "probe/source.hpp"

namespace sightline::probe {

/// How much is decoded. Packets are followed whatever it says.
enum class DecodeWork : std::uint8_t {
    Everything,
    NoDisposable,  ///< pictures that no other refers to are skipped: about half the work
    KeyFrames,     ///< of pictures key frames only; all sound
    Nothing,
};

struct MediaReaderOptions {
    Container container = Container::Unknown;
    std::vector<int> services;  ///< programme numbers to watch; empty: all
    int max_tracks = 64;
    std::int64_t max_pixels = 8192LL * 4320;
    std::int64_t max_probe_bytes = 5'000'000;
    int decoder_threads = 1;
};

/// A track as the demuxer knows it; `track` counts from 0 for the session's life.
struct DemuxedTrack {
    int track = 0;
    std::uint16_t service = 0;  ///< programme number, 0 where there are no programmes
    core::Track description;    ///< without subject: naming is the caller's
};

/// Where a session puts what it finds. Called from within announce() and step(), on the same thread.
class MediaSink {
public:
    virtual ~MediaSink() = default;
    /// A track appeared, or its description changed (size, rate, channels, watched or not).
    virtual void on_track(const DemuxedTrack& track) = 0;
    /// A packet of an elementary stream, decoded or not. `at`: presentation time, where it has one.
    virtual void on_packet(int track, std::optional<core::MediaTime> at, std::size_t bytes,
                           std::optional<core::ArrivalTime> arrival) = 0;
    /// A picture, in presentation order.
    virtual void on_video(int track, const core::VideoFrame& frame) = 0;
    virtual void on_audio(int track, const core::AudioBlock& block) = 0;
    /// Is asked before a packet of a track with this PID is decoded, which is presented at `at`; false while it is
    /// scrambled.
    [[nodiscard]] virtual bool may_decode(int track, std::optional<int> pid, core::MediaTime at) = 0;
};

/// FFmpeg opens nothing by itself here: all bytes come through `input`, only the listed containers are tried, and a
/// reference to anything else (playlist, SDP, mov data reference) is refused.
///
/// Lifecycle: open() → step() until it ends → destroy.
/// Threading: one thread; set_work() from any.
/// Blocks:    in ByteInput::read().
class MediaReader {
public:
    /// Finds out what the bytes are. `input`, `timeline` and `sink` outlive the reader. The first session of a stream
    /// fixes the timeline's zero: the first video presentation time, or the first audio one where there is no video.
    /// @return Unsupported, Corrupt, Truncated, EndOfStream (no bytes at all).
    [[nodiscard]] static core::Result<std::unique_ptr<MediaReader>> open(ByteInput& input,
                                                                         const MediaReaderOptions& options,
                                                                         core::Timeline& timeline, bool fix_zero,
                                                                         MediaSink& sink);
    ~MediaReader();
    MediaReader(const MediaReader&) = delete;
    MediaReader& operator=(const MediaReader&) = delete;

    /// Tells the sink of the tracks that open() found.
    void announce();

    /// Demuxes one packet and decodes it. Bad media is skipped and counted.
    /// @return EndOfStream when the session is over and the decoders are drained.
    [[nodiscard]] core::Result<void> step();

    void set_work(DecodeWork work) { work_.store(work, std::memory_order_relaxed); }
    [[nodiscard]] const std::string& format() const;    ///< "mpegts", "mov", "matroska", "flv"
    [[nodiscard]] std::uint64_t decode_errors() const;  ///< packets a decoder refused
    [[nodiscard]] bool zero_fixed() const;

private:
    struct Impl;
    explicit MediaReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
    std::atomic<DecodeWork> work_{DecodeWork::Everything};
};

}  // namespace sightline::probe
