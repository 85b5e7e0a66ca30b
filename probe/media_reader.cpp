// SPDX-License-Identifier: Apache-2.0
#include "probe/media_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <utility>

#include "core/text.hpp"
#include "probe/ffmpeg.hpp"
#include "probe/ffmpeg_input.hpp"
#include "probe/frame_rate.hpp"
#include "probe/frame_view.hpp"

namespace sightline::probe {
namespace {

using core::ErrorCode;

/// Packets held until the first video presentation time is known, at most.
constexpr std::size_t kMaxHeldPackets = 2'000;
constexpr core::Duration kMaxHeldMedia = std::chrono::seconds{3};
/// Presentation times of packets that a decoder still holds.
constexpr std::size_t kMaxPlaced = 128;
core::TrackKind kind_of(AVMediaType type) {
    switch (type) {
        case AVMEDIA_TYPE_VIDEO:
            return core::TrackKind::Video;
        case AVMEDIA_TYPE_AUDIO:
            return core::TrackKind::Audio;
        case AVMEDIA_TYPE_SUBTITLE:
            return core::TrackKind::Subtitle;
        default:
            return core::TrackKind::Data;
    }
}

/// One elementary stream of the session.
struct TrackState {
    DemuxedTrack shown;
    bool announced = false;
    bool selected = true;
    ffmpeg::Decoder decoder;
    AVCodecID codec = AV_CODEC_ID_NONE;
    bool undecodable = false;
    bool waits_for_key = false;  // pictures were left out: those that refer to them would be wrong
    PictureView pictures;
    SoundView sounds;
    FrameRate rate;
    struct Placed {
        std::int64_t pts = 0;
        core::MediaTime at{};
        std::optional<core::ArrivalTime> arrival;
    };
    std::deque<Placed> placed;
    std::optional<core::MediaTime> last_at;
    core::Duration last_frame{};
    // Of sound whose packets have no time (bare ADTS; LATM but for the first of a PES packet): its samples count it.
    std::optional<std::int64_t> next_pts;
    std::size_t untimed_bytes = 0;
};

}  // namespace

struct MediaReader::Impl {
    Impl(ByteInput& bytes, const MediaReaderOptions& wanted, core::Timeline& time, bool zero, MediaSink& to)
        : input(bytes), options(wanted), timeline(time), sink(to), zero_pending(zero) {}

    ByteInput& input;
    MediaReaderOptions options;
    core::Timeline& timeline;
    MediaSink& sink;
    bool zero_pending;
    std::deque<ffmpeg::Packet> held;
    std::unique_ptr<AVIOContext, ffmpeg::FreeIo> io;
    std::unique_ptr<AVFormatContext, ffmpeg::CloseFormat> format;
    std::deque<TrackState> tracks;  // by stream index
    ffmpeg::Packet packet{av_packet_alloc()};
    ffmpeg::Frame frame{av_frame_alloc()};
    std::string format_name;
    std::uint64_t decode_errors = 0;
    std::optional<core::ArrivalTime> last_arrival;
    DecodeWork work = DecodeWork::Everything;
    bool draining = false;

