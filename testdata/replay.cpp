// SPDX-License-Identifier: Apache-2.0
#include "testdata/replay.hpp"

extern "C" {
#include <libavformat/avformat.h>
}
#include <fmt/format.h>

#include <algorithm>

namespace sightline::testdata {
namespace {

using core::ErrorCode;
using core::fail;
using core::PtsTicks;
using core::Result;

struct CloseInput {
    void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};
using Input = std::unique_ptr<AVFormatContext, CloseInput>;

Codec codec_of(AVCodecID id) {
    switch (id) {
        case AV_CODEC_ID_H264:
            return Codec::H264;
        case AV_CODEC_ID_HEVC:
            return Codec::Hevc;
        case AV_CODEC_ID_MPEG2VIDEO:
            return Codec::Mpeg2Video;
        case AV_CODEC_ID_AAC:
            return Codec::Aac;
        case AV_CODEC_ID_MP2:
            return Codec::Mp2;
        default:
            return Codec::None;
    }
}

Track track_of(const AVStream& stream, int order) {
    const AVCodecParameters& parameters = *stream.codecpar;
    Track track;
    track.video = parameters.codec_type == AVMEDIA_TYPE_VIDEO;
    track.codec = codec_of(parameters.codec_id);
    track.order = order;
    track.width = parameters.width;
    track.height = parameters.height;
    if (track.video) track.fps = {stream.avg_frame_rate.num, stream.avg_frame_rate.den};
    track.sample_rate = parameters.sample_rate;
    track.channels = parameters.ch_layout.nb_channels;
    if (const AVDictionaryEntry* language = av_dict_get(stream.metadata, "language", nullptr, 0)) {
        track.language = language->value;
    }
    if (parameters.extradata != nullptr) {
        track.extradata.assign(parameters.extradata, parameters.extradata + parameters.extradata_size);
    }
    return track;
}

/// AAC in a transport stream has ADTS headers; units have none, but their track has an AudioSpecificConfig.
void strip_adts(AccessUnit& unit, Track& track) {
    if (unit.data.size() < 7 || unit.data[0] != 0xff || (unit.data[1] & 0xf0) != 0xf0) return;
    const int profile = unit.data[2] >> 6;
    const int rate_index = (unit.data[2] >> 2) & 15;
    const int channels = ((unit.data[2] & 1) << 2) | (unit.data[3] >> 6);
    track.extradata = {static_cast<std::uint8_t>(((profile + 1) << 3) | (rate_index >> 1)),
                       static_cast<std::uint8_t>(((rate_index & 1) << 7) | (channels << 3))};
    const std::size_t header = (unit.data[1] & 1) != 0 ? 7 : 9;
    unit.data.erase(unit.data.begin(),
                    unit.data.begin() + static_cast<std::ptrdiff_t>(std::min(header, unit.data.size())));
}

}  // namespace

Result<std::unique_ptr<Replay>> Replay::open(const std::string& path, std::optional<core::Duration> length) {
    std::unique_ptr<Replay> replay(new Replay);
    replay->limit_ = length;
    if (auto read = replay->read(path); !read) return tl::unexpected(read.error());
    if (auto arranged = replay->arrange(path); !arranged) return tl::unexpected(arranged.error());
    return replay;
}

Result<void> Replay::read(const std::string& path) {
    AVFormatContext* raw = nullptr;
    const AVInputFormat* format = av_find_input_format("mpegts");
    if (const int error = avformat_open_input(&raw, path.c_str(), format, nullptr); error < 0) {
        return fail(ErrorCode::Io, fmt::format("cannot read {}: {}", path, av_error_text(error)));
    }
    const Input input(raw);
    avformat_find_stream_info(input.get(), nullptr);
    std::vector<std::size_t> track_of_stream(input->nb_streams, Truth::npos);
    for (const bool video : {true, false}) {
        int order = 0;
        for (unsigned i = 0; i < input->nb_streams; ++i) {
            Track track = track_of(*input->streams[i], order + 1);
            if (track.codec == Codec::None || track.video != video || (video && order > 0)) continue;
            ++order;
            track_of_stream[i] = tracks_.size();
            tracks_.push_back(std::move(track));
        }
    }
    const Packet packet(av_packet_alloc());
    for (; av_read_frame(input.get(), packet.get()) >= 0; av_packet_unref(packet.get())) {
        const auto stream = static_cast<std::size_t>(packet->stream_index);
        if (stream >= track_of_stream.size() || track_of_stream[stream] == Truth::npos) continue;
        if (packet->pts == AV_NOPTS_VALUE) continue;
        AccessUnit unit;
        unit.track = track_of_stream[stream];
        unit.pts = PtsTicks{packet->pts};
        unit.dts = PtsTicks{packet->dts == AV_NOPTS_VALUE ? packet->pts : packet->dts};
        unit.duration = PtsTicks{packet->duration};
        unit.key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
        unit.data.assign(packet->data, packet->data + packet->size);
        if (tracks_[unit.track].codec == Codec::Aac) strip_adts(unit, tracks_[unit.track]);
        units_.push_back(std::move(unit));
    }
    return {};
}

Result<void> Replay::arrange(const std::string& path) {
    if (units_.empty()) return fail(ErrorCode::Corrupt, fmt::format("{}: no picture or sound in it", path));
    const bool video = tracks_[0].video;
    if (video && tracks_[0].fps.num <= 0) return fail(ErrorCode::Unsupported, path + ": has no frame rate");
    PtsTicks origin = PtsTicks::max();
    for (const AccessUnit& unit : units_) {
        if (unit.track == 0) origin = std::min(origin, unit.pts);
    }
    for (AccessUnit& unit : units_) {
        unit.pts -= origin;
        unit.dts -= origin;
        if (unit.track != 0) continue;
        if (video) {
            ++frames_per_pass_;
            unit.duration = PtsTicks{std::int64_t{90'000} * tracks_[0].fps.den / tracks_[0].fps.num};
        }
        sound_length_ = std::max(sound_length_, unit.pts + unit.duration);
    }
    if (sound_length_ <= PtsTicks{0}) return fail(ErrorCode::Corrupt, path + ": its timestamps do not rise");
    std::stable_sort(units_.begin(), units_.end(),
                     [](const AccessUnit& a, const AccessUnit& b) { return a.dts < b.dts; });
    ends_.assign(tracks_.size(), PtsTicks::min());
    return {};
}

void Replay::report_to(Truth* truth, std::vector<Truth::Known> known) {
    truth_ = truth;
    known_ = std::move(known);
}

std::pair<PtsTicks, core::Duration> Replay::shift_of(std::int64_t number) const {
    if (frames_per_pass_ > 0) {
        const core::Duration time = tracks_[0].fps.time_of(frames_per_pass_ * number);
        const std::int64_t ticks = frames_per_pass_ * number * 90'000 * tracks_[0].fps.den / tracks_[0].fps.num;
        return {PtsTicks{ticks}, time};
    }
    const PtsTicks ticks = sound_length_ * number;
    return {ticks, core::to_duration(ticks)};
}

void Replay::begin_pass() {
    ++pass_;
    at_ = 0;
    if (truth_ == nullptr) return;
    const auto [ticks, time] = shift_of(pass_);
    for (std::size_t i = 0; i < known_.size(); ++i) {
        // What was done to single packets or to the whole line is not in the units any more.
        if (known_[i].track >= tracks_.size()) continue;
        const std::int64_t samples = ticks.count() * tracks_[known_[i].track].sample_rate / 90'000;
        truth_->replayed(known_[i], i, pass_, time, frames_per_pass_ * pass_, samples);
    }
}

Result<std::optional<AccessUnit>> Replay::next() {
    for (;;) {
        if (pass_ < 0 || at_ == units_.size()) begin_pass();
        AccessUnit unit = units_[at_++];
        const PtsTicks shift = shift_of(pass_).first;
        unit.pts += shift;
        unit.dts += shift;
        if (limit_ && core::to_duration(unit.dts) >= *limit_) return std::nullopt;
        const bool video = tracks_[unit.track].video;
        if (!video && unit.pts + unit.duration / 2 < ends_[unit.track]) continue;  // the last pass filled this place
        ends_[unit.track] = unit.pts + unit.duration;
        if (video) ++frames_given_;
        return unit;
    }
}

}  // namespace sightline::testdata
