// SPDX-License-Identifier: Apache-2.0
// libavcodec's encoders, set so that the same input gives the same bytes (one thread, bit-exact flags).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "testdata/access_unit.hpp"
#include "testdata/picture.hpp"

struct AVCodecContext;
struct AVFrame;
struct AVPacket;

namespace sightline::testdata {

struct FreeCodecContext {
    void operator()(AVCodecContext* context) const;
};
struct FreeFrame {
    void operator()(AVFrame* frame) const;
};
struct FreePacket {
    void operator()(AVPacket* packet) const;
};
using CodecContext = std::unique_ptr<AVCodecContext, FreeCodecContext>;
using Frame = std::unique_ptr<AVFrame, FreeFrame>;
using Packet = std::unique_ptr<AVPacket, FreePacket>;

/// FFmpeg's words for an error number.
[[nodiscard]] std::string av_error_text(int error);

struct VideoSettings {
    Codec codec = Codec::H264;
    int width = 640, height = 360;
    FrameRate fps;
    std::int64_t bitrate_bps = 1'500'000;
    int gop = 25;
    int b_frames = 0;
    int bit_depth = 8;  ///< 8 or 10 (H.264, HEVC)
    bool interlaced = false, full_range = false;
    std::string preset = "ultrafast";  ///< of x264 and x265
};

/// Pictures in, coded pictures out, in decoding order.
class VideoEncoder {
public:
    /// @return InvalidConfig that says what the codec refuses.
    [[nodiscard]] static core::Result<std::unique_ptr<VideoEncoder>> open(const VideoSettings& settings);
    /// `index` rises from call to call; the picture has the encoder's size.
    [[nodiscard]] core::Result<void> encode(const Picture& picture, std::int64_t index, bool force_key,
                                            std::vector<AccessUnit>& out);
    /// Gives what is still inside; nothing may be encoded after.
    [[nodiscard]] core::Result<void> flush(std::vector<AccessUnit>& out);
    /// From the next picture on; x264 follows, other encoders keep their rate.
    void set_bitrate(std::int64_t bitrate_bps);
    [[nodiscard]] const std::vector<std::uint8_t>& extradata() const { return extradata_; }

private:
    explicit VideoEncoder(VideoSettings settings) : settings_(std::move(settings)) {}
    core::Result<void> receive(std::vector<AccessUnit>& out);

    VideoSettings settings_;
    CodecContext context_;
    Frame frame_;
    Packet packet_;
    std::vector<std::uint8_t> extradata_;
};

struct AudioSettings {
    Codec codec = Codec::Aac;
    std::int64_t bitrate_bps = 128'000;
    int sample_rate = 48'000;
    int channels = 2;
};

/// Blocks of exactly frame_samples() samples in, coded frames out.
class AudioEncoder {
public:
    [[nodiscard]] static core::Result<std::unique_ptr<AudioEncoder>> open(const AudioSettings& settings);
    [[nodiscard]] int frame_samples() const { return frame_samples_; }
    /// `channels[c]` holds frame_samples() samples; `first` is the number of the first.
    [[nodiscard]] core::Result<void> encode(std::span<const std::vector<float>> channels, std::int64_t first,
                                            std::vector<AccessUnit>& out);
    [[nodiscard]] core::Result<void> flush(std::vector<AccessUnit>& out);
    [[nodiscard]] const std::vector<std::uint8_t>& extradata() const { return extradata_; }

private:
    explicit AudioEncoder(AudioSettings settings) : settings_(settings) {}
    core::Result<void> receive(std::vector<AccessUnit>& out);

    AudioSettings settings_;
    CodecContext context_;
    Frame frame_;
    Packet packet_;
    int frame_samples_ = 0;
    std::vector<std::uint8_t> extradata_;
};

}  // namespace sightline::testdata
