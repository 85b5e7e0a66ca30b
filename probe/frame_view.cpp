// SPDX-License-Identifier: Apache-2.0
#include "probe/frame_view.hpp"

namespace sightline::probe {
namespace {

core::PlaneView plane(const AVFrame& frame, const AVComponentDescriptor& component, int width, int height) {
    return {reinterpret_cast<const std::byte*>(frame.data[component.plane]), frame.linesize[component.plane], width,
            height};
}

/// Luma in a plane of its own, little-endian, unshifted, 8 to 16 bits: what analyzers read as it is.
bool is_direct(const AVPixFmtDescriptor& format) {
    constexpr std::uint64_t kOther = AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
                                     AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_FLOAT |
                                     AV_PIX_FMT_FLAG_BAYER;
    const AVComponentDescriptor& luma = format.comp[0];
    const int bytes = luma.depth > 8 ? 2 : 1;
    return (format.flags & kOther) == 0 && luma.depth >= 8 && luma.depth <= 16 && luma.step == bytes &&
           luma.shift == 0 && luma.offset == 0;
}

core::ColourMatrix matrix_of(AVColorSpace space) {
    switch (space) {
        case AVCOL_SPC_BT709:
            return core::ColourMatrix::Bt709;
        case AVCOL_SPC_BT470BG:
        case AVCOL_SPC_SMPTE170M:
            return core::ColourMatrix::Bt601;
        case AVCOL_SPC_BT2020_NCL:
        case AVCOL_SPC_BT2020_CL:
            return core::ColourMatrix::Bt2020;
        default:
            return core::ColourMatrix::Unknown;
    }
}

core::Transfer transfer_of(AVColorTransferCharacteristic transfer) {
    switch (transfer) {
        case AVCOL_TRC_SMPTE2084:
            return core::Transfer::Pq;
        case AVCOL_TRC_ARIB_STD_B67:
            return core::Transfer::Hlg;
        default:
            return core::Transfer::Sdr;
    }
}

bool is_full_range(const AVFrame& frame) {
    const auto format = static_cast<AVPixelFormat>(frame.format);
    return frame.color_range == AVCOL_RANGE_JPEG || format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P ||
           format == AV_PIX_FMT_YUVJ444P || format == AV_PIX_FMT_YUVJ440P || format == AV_PIX_FMT_YUVJ411P;
}

void describe_chroma(const AVFrame& frame, const AVPixFmtDescriptor& format, core::VideoFrame& view) {
    if (format.nb_components < 3) return;
    const int width = AV_CEIL_RSHIFT(frame.width, format.log2_chroma_w);
    const int height = AV_CEIL_RSHIFT(frame.height, format.log2_chroma_h);
    view.chroma_u = plane(frame, format.comp[1], width, height);
    if (format.comp[1].plane != format.comp[2].plane) view.chroma_v = plane(frame, format.comp[2], width, height);
}

}  // namespace

std::optional<core::VideoFrame> PictureView::show(AVFrame& frame) {
    const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    if (format == nullptr || frame.width <= 0 || frame.height <= 0 || frame.data[0] == nullptr) return std::nullopt;
    ffmpeg::Frame owned(av_frame_alloc());
    if (!owned) return std::nullopt;
    if (is_direct(*format)) {
        av_frame_move_ref(owned.get(), &frame);
    } else {
        if (scaler_format_ != frame.format || scaler_width_ != frame.width || scaler_height_ != frame.height) {
            scaler_.reset(sws_getContext(frame.width, frame.height, static_cast<AVPixelFormat>(frame.format),
                                         frame.width, frame.height, AV_PIX_FMT_YUV420P, SWS_POINT, nullptr, nullptr,
                                         nullptr));
            scaler_format_ = frame.format;
            scaler_width_ = frame.width;
            scaler_height_ = frame.height;
        }
        owned->format = AV_PIX_FMT_YUV420P;
        owned->width = frame.width;
        owned->height = frame.height;
        if (!scaler_ || av_frame_get_buffer(owned.get(), 0) < 0) return std::nullopt;
        if (sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, owned->data, owned->linesize) <= 0)
            return std::nullopt;
        av_frame_copy_props(owned.get(), &frame);
        owned->color_range = AVCOL_RANGE_MPEG;
        format = av_pix_fmt_desc_get(AV_PIX_FMT_YUV420P);
    }
    core::VideoFrame view;
    view.luma = plane(*owned, format->comp[0], owned->width, owned->height);
    view.bit_depth = format->comp[0].depth;
    view.sample_bytes = view.bit_depth > 8 ? 2 : 1;
    describe_chroma(*owned, *format, view);
    view.range = is_full_range(*owned) ? core::ColourRange::Full : core::ColourRange::Limited;
    view.matrix = matrix_of(owned->colorspace);
    view.transfer = transfer_of(owned->color_trc);
    view.interlaced = ffmpeg::is_interlaced(*owned);
    view.key = ffmpeg::is_key(*owned);
    if (owned->sample_aspect_ratio.num > 0 && owned->sample_aspect_ratio.den > 0) {
        view.sar_num = owned->sample_aspect_ratio.num;
        view.sar_den = owned->sample_aspect_ratio.den;
    }
    view.keep = std::shared_ptr<const AVFrame>(owned.release(), ffmpeg::FreeConstFrame{});
    return view;
}

std::optional<core::AudioBlock> SoundView::show(const AVFrame& frame) {
    const int channels = frame.ch_layout.nb_channels;
    if (channels <= 0 || channels > 64 || frame.nb_samples <= 0 || frame.sample_rate <= 0) return std::nullopt;
    core::AudioBlock block;
    block.samples = static_cast<std::size_t>(frame.nb_samples);
    block.sample_rate = frame.sample_rate;
    channels_view_.resize(static_cast<std::size_t>(channels));
    if (frame.format == AV_SAMPLE_FMT_FLTP) {
        for (int i = 0; i < channels; ++i)
            channels_view_[static_cast<std::size_t>(i)] = reinterpret_cast<const float*>(frame.extended_data[i]);
        block.channels = channels_view_;
        return block;
    }
    if (format_ != frame.format || channels_ != channels || rate_ != frame.sample_rate) {
        SwrContext* made = nullptr;
        AVChannelLayout layout{};  // FFmpeg 5.1 wants it writable
        if (av_channel_layout_copy(&layout, &frame.ch_layout) < 0) return std::nullopt;
        swr_alloc_set_opts2(&made, &layout, AV_SAMPLE_FMT_FLTP, frame.sample_rate, &layout,
                            static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr);
        av_channel_layout_uninit(&layout);
        resampler_.reset(made);
        if (!resampler_ || swr_init(resampler_.get()) < 0) return std::nullopt;
        format_ = frame.format;
        channels_ = channels;
        rate_ = frame.sample_rate;
    }
    converted_.resize(static_cast<std::size_t>(channels));
    std::vector<std::uint8_t*> planes;
    for (auto& samples : converted_) {
        samples.resize(block.samples);
        planes.push_back(reinterpret_cast<std::uint8_t*>(samples.data()));
    }
    const int made = swr_convert(resampler_.get(), planes.data(), frame.nb_samples,
                                 const_cast<const std::uint8_t**>(frame.extended_data), frame.nb_samples);
    if (made != frame.nb_samples) return std::nullopt;
    for (std::size_t i = 0; i < converted_.size(); ++i) channels_view_[i] = converted_[i].data();
    block.channels = channels_view_;
    return block;
}

}  // namespace sightline::probe
