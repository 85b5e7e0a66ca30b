// SPDX-License-Identifier: Apache-2.0
#include "testdata/encoder.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
}
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace sightline::testdata {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

const char* encoder_name(Codec codec) {
    switch (codec) {
        case Codec::H264:
            return "libx264";
        case Codec::Hevc:
            return "libx265";
        case Codec::Mpeg2Video:
            return "mpeg2video";
        case Codec::Aac:
            return "aac";
        case Codec::Mp2:
            return "mp2";
        case Codec::Pcm:
            return "pcm_s16le";
        case Codec::None:
            break;
    }
    return "";
}

core::PtsTicks to_ticks(std::int64_t value, AVRational base) {
    return core::PtsTicks{av_rescale_q(value, base, AVRational{1, 90'000})};
}

std::vector<std::uint8_t> extradata_of(const AVCodecContext& context) {
    if (context.extradata == nullptr) return {};
    return {context.extradata, context.extradata + context.extradata_size};
}

Result<void> check(const VideoSettings& s) {
    if (s.bit_depth != 8 && (s.bit_depth != 10 || s.codec == Codec::Mpeg2Video)) {
        return fail(ErrorCode::InvalidConfig, fmt::format("bit depth {} is not one this codec has", s.bit_depth));
    }
    if (s.interlaced && s.codec == Codec::Hevc) return fail(ErrorCode::InvalidConfig, "hevc cannot be interlaced here");
    return {};
}

void set_common(AVCodecContext& context, const VideoSettings& s) {
    context.width = s.width;
    context.height = s.height;
    context.time_base = {s.fps.den, s.fps.num};
    context.framerate = {s.fps.num, s.fps.den};
    context.sample_aspect_ratio = {1, 1};
    context.pix_fmt = s.bit_depth == 10 ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P;
    context.color_range = s.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    context.gop_size = s.gop;
    context.keyint_min = s.gop;
    context.max_b_frames = s.b_frames;
    context.bit_rate = s.bitrate_bps;
    context.rc_max_rate = s.bitrate_bps;
    context.rc_buffer_size = static_cast<int>(std::min<std::int64_t>(s.bitrate_bps, 200'000'000));
    context.thread_count = 1;
    context.flags |= AV_CODEC_FLAG_BITEXACT;
    if (s.interlaced) context.flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
}

AVDictionary* options_for(const VideoSettings& s) {
    AVDictionary* options = nullptr;
    if (s.codec == Codec::H264 || s.codec == Codec::Hevc) {
        av_dict_set(&options, "preset", s.preset.c_str(), 0);
        av_dict_set(&options, "forced-idr", "1", 0);
    }
    if (s.codec == Codec::H264) av_dict_set(&options, "x264-params", "aud=1:scenecut=0:open-gop=0", 0);
    if (s.codec == Codec::Hevc) {
        av_dict_set(&options, "x265-params",
                    "log-level=none:pools=none:frame-threads=1:wpp=0:aud=1:scenecut=0:open-gop=0:repeat-headers=1", 0);
    }
    if (s.codec == Codec::Mpeg2Video) av_dict_set(&options, "sc_threshold", "1000000000", 0);
    return options;
}

Result<CodecContext> open_video(const VideoSettings& s, int extra_flags) {
    const AVCodec* codec = avcodec_find_encoder_by_name(encoder_name(s.codec));
    if (codec == nullptr)
        return fail(ErrorCode::Unsupported, "this FFmpeg lacks " + std::string(encoder_name(s.codec)));
    CodecContext context(avcodec_alloc_context3(codec));
    set_common(*context, s);
    context->flags |= extra_flags;
    AVDictionary* options = options_for(s);
    const int error = avcodec_open2(context.get(), codec, &options);
    av_dict_free(&options);
    if (error < 0) {
        return fail(ErrorCode::InvalidConfig, fmt::format("{} refuses {}x{} at {}/{} fps: {}", codec->name, s.width,
                                                          s.height, s.fps.num, s.fps.den, av_error_text(error)));
    }
    return context;
}

void copy_plane(AVFrame& frame, int plane, const std::vector<std::uint8_t>& from, int width, int height,
                int bit_depth) {
    for (int row = 0; row < height; ++row) {
        const std::uint8_t* source = from.data() + static_cast<std::size_t>(row) * static_cast<std::size_t>(width);
        std::uint8_t* line = frame.data[plane] + static_cast<std::ptrdiff_t>(row) * frame.linesize[plane];
        if (bit_depth == 8) {
            std::memcpy(line, source, static_cast<std::size_t>(width));
        } else {
            auto* wide = reinterpret_cast<std::uint16_t*>(line);  // FFmpeg aligns lines to more than two bytes
            for (int x = 0; x < width; ++x) wide[x] = static_cast<std::uint16_t>(source[x] << 2);
        }
    }
}

void mark_interlaced(AVFrame& frame) {
#if LIBAVUTIL_VERSION_MAJOR >= 59
    frame.flags |= AV_FRAME_FLAG_INTERLACED | AV_FRAME_FLAG_TOP_FIELD_FIRST;
#else
    frame.interlaced_frame = 1;
    frame.top_field_first = 1;
#endif
}

/// Drains `context`; `convert` makes a unit of each packet.
template <class Convert>
Result<void> drain(AVCodecContext& context, AVPacket& packet, Convert convert) {
    for (;;) {
        const int error = avcodec_receive_packet(&context, &packet);
        if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return {};
        if (error < 0) return fail(ErrorCode::Io, fmt::format("{}: {}", context.codec->name, av_error_text(error)));
        convert();
        av_packet_unref(&packet);
    }
}

}  // namespace

void FreeCodecContext::operator()(AVCodecContext* context) const {
    avcodec_free_context(&context);
}
void FreeFrame::operator()(AVFrame* frame) const {
    av_frame_free(&frame);
}
void FreePacket::operator()(AVPacket* packet) const {
    av_packet_free(&packet);
}

std::string av_error_text(int error) {
    char text[AV_ERROR_MAX_STRING_SIZE] = {};
    av_strerror(error, text, sizeof text);
    return text;
}

Result<std::unique_ptr<VideoEncoder>> VideoEncoder::open(const VideoSettings& settings) {
    if (auto good = check(settings); !good) return tl::unexpected(good.error());
    auto context = open_video(settings, 0);
    if (!context) return tl::unexpected(context.error());
    // A second one only for its parameter sets: mp4 and flv want them apart, TS wants them in every key frame.
    auto headers = open_video(settings, AV_CODEC_FLAG_GLOBAL_HEADER);
    if (!headers) return tl::unexpected(headers.error());

    std::unique_ptr<VideoEncoder> encoder(new VideoEncoder(settings));
    encoder->context_ = std::move(*context);
    encoder->extradata_ = extradata_of(**headers);
    encoder->packet_.reset(av_packet_alloc());
    encoder->frame_.reset(av_frame_alloc());
    encoder->frame_->width = settings.width;
    encoder->frame_->height = settings.height;
    encoder->frame_->format = encoder->context_->pix_fmt;
    encoder->frame_->color_range = encoder->context_->color_range;
    if (const int error = av_frame_get_buffer(encoder->frame_.get(), 0); error < 0) {
        return fail(ErrorCode::Io, av_error_text(error));
    }
    return encoder;
}

Result<void> VideoEncoder::encode(const Picture& picture, std::int64_t index, bool force_key,
                                  std::vector<AccessUnit>& out) {
    if (const int error = av_frame_make_writable(frame_.get()); error < 0)
        return fail(ErrorCode::Io, av_error_text(error));
    copy_plane(*frame_, 0, picture.y, picture.width, picture.height, settings_.bit_depth);
    copy_plane(*frame_, 1, picture.u, picture.width / 2, picture.height / 2, settings_.bit_depth);
    copy_plane(*frame_, 2, picture.v, picture.width / 2, picture.height / 2, settings_.bit_depth);
    frame_->pts = index;
    frame_->pict_type = force_key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    if (settings_.interlaced) mark_interlaced(*frame_);
    if (const int error = avcodec_send_frame(context_.get(), frame_.get()); error < 0) {
        return fail(ErrorCode::Io, fmt::format("frame {}: {}", index, av_error_text(error)));
    }
    return receive(out);
}

Result<void> VideoEncoder::flush(std::vector<AccessUnit>& out) {
    avcodec_send_frame(context_.get(), nullptr);
    return receive(out);
}

Result<void> VideoEncoder::receive(std::vector<AccessUnit>& out) {
    return drain(*context_, *packet_, [&] {
        AccessUnit unit;
        unit.pts = to_ticks(packet_->pts, context_->time_base);
        unit.dts = to_ticks(packet_->dts, context_->time_base);
        unit.duration = to_ticks(1, context_->time_base);
        unit.key = (packet_->flags & AV_PKT_FLAG_KEY) != 0;
        unit.data.assign(packet_->data, packet_->data + packet_->size);
        out.push_back(std::move(unit));
    });
}

void VideoEncoder::set_bitrate(std::int64_t bitrate_bps) {
    context_->bit_rate = bitrate_bps;
    context_->rc_max_rate = bitrate_bps;
    context_->rc_buffer_size = static_cast<int>(bitrate_bps);
}

Result<std::unique_ptr<AudioEncoder>> AudioEncoder::open(const AudioSettings& settings) {
    const AVCodec* codec = avcodec_find_encoder_by_name(encoder_name(settings.codec));
    if (codec == nullptr) {
        return fail(ErrorCode::Unsupported, "this FFmpeg lacks " + std::string(encoder_name(settings.codec)));
    }
    std::unique_ptr<AudioEncoder> encoder(new AudioEncoder(settings));
    encoder->context_.reset(avcodec_alloc_context3(codec));
    AVCodecContext& context = *encoder->context_;
    context.sample_rate = settings.sample_rate;
    context.sample_fmt = settings.codec == Codec::Aac ? AV_SAMPLE_FMT_FLTP : AV_SAMPLE_FMT_S16;
    av_channel_layout_default(&context.ch_layout, settings.channels);
    context.bit_rate = settings.bitrate_bps;
    context.time_base = {1, settings.sample_rate};
    context.thread_count = 1;
    context.flags |= AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_GLOBAL_HEADER;
    if (const int error = avcodec_open2(&context, codec, nullptr); error < 0) {
        return fail(ErrorCode::InvalidConfig,
                    fmt::format("{} refuses {} channels at {} Hz and {} b/s: {}", codec->name, settings.channels,
                                settings.sample_rate, settings.bitrate_bps, av_error_text(error)));
    }
    encoder->extradata_ = extradata_of(context);
    encoder->frame_samples_ = context.frame_size > 0 ? context.frame_size : 1024;
    encoder->packet_.reset(av_packet_alloc());
    encoder->frame_.reset(av_frame_alloc());
    AVFrame& frame = *encoder->frame_;
    frame.nb_samples = encoder->frame_samples_;
    frame.format = context.sample_fmt;
    frame.sample_rate = settings.sample_rate;
    av_channel_layout_copy(&frame.ch_layout, &context.ch_layout);
    if (const int error = av_frame_get_buffer(&frame, 0); error < 0) return fail(ErrorCode::Io, av_error_text(error));
    return encoder;
}

Result<void> AudioEncoder::encode(std::span<const std::vector<float>> channels, std::int64_t first,
                                  std::vector<AccessUnit>& out) {
    if (const int error = av_frame_make_writable(frame_.get()); error < 0)
        return fail(ErrorCode::Io, av_error_text(error));
    const auto samples = static_cast<std::size_t>(frame_samples_);
    for (std::size_t c = 0; c < channels.size(); ++c) {
        if (context_->sample_fmt == AV_SAMPLE_FMT_FLTP) {
            std::memcpy(frame_->extended_data[c], channels[c].data(), samples * sizeof(float));
            continue;
        }
        auto* interleaved = reinterpret_cast<std::int16_t*>(frame_->extended_data[0]);
        for (std::size_t i = 0; i < samples; ++i) {
            const float scaled = std::clamp(channels[c][i] * 32768.0F, -32768.0F, 32767.0F);
            interleaved[i * channels.size() + c] = static_cast<std::int16_t>(std::lround(scaled));
        }
    }
    frame_->pts = first;
    if (const int error = avcodec_send_frame(context_.get(), frame_.get()); error < 0) {
        return fail(ErrorCode::Io, fmt::format("sample {}: {}", first, av_error_text(error)));
    }
    return receive(out);
}

Result<void> AudioEncoder::flush(std::vector<AccessUnit>& out) {
    avcodec_send_frame(context_.get(), nullptr);
    return receive(out);
}

Result<void> AudioEncoder::receive(std::vector<AccessUnit>& out) {
    return drain(*context_, *packet_, [&] {
        AccessUnit unit;
        unit.pts = to_ticks(packet_->pts, context_->time_base);
        unit.dts = unit.pts;
        unit.duration = to_ticks(frame_samples_, context_->time_base);
        unit.key = true;
        unit.data.assign(packet_->data, packet_->data + packet_->size);
        out.push_back(std::move(unit));
    });
}

}  // namespace sightline::testdata
