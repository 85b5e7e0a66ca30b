// SPDX-License-Identifier: Apache-2.0
#include "testdata/av_output.hpp"

extern "C" {
#include <libavformat/avformat.h>
}
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "core/text.hpp"
#include "testdata/encoder.hpp"

namespace sightline::testdata {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

constexpr std::chrono::seconds kRetryAfter{1};

AVCodecID codec_id(Codec codec) {
    switch (codec) {
        case Codec::H264:
            return AV_CODEC_ID_H264;
        case Codec::Hevc:
            return AV_CODEC_ID_HEVC;
        case Codec::Mpeg2Video:
            return AV_CODEC_ID_MPEG2VIDEO;
        case Codec::Aac:
            return AV_CODEC_ID_AAC;
        case Codec::Mp2:
            return AV_CODEC_ID_MP2;
        case Codec::Pcm:
            return AV_CODEC_ID_PCM_S16LE;
        case Codec::None:
            break;
    }
    return AV_CODEC_ID_NONE;
}

void describe(AVStream& stream, const Track& track) {
    AVCodecParameters& parameters = *stream.codecpar;
    parameters.codec_type = track.video ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
    parameters.codec_id = codec_id(track.codec);
    if (!track.extradata.empty()) {
        parameters.extradata =
            static_cast<std::uint8_t*>(av_mallocz(track.extradata.size() + AV_INPUT_BUFFER_PADDING_SIZE));
        parameters.extradata_size = static_cast<int>(track.extradata.size());
        std::memcpy(parameters.extradata, track.extradata.data(), track.extradata.size());
    }
    if (track.video) {
        parameters.width = track.width;
        parameters.height = track.height;
        stream.avg_frame_rate = {track.fps.num, track.fps.den};
        stream.time_base = {1, 90'000};
    } else {
        parameters.sample_rate = track.sample_rate;
        av_channel_layout_default(&parameters.ch_layout, track.channels);
        parameters.frame_size = track.codec == Codec::Mp2 ? 1152 : 1024;
        parameters.format = track.codec == Codec::Pcm ? AV_SAMPLE_FMT_S16 : AV_SAMPLE_FMT_NONE;
        if (track.codec == Codec::Pcm) parameters.block_align = 2 * track.channels;
        parameters.bits_per_coded_sample = track.codec == Codec::Pcm ? 16 : 0;
        stream.time_base = {1, track.sample_rate};
    }
    if (!track.language.empty()) av_dict_set(&stream.metadata, "language", track.language.c_str(), 0);
}

}  // namespace

void FreeFormatContext::operator()(AVFormatContext* context) const {
    if (context->pb != nullptr) avio_closep(&context->pb);
    avformat_free_context(context);
}

AvOutput::AvOutput(std::string to, std::string_view format, const OutputSettings& settings)
    : to_(std::move(to)), format_(format), tracks_(settings.tracks), live_(is_live_address(to_)) {}

AvOutput::~AvOutput() = default;

Result<void> AvOutput::connect() {
    AVFormatContext* raw = nullptr;
    if (const int error = avformat_alloc_output_context2(&raw, nullptr, format_.c_str(), to_.c_str()); error < 0) {
        return fail(ErrorCode::Unsupported, av_error_text(error));
    }
    context_.reset(raw);
    context_->flags |= AVFMT_FLAG_BITEXACT | AVFMT_FLAG_FLUSH_PACKETS;
    for (const Track& track : tracks_) describe(*avformat_new_stream(context_.get(), nullptr), track);
    AVDictionary* options = nullptr;
    if (live_) av_dict_set(&options, "rw_timeout", "5000000", 0);
    int error = avio_open2(&context_->pb, to_.c_str(), AVIO_FLAG_WRITE, nullptr, &options);
    av_dict_free(&options);
    if (error >= 0) {
        if (live_) av_dict_set(&options, "flvflags", "no_duration_filesize", 0);
        error = avformat_write_header(context_.get(), &options);
        av_dict_free(&options);
    }
    if (error < 0) {
        context_.reset();
        return fail(ErrorCode::Io, fmt::format("cannot write {}: {}", core::mask_secrets(to_), av_error_text(error)));
    }
    return {};
}

Result<void> AvOutput::open() {
    if (context_) return {};
    auto connected = connect();
    if (connected || !live_) return connected;
    if (!complained_) std::fprintf(stderr, "%s; trying again\n", connected.error().message.c_str());
    complained_ = true;
    return {};
}

Result<void> AvOutput::write(const AccessUnit& unit) {
    const Packet packet(av_packet_alloc());
    packet->data = const_cast<std::uint8_t*>(unit.data.data());  // av_interleaved_write_frame copies what it keeps
    packet->size = static_cast<int>(unit.data.size());
    packet->stream_index = static_cast<int>(unit.track);
    packet->pts = (unit.pts - origin_).count();
    packet->dts = (unit.dts - origin_).count();
    packet->duration = unit.duration.count();
    if (unit.key) packet->flags |= AV_PKT_FLAG_KEY;
    av_packet_rescale_ts(packet.get(), {1, 90'000}, context_->streams[unit.track]->time_base);
    if (const int error = av_interleaved_write_frame(context_.get(), packet.get()); error < 0) {
        return fail(ErrorCode::Io, fmt::format("cannot write {}: {}", core::mask_secrets(to_), av_error_text(error)));
    }
    return {};
}

Result<void> AvOutput::write_unit(const AccessUnit& unit, int mark, SentMarks& sent) {
    if (!context_) {
        if (!live_ || unit.dts < retry_at_) return {};
        retry_at_ = unit.dts + kRetryAfter;
        if (auto opened = open(); !opened || !context_) return opened;
        wait_for_key_ = tracks_[0].video;
        origin_known_ = false;
    }
    if (wait_for_key_ && !(unit.key && tracks_[unit.track].video)) return {};
    wait_for_key_ = false;
    if (live_ && !origin_known_) {
        origin_ = unit.dts;
        origin_known_ = true;
    }
    auto written = write(unit);
    if (written) {
        if (complained_) std::fprintf(stderr, "%s: connected\n", core::mask_secrets(to_).c_str());
        complained_ = false;
        if (mark >= 0) sent.push_back(mark);
        return {};
    }
    if (!live_) return written;
    if (!complained_) std::fprintf(stderr, "%s; trying again\n", written.error().message.c_str());
    complained_ = true;
    context_.reset();
    retry_at_ = unit.dts + kRetryAfter;
    return {};
}

void AvOutput::disconnect() {
    if (live_) context_.reset();
}

Result<void> AvOutput::finish() {
    if (!context_) return {};
    const int error = av_write_trailer(context_.get());
    context_.reset();
    if (error < 0 && !live_) return fail(ErrorCode::Io, fmt::format("cannot write {}: {}", to_, av_error_text(error)));
    return {};
}

}  // namespace sightline::testdata
