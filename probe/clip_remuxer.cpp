// SPDX-License-Identifier: Apache-2.0
#include "probe/clip_remuxer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "probe/ffmpeg.hpp"
#include "probe/ffmpeg_input.hpp"

extern "C" {
#include <libavcodec/bsf.h>
}

namespace sightline::probe {
namespace {

using core::ErrorCode;

constexpr std::int64_t kProbeBytes = 5'000'000;
constexpr int kWriteBufferBytes = 188 * 348;
constexpr AVRational kMicroseconds{1, 1'000'000};
constexpr core::Duration kSameTime = std::chrono::milliseconds{2};
constexpr core::Duration kOtherClock = std::chrono::minutes{1};
constexpr std::int64_t kJoint = 40'000;  // µs between the last packet of a part and the first of the next
/// What a transport stream can carry so that players know it.
constexpr std::array kCarried{AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MPEG2VIDEO,  AV_CODEC_ID_MPEG1VIDEO,
                              AV_CODEC_ID_AAC,  AV_CODEC_ID_MP2,  AV_CODEC_ID_MP3,         AV_CODEC_ID_AC3,
                              AV_CODEC_ID_EAC3, AV_CODEC_ID_OPUS, AV_CODEC_ID_DVB_SUBTITLE};

struct FreeFilter {
    void operator()(AVBSFContext* filter) const { av_bsf_free(&filter); }
};
using Filter = std::unique_ptr<AVBSFContext, FreeFilter>;

struct FreeOutput {
    void operator()(AVFormatContext* format) const { avformat_free_context(format); }
};

using WriteFunction = std::function<bool(std::span<const std::byte>)>;

#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(61, 0, 100)
int write_bytes(void* opaque, const std::uint8_t* bytes, int size) {
#else
int write_bytes(void* opaque, std::uint8_t* bytes, int size) {
#endif
    const auto& write = *static_cast<const WriteFunction*>(opaque);
    const std::span<const std::byte> part(reinterpret_cast<const std::byte*>(bytes), static_cast<std::size_t>(size));
    return write(part) ? size : AVERROR(EIO);
}

/// Length-prefixed pictures become start codes, as a transport stream has them.
Filter start_code_filter(const AVStream& stream) {
    const AVCodecParameters& parameters = *stream.codecpar;
    if (parameters.extradata_size < 1 || parameters.extradata[0] != 1) return nullptr;
    const char* name = parameters.codec_id == AV_CODEC_ID_H264   ? "h264_mp4toannexb"
                       : parameters.codec_id == AV_CODEC_ID_HEVC ? "hevc_mp4toannexb"
                                                                 : nullptr;
    const AVBitStreamFilter* found = name != nullptr ? av_bsf_get_by_name(name) : nullptr;
    AVBSFContext* made = nullptr;
    if (found == nullptr || av_bsf_alloc(found, &made) < 0) return nullptr;
    Filter filter(made);
    avcodec_parameters_copy(filter->par_in, &parameters);
    filter->time_base_in = stream.time_base;
    return av_bsf_init(filter.get()) >= 0 ? std::move(filter) : nullptr;
}

class Remuxer {
public:
    explicit Remuxer(const RemuxOptions& options) : options_(options) {}

    core::Result<void> add(const RemuxPart& part);
    core::Result<void> finish();
    [[nodiscard]] bool begun() const { return output_ != nullptr; }

private:
    struct Track {
        int to = -1;  // stream of the output
        Filter filter;
    };
    core::Result<void> begin();
    void map_tracks();
    [[nodiscard]] bool waits(const AVPacket& packet, ByteInput& input);
    core::Result<void> pass(AVPacket& packet);
    core::Result<void> put(AVPacket& packet, const Track& track, AVRational time_base);

    const RemuxOptions& options_;
    std::unique_ptr<AVIOContext, ffmpeg::FreeIo> io_;
    std::unique_ptr<AVFormatContext, FreeOutput> output_;
    std::vector<AVCodecID> codecs_;  // of the output's streams
    ffmpeg::Input input_;
    std::vector<Track> tracks_;             // of the part in hand
    int key_track_ = -1;                    // the pictures that the clip begins with; -1: none
    bool open_ = false;                     // the beginning has come
    std::optional<std::int64_t> begun_at_;  // µs, of the part in hand: its first key frame, where the clip begins in it
    std::optional<std::int64_t> shift_;     // µs, of the part in hand
    std::int64_t end_ = 0;                  // µs, of all that was put
};

core::Result<void> Remuxer::begin() {
    AVFormatContext* made = nullptr;
    if (avformat_alloc_output_context2(&made, nullptr, "mpegts", nullptr) < 0)
        return core::fail(ErrorCode::Unsupported, "no transport stream can be made");
    output_.reset(made);
    auto* buffer = static_cast<unsigned char*>(av_malloc(kWriteBufferBytes));
    io_.reset(avio_alloc_context(buffer, kWriteBufferBytes, 1, const_cast<WriteFunction*>(&options_.write), nullptr,
                                 write_bytes, nullptr));
    io_->seekable = 0;
    output_->pb = io_.get();
    output_->flags |= AVFMT_FLAG_CUSTOM_IO;
    std::string refused;
    for (unsigned n = 0; n < input_.format->nb_streams; ++n) {
        const AVStream& from = *input_.format->streams[n];
        const AVCodecID codec = from.codecpar->codec_id;
        if (std::find(kCarried.begin(), kCarried.end(), codec) == kCarried.end()) {
            if (from.codecpar->codec_type == AVMEDIA_TYPE_VIDEO) refused = avcodec_get_name(codec);
            continue;
        }
        const Filter filter = start_code_filter(from);
        AVStream* to = avformat_new_stream(output_.get(), nullptr);
        avcodec_parameters_copy(to->codecpar, filter ? filter->par_out : from.codecpar);
        to->codecpar->codec_tag = 0;
        to->time_base = {1, 90'000};
        codecs_.push_back(codec);
    }
    if (codecs_.empty() || !refused.empty()) {
        output_.reset();
        return core::fail(ErrorCode::Unsupported, refused.empty()
                                                      ? "there is nothing that a transport stream can carry"
                                                      : fmt::format("a transport stream cannot carry {}", refused));
    }
    if (const int code = avformat_write_header(output_.get(), nullptr); code < 0) {
        output_.reset();
        return core::fail(ErrorCode::Unsupported, ffmpeg::error_text(code));
    }
    return {};
}

void Remuxer::map_tracks() {
    tracks_.clear();
    key_track_ = -1;
    std::vector<bool> taken(codecs_.size());
    for (unsigned n = 0; n < input_.format->nb_streams; ++n) {
        const AVStream& stream = *input_.format->streams[n];
        Track& track = tracks_.emplace_back();
        for (std::size_t to = 0; to < codecs_.size() && track.to < 0; ++to) {
            if (taken[to] || codecs_[to] != stream.codecpar->codec_id) continue;
            taken[to] = true;
            track.to = static_cast<int>(to);
            track.filter = start_code_filter(stream);
        }
        const bool pictures = stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
        if (pictures && track.to >= 0 && key_track_ < 0) key_track_ = static_cast<int>(n);
    }
}

core::Result<void> Remuxer::add(const RemuxPart& part) {
    auto opened = ffmpeg::open_input(*part.input, part.container, options_.max_tracks, kProbeBytes);
    if (!opened) return tl::unexpected(opened.error());
    input_ = std::move(*opened);
    input_.format->max_analyze_duration = 3 * AV_TIME_BASE;
    (void)avformat_find_stream_info(input_.format.get(), nullptr);  // what it does not find stays away
    if (!output_) {
        if (auto begun = begin(); !begun) return begun;
    }
    map_tracks();
    shift_.reset();
    begun_at_.reset();
    const ffmpeg::Packet packet(av_packet_alloc());
    while (av_read_frame(input_.format.get(), packet.get()) >= 0) {
        core::Result<void> passed;
        if (static_cast<std::size_t>(packet->stream_index) < tracks_.size() && !waits(*packet, *part.input))
            passed = pass(*packet);
        av_packet_unref(packet.get());
        if (!passed) return passed;
    }
    return {};
}

/// Whether it comes before the beginning: what sounds before the first picture, too.
bool Remuxer::waits(const AVPacket& packet, ByteInput& input) {
    const AVRational time_base = input_.format->streams[packet.stream_index]->time_base;
    const auto at = packet.pts == AV_NOPTS_VALUE ? std::optional<std::int64_t>{}
                                                 : std::optional(av_rescale_q(packet.pts, time_base, kMicroseconds));
    if (open_) return begun_at_ && packet.stream_index != key_track_ && at && *at < *begun_at_;
    const auto arrival = packet.pos >= 0 ? input.arrival_of(packet.pos) : std::nullopt;
    if (options_.from && arrival && *arrival < *options_.from) return true;
    if (options_.from_time && at) {
        const core::Duration early = *options_.from_time - std::chrono::microseconds{*at};
        if (early > kSameTime && early < kOtherClock) return true;
    }
    open_ = key_track_ < 0 || (packet.stream_index == key_track_ && (packet.flags & AV_PKT_FLAG_KEY) != 0);
    if (open_ && key_track_ >= 0) begun_at_ = at;
    return !open_;
}

core::Result<void> Remuxer::pass(AVPacket& packet) {
    Track& track = tracks_[static_cast<std::size_t>(packet.stream_index)];
    const AVRational time_base = input_.format->streams[packet.stream_index]->time_base;
    if (track.to < 0) return {};
    if (!track.filter) return put(packet, track, time_base);
    if (av_bsf_send_packet(track.filter.get(), &packet) < 0) return {};
    const ffmpeg::Packet made(av_packet_alloc());
    while (av_bsf_receive_packet(track.filter.get(), made.get()) >= 0) {
        auto put_it = put(*made, track, time_base);
        av_packet_unref(made.get());
        if (!put_it) return put_it;
    }
    return {};
}

core::Result<void> Remuxer::put(AVPacket& packet, const Track& track, AVRational time_base) {
    if (packet.dts == AV_NOPTS_VALUE) packet.dts = packet.pts;
    if (packet.dts == AV_NOPTS_VALUE) return {};
    const std::int64_t at = av_rescale_q(packet.dts, time_base, kMicroseconds);
    if (!shift_) shift_ = end_ == 0 ? 0 : end_ + kJoint - at;
    const AVRational to = output_->streams[track.to]->time_base;
    av_packet_rescale_ts(&packet, time_base, to);
    const std::int64_t shift = av_rescale_q(*shift_, kMicroseconds, to);
    packet.dts += shift;
    if (packet.pts != AV_NOPTS_VALUE) packet.pts += shift;
    packet.stream_index = track.to;
    packet.pos = -1;
    end_ = std::max(end_, at + *shift_);
    // Times that go back are refused packet by packet; only a full disk ends it all.
    const int code = av_interleaved_write_frame(output_.get(), &packet);
    if (code == AVERROR(EIO) || io_->error == AVERROR(EIO))
        return core::fail(ErrorCode::Io, "the clip cannot be written");
    return {};
}

core::Result<void> Remuxer::finish() {
    if (av_write_trailer(output_.get()) < 0 || io_->error < 0)
        return core::fail(ErrorCode::Io, "the clip cannot be written");
    return {};
}

}  // namespace

core::Result<void> remux_to_ts(std::span<const RemuxPart> parts, const RemuxOptions& options) {
    Remuxer remuxer(options);
    core::Result<void> last = core::fail(ErrorCode::EndOfStream, "there are no bytes");
    for (const RemuxPart& part : parts) {
        last = remuxer.add(part);
        if (!last && last.error().code == ErrorCode::Io) return last;
    }
    if (!remuxer.begun()) return last;
    return remuxer.finish();  // what could be read is kept, whatever a later part was
}

}  // namespace sightline::probe