    core::Result<void> open();
    void find_tracks();
    [[nodiscard]] bool wants(const AVStream& stream, std::uint16_t service) const;
    void describe(TrackState& state, const AVStream& stream);
    void announce(TrackState& state);
    void refuse(TrackState& state, std::string why);
    void take(ffmpeg::Packet next);
    [[nodiscard]] bool decide_zero();
    void handle(AVPacket& next);
    core::MediaTime place(TrackState& state, const AVPacket& next, const AVStream& stream);
    [[nodiscard]] bool prepare_decoder(TrackState& state, const AVStream& stream);
    [[nodiscard]] bool encrypted(const AVPacket& next, TrackState& state);
    [[nodiscard]] bool skips(const AVPacket& next, TrackState& state) const;
    void decode(TrackState& state, const AVPacket* next, const AVStream& stream);
    void show(TrackState& state, const AVStream& stream);
    void show_picture(TrackState& state, const AVStream& stream);
    void show_sound(TrackState& state, const AVStream& stream);
    [[nodiscard]] TrackState::Placed time_of(TrackState& state, const AVStream& stream, core::Duration duration);
    [[nodiscard]] TrackState::Placed count_time(TrackState& state, const AVStream& stream, core::Duration duration);
    [[nodiscard]] core::MediaTime place_at(const AVStream& stream, std::int64_t pts, core::Duration duration);
    void drain();
};

core::Result<void> MediaReader::Impl::open() {
    auto opened = ffmpeg::open_input(input, options.container, options.max_tracks, options.max_probe_bytes);
    if (!opened) return tl::unexpected(opened.error());
    io = std::move(opened->io);
    format = std::move(opened->format);
    format_name = std::string(format->iformat->name).substr(0, std::string_view(format->iformat->name).find(','));
    return {};
}

bool MediaReader::Impl::wants(const AVStream& stream, std::uint16_t service) const {
    if ((stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) return false;
    if (options.services.empty() || service == 0) return true;
    return std::find(options.services.begin(), options.services.end(), service) != options.services.end();
}

void MediaReader::Impl::find_tracks() {
    while (tracks.size() < format->nb_streams) {
        const AVStream& stream = *format->streams[tracks.size()];
        TrackState& state = tracks.emplace_back();
        state.shown.track = stream.index;
        const AVProgram* programme = av_find_program_from_stream(format.get(), nullptr, stream.index);
        if (programme != nullptr) state.shown.service = static_cast<std::uint16_t>(programme->id);
        state.selected = wants(stream, state.shown.service);
        if (!state.selected) continue;
        describe(state, stream);
        announce(state);
    }
}

void MediaReader::Impl::describe(TrackState& state, const AVStream& stream) {
    core::Track& shown = state.shown.description;
    const AVCodecParameters& parameters = *stream.codecpar;
    shown.kind = kind_of(parameters.codec_type);
    if (format_name == "mpegts") shown.pid = stream.id;
    if (const AVDictionaryEntry* language = av_dict_get(stream.metadata, "language", nullptr, 0)) {
        shown.language = core::clean_utf8(std::string_view(language->value).substr(0, 16));
        if (shown.language == "und") shown.language.clear();
    }
    shown.codec = parameters.codec_id == AV_CODEC_ID_NONE ? "" : avcodec_get_name(parameters.codec_id);
    shown.width = parameters.width;
    shown.height = parameters.height;
    shown.channels = parameters.ch_layout.nb_channels;
    shown.sample_rate = parameters.sample_rate;
}

void MediaReader::Impl::announce(TrackState& state) {
    state.announced = true;
    sink.on_track(state.shown);
}

void MediaReader::Impl::refuse(TrackState& state, std::string why) {
    state.undecodable = true;
    state.shown.description.watched = false;
    state.shown.description.not_watched = std::move(why);
    announce(state);
}

/// Whether media time 0 can be fixed now; does so.
bool MediaReader::Impl::decide_zero() {
    const auto pts_place = [&](const AVPacket& p) {
        const AVStream& stream = *format->streams[p.stream_index];
        return timeline.place(p.stream_index, av_rescale_q(p.pts, stream.time_base, {1, 90'000}), 90'000,
                              core::Duration{});
    };
    const AVPacket* first_sound = nullptr;
    const AVPacket* last_sound = nullptr;
    for (const ffmpeg::Packet& p : held) {
        const TrackState& state = tracks[static_cast<std::size_t>(p->stream_index)];
        if (p->pts == AV_NOPTS_VALUE) continue;
        if (state.shown.description.kind == core::TrackKind::Video) {
            timeline.set_zero(pts_place(*p));
            return true;
        }
        if (state.shown.description.kind != core::TrackKind::Audio) continue;
        if (first_sound == nullptr) first_sound = p.get();
        if (p->stream_index == first_sound->stream_index) last_sound = p.get();
    }
    if (first_sound == nullptr) return held.size() >= kMaxHeldPackets || draining;
    const bool picture_expected = (format->ctx_flags & AVFMTCTX_NOHEADER && format_name != "mpegts") ||
                                  std::any_of(tracks.begin(), tracks.end(), [](const TrackState& t) {
                                      return t.selected && t.shown.description.kind == core::TrackKind::Video;
                                  });
    const AVStream& stream = *format->streams[first_sound->stream_index];
    const auto media_held = core::ticks_to_duration(
        av_rescale_q(last_sound->pts - first_sound->pts, stream.time_base, {1, 90'000}), 90'000);
    if (picture_expected && media_held < kMaxHeldMedia && held.size() < kMaxHeldPackets && !draining) return false;
    timeline.set_zero(pts_place(*first_sound));
    return true;
}

void MediaReader::Impl::take(ffmpeg::Packet next) {
    held.push_back(std::move(next));
    if (zero_pending && !decide_zero()) return;
    zero_pending = false;
    while (!held.empty()) {
        const ffmpeg::Packet first = std::move(held.front());
        held.pop_front();
        handle(*first);
    }
}

core::MediaTime MediaReader::Impl::place_at(const AVStream& stream, std::int64_t pts, core::Duration duration) {
    constexpr AVRational kTicks{1, 90'000};
    // The rate of the time base itself keeps 33 bits 33 bits; other time bases are finer or coarser than 90 kHz.
    return stream.time_base.num == 1
               ? timeline.place(stream.index, pts, stream.time_base.den, duration)
               : timeline.place(stream.index, av_rescale_q(pts, stream.time_base, kTicks), 90'000, duration);
}

/// @return the packet's presentation time, or that of the last one of its track which had one.
core::MediaTime MediaReader::Impl::place(TrackState& state, const AVPacket& next, const AVStream& stream) {
    if (next.pos >= 0) {
        if (const auto arrival = input.arrival_of(next.pos)) last_arrival = arrival;
    }
    const bool timed = next.pts != AV_NOPTS_VALUE;
    if (timed) {
        const auto duration = core::ticks_to_duration(
            av_rescale_q(std::max<std::int64_t>(next.duration, 0), stream.time_base, {1, 1'000'000}), 1'000'000);
        const core::MediaTime at = place_at(stream, next.pts, duration);
        if (last_arrival) timeline.note_arrival(at, *last_arrival);
        state.placed.push_back({next.pts, at, last_arrival});
        if (state.placed.size() > kMaxPlaced) state.placed.pop_front();
    }
    const core::MediaTime at = state.placed.empty() ? core::MediaTime{} : state.placed.back().at;
    if (!timed && state.shown.description.kind == core::TrackKind::Audio) {
        state.untimed_bytes += static_cast<std::size_t>(next.size);  // said when its samples have given it a time
    } else {
        sink.on_packet(next.stream_index, timed ? std::optional(at) : std::nullopt, static_cast<std::size_t>(next.size),
                       last_arrival);
    }
    return at;
}

bool MediaReader::Impl::prepare_decoder(TrackState& state, const AVStream& stream) {
    const AVCodecParameters& parameters = *stream.codecpar;
    if (state.codec != parameters.codec_id) {
        state.decoder.reset();
        state.undecodable = false;
        state.codec = parameters.codec_id;
        describe(state, stream);
    }
    if (state.undecodable) return false;
    if (state.decoder) return true;
    const core::TrackKind kind = state.shown.description.kind;
    const char* what = kind == core::TrackKind::Video ? "picture" : "sound";
    const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
    if (codec == nullptr || (static_cast<std::int64_t>(parameters.width) * parameters.height > options.max_pixels)) {
        refuse(state, codec == nullptr
                          ? fmt::format("{} not decoded: {}", what,
                                        parameters.codec_id == AV_CODEC_ID_NONE ? "unknown codec"
                                                                                : avcodec_get_name(parameters.codec_id))
                          : fmt::format("{} not decoded: {}x{} is more than {} pixels", what, parameters.width,
                                        parameters.height, options.max_pixels));
        return false;
    }
    state.decoder.reset(avcodec_alloc_context3(codec));
    avcodec_parameters_to_context(state.decoder.get(), &parameters);
    state.decoder->pkt_timebase = stream.time_base;
    state.decoder->thread_count = options.decoder_threads;
    state.decoder->max_pixels = options.max_pixels;
    if (const int code = avcodec_open2(state.decoder.get(), codec, nullptr); code < 0) {
        state.decoder.reset();
        refuse(state, fmt::format("{} not decoded: {}: {}", what, codec->name, ffmpeg::error_text(code)));
        return false;
    }
    state.shown.description.watched = true;
    state.shown.description.not_watched.clear();
    announce(state);
    return true;
}

/// Whether the packet is encrypted (ISO/IEC 23001-7), so that what a decoder made of it would be no picture and no
/// sound.
bool MediaReader::Impl::encrypted(const AVPacket& next, TrackState& state) {
    if (av_packet_get_side_data(&next, AV_PKT_DATA_ENCRYPTION_INFO, nullptr) == nullptr) return false;
    const bool picture = state.shown.description.kind == core::TrackKind::Video;
    if (!state.undecodable) refuse(state, picture ? "picture not decoded: encrypted" : "sound not decoded: encrypted");
    return true;
}

bool MediaReader::Impl::skips(const AVPacket& next, TrackState& state) const {
    if (work == DecodeWork::Nothing) return true;
    if (state.shown.description.kind != core::TrackKind::Video) return false;
    if ((next.flags & AV_PKT_FLAG_KEY) != 0) {
        state.waits_for_key = false;
        return false;
    }
    state.waits_for_key = state.waits_for_key || work == DecodeWork::KeyFrames;
    return state.waits_for_key;
}

void MediaReader::Impl::handle(AVPacket& next) {
    TrackState& state = tracks[static_cast<std::size_t>(next.stream_index)];
    const AVStream& stream = *format->streams[next.stream_index];
    if (state.shown.description.kind != kind_of(stream.codecpar->codec_type)) {
        describe(state, stream);  // what a stream is, the demuxer may find out from its packets only
        announce(state);
    }
    const core::MediaTime at = place(state, next, stream);
    const core::TrackKind kind = state.shown.description.kind;
    if (kind != core::TrackKind::Video && kind != core::TrackKind::Audio) return;
    if (!sink.may_decode(next.stream_index, state.shown.description.pid, at) || skips(next, state) ||
        !prepare_decoder(state, stream) || encrypted(next, state))
        return;
    decode(state, &next, stream);
}

void MediaReader::Impl::decode(TrackState& state, const AVPacket* next, const AVStream& stream) {
    state.decoder->skip_frame = work == DecodeWork::NoDisposable ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
    int sent = avcodec_send_packet(state.decoder.get(), next);
    if (sent < 0 && sent != AVERROR_EOF && sent != AVERROR(EAGAIN)) ++decode_errors;
    while (avcodec_receive_frame(state.decoder.get(), frame.get()) >= 0) show(state, stream);
}

void MediaReader::Impl::show(TrackState& state, const AVStream& stream) {
    if (state.shown.description.kind == core::TrackKind::Video) {
        show_picture(state, stream);
    } else {
        show_sound(state, stream);
    }
    av_frame_unref(frame.get());
}

TrackState::Placed MediaReader::Impl::time_of(TrackState& state, const AVStream& stream, core::Duration duration) {
    const std::int64_t pts = frame->best_effort_timestamp;
    for (auto placed = state.placed.rbegin(); pts != AV_NOPTS_VALUE && placed != state.placed.rend(); ++placed) {
        if (placed->pts == pts) return *placed;
    }
    if (pts != AV_NOPTS_VALUE && !state.placed.empty()) {
        // A decoder that trims (AAC priming) moves the time within its packet.
        const TrackState::Placed& near = state.placed.back();
        const auto distance =
            core::ticks_to_duration(av_rescale_q(pts - near.pts, stream.time_base, {1, 1'000'000'000}), 1'000'000'000);
        if (distance > -core::Timeline::kReorder && distance < core::Timeline::kReorder)
            return {pts, near.at + distance, near.arrival};
    }
    return {pts, state.last_at ? *state.last_at + state.last_frame : timeline.end() - duration, last_arrival};
}

/// Time of a frame of sound in hand, which goes on where the last one ended unless it says otherwise.
TrackState::Placed MediaReader::Impl::count_time(TrackState& state, const AVStream& stream, core::Duration duration) {
    const std::int64_t samples = av_rescale_q(frame->nb_samples, {1, frame->sample_rate}, stream.time_base);
    std::int64_t pts = frame->best_effort_timestamp;
    const bool bare = format_name == "aac";  // no packet of ADTS has a time
    if (pts != AV_NOPTS_VALUE || (!state.next_pts && !bare)) {
        if (pts != AV_NOPTS_VALUE) state.next_pts = pts + samples;
        return time_of(state, stream, duration);
    }
    pts = state.next_pts.value_or(0);
    state.next_pts = pts + samples;
    const core::MediaTime at = place_at(stream, pts, duration);
    if (last_arrival) timeline.note_arrival(at, *last_arrival);
    sink.on_packet(state.shown.track, at, std::exchange(state.untimed_bytes, 0), last_arrival);
    return {pts, at, last_arrival};
}

void MediaReader::Impl::show_picture(TrackState& state, const AVStream& stream) {
    core::Duration duration = core::ticks_to_duration(
        av_rescale_q(std::max<std::int64_t>(ffmpeg::frame_duration(*frame), 0), stream.time_base, {1, 1'000'000'000}),
        1'000'000'000);
    const TrackState::Placed placed = time_of(state, stream, duration);
    if (state.last_at && placed.at <= *state.last_at) return;  // a decoder still learning its reorder depth
    core::Track& shown = state.shown.description;
    const double declared = av_q2d(state.decoder->framerate.num > 0 ? state.decoder->framerate
                                   : stream.avg_frame_rate.num > 0  ? stream.avg_frame_rate
                                                                    : AVRational{0, 1});
    const bool rate_changed = work == DecodeWork::Everything && state.rate.add(placed.at, declared);
    if (shown.width != frame->width || shown.height != frame->height ||
        shown.interlaced != ffmpeg::is_interlaced(*frame) || rate_changed) {
        shown.width = frame->width;
        shown.height = frame->height;
        shown.interlaced = ffmpeg::is_interlaced(*frame);
        shown.fps = state.rate.fps();
        announce(state);
    }
    if (duration == core::Duration::zero() && shown.fps > 0) duration = core::from_seconds(1.0 / shown.fps);
    state.last_at = placed.at;
    state.last_frame = duration;
    auto view = state.pictures.show(*frame);
    if (!view) return;
    view->at = placed.at;
    view->duration = duration;
    view->arrival = placed.arrival;
    sink.on_video(state.shown.track, *view);
}

void MediaReader::Impl::show_sound(TrackState& state, const AVStream& stream) {
    auto block = state.sounds.show(*frame);
    if (!block) return;
    const core::Duration duration =
        core::ticks_to_duration(static_cast<std::int64_t>(block->samples), block->sample_rate);
    const TrackState::Placed placed = count_time(state, stream, duration);
    core::Track& shown = state.shown.description;
    if (shown.channels != frame->ch_layout.nb_channels || shown.sample_rate != frame->sample_rate) {
        shown.channels = frame->ch_layout.nb_channels;
        shown.sample_rate = frame->sample_rate;
        announce(state);
    }
    state.last_at = placed.at;
    state.last_frame = duration;
    block->at = placed.at;
    block->arrival = placed.arrival;
    sink.on_audio(state.shown.track, *block);
}

void MediaReader::Impl::drain() {
    draining = true;
    if (zero_pending) {
        (void)decide_zero();
        zero_pending = held.empty();
        while (!held.empty()) {
            const ffmpeg::Packet first = std::move(held.front());
            held.pop_front();
            handle(*first);
        }
    }
    for (TrackState& state : tracks) {
        if (state.decoder) decode(state, nullptr, *format->streams[state.shown.track]);
    }
}

MediaReader::MediaReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MediaReader::~MediaReader() = default;

core::Result<std::unique_ptr<MediaReader>> MediaReader::open(ByteInput& input, const MediaReaderOptions& options,
                                                             core::Timeline& timeline, bool fix_zero, MediaSink& sink) {
    auto impl = std::make_unique<Impl>(input, options, timeline, fix_zero, sink);
    if (auto opened = impl->open(); !opened) return tl::unexpected(opened.error());
    return std::unique_ptr<MediaReader>(new MediaReader(std::move(impl)));
}

void MediaReader::announce() {
    impl_->find_tracks();
}

core::Result<void> MediaReader::step() {
    Impl& self = *impl_;
    if (self.draining) return core::fail(ErrorCode::EndOfStream, "the session is over");
    self.work = work_.load(std::memory_order_relaxed);
    const int code = av_read_frame(self.format.get(), self.packet.get());
    if (code == AVERROR(EAGAIN)) return {};
    if (code < 0) {
        self.drain();
        return core::fail(ErrorCode::EndOfStream,
                          code == AVERROR_EOF ? "the session is over" : ffmpeg::error_text(code));
    }
    self.find_tracks();
    if (!self.tracks[static_cast<std::size_t>(self.packet->stream_index)].selected) {
        av_packet_unref(self.packet.get());
        return {};
    }
    if (self.zero_pending) {
        ffmpeg::Packet copy(av_packet_alloc());
        av_packet_move_ref(copy.get(), self.packet.get());
        self.take(std::move(copy));
    } else {
        self.handle(*self.packet);
        av_packet_unref(self.packet.get());
    }
    return {};
}

const std::string& MediaReader::format() const {
    return impl_->format_name;
}
std::uint64_t MediaReader::decode_errors() const {
    return impl_->decode_errors;
}
bool MediaReader::zero_fixed() const {
    return !impl_->zero_pending;
}

}  // namespace sightline::probe
