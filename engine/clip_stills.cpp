// SPDX-License-Identifier: Apache-2.0
#include "engine/clip_stills.hpp"

#include <algorithm>
#include <cmath>

#include "analyzers/picture.hpp"
#include "core/timeline.hpp"
#include "engine/still_jpeg.hpp"
#include "probe/media_reader.hpp"

namespace sightline::engine {
namespace {

using probe::Container;

constexpr double kStillWidth = 960, kStillHeight = 540;
/// Packets come in the order of decoding: a key frame's own packet may come after later pictures' by this much.
constexpr core::Duration kReorder = std::chrono::milliseconds{1'500};
constexpr core::Duration kBadWithin = std::chrono::seconds{10};

int wrap_bits(Container container) {
    return container == Container::MpegTs ? 33 : container == Container::Flv ? 32 : 0;
}

/// Pictures of the first picture track.
class Pictures : public probe::MediaSink {
public:
    void on_track(const probe::DemuxedTrack& track) override {
        const std::optional<int> pid = track.description.pid;
        if (pid && std::find(tracks.pids.begin(), tracks.pids.end(), *pid) == tracks.pids.end())
            tracks.pids.push_back(*pid);
        if (track.description.kind != core::TrackKind::Video || (track_ && track.track > *track_)) return;
        track_ = track.track;
        tracks.picture = pid;
    }
    void on_packet(int track, std::optional<core::MediaTime> at, std::size_t /*bytes*/,
                   std::optional<core::ArrivalTime> /*arrival*/) override {
        if (at && track == track_) newest = at;
        if (!at) return;
        if (!first) first = at;
        last = last ? std::max(*last, *at) : *at;
    }
    void on_video(int track, const core::VideoFrame& frame) override {
        if (track == track_) on_picture(frame);
    }
    void on_audio(int /*track*/, const core::AudioBlock& /*block*/) override {}
    [[nodiscard]] bool may_decode(int track, std::optional<int> /*pid*/, core::MediaTime /*at*/) override {
        return track == track_;
    }
    virtual void on_picture(const core::VideoFrame& frame) = 0;

    std::optional<core::MediaTime> first, last, newest;
    TsTracks tracks;

private:
    std::optional<int> track_;
};

class Survey final : public Pictures {
public:
    void on_picture(const core::VideoFrame& frame) override { keys.push_back({frame.at, frame.arrival}); }
    std::vector<ClipKey> keys;
};

class Stills final : public Pictures {
public:
    explicit Stills(const StillWish& wish) : wish_(wish) {}
    void on_picture(const core::VideoFrame& frame) override {
        if (wish_.decode_from && frame.at < *wish_.decode_from) return;
        if (!wish_.good_before || frame.at < *wish_.good_before) found.good = frame;
        if (wish_.bad_from && !found.bad && frame.at >= *wish_.bad_from) found.bad = frame;
    }
    StillFrames found;

private:
    const StillWish& wish_;
};

probe::MediaReaderOptions reader_options(const RingSession& session, const ClipOrder& order) {
    probe::MediaReaderOptions options;
    options.container = session.container;
    if (order.service != 0) options.services = {order.service};
    options.max_tracks = order.max_tracks;
    options.max_pixels = order.max_pixels;
    return options;
}

}  // namespace

SessionSurvey survey(int ring, const RingSession& session, const ClipOrder& order) {
    SessionSurvey out;
    RingInput input(ring, session);
    core::Timeline timeline(wrap_bits(session.container));
    Survey sink;
    auto reader = probe::MediaReader::open(input, reader_options(session, order), timeline, true, sink);
    if (!reader) return out;
    (*reader)->announce();
    (*reader)->set_work(order.pictures ? probe::DecodeWork::KeyFrames : probe::DecodeWork::Nothing);
    while ((*reader)->step()) {
    }
    out.keys = std::move(sink.keys);
    out.tracks = std::move(sink.tracks);
    out.first = sink.first;
    out.last = sink.last;
    out.offset = timeline.offset();
    if (const auto zero = timeline.arrival_of(core::MediaTime{})) out.difference = zero->time_since_epoch();
    return out;
}

StillFrames find_stills(int ring, const RingSession& session, const ClipOrder& order, const StillWish& wish) {
    RingInput input(ring, session);
    core::Timeline timeline(wrap_bits(session.container));
    Stills sink(wish);
    auto reader = probe::MediaReader::open(input, reader_options(session, order), timeline, true, sink);
    if (!reader) return {};
    (*reader)->announce();
    const auto until = wish.bad_from ? std::optional(*wish.bad_from + kBadWithin) : wish.good_before;
    bool more = true;
    while (more && !sink.found.bad) {
        const bool early = wish.decode_from && (!sink.newest || *sink.newest < *wish.decode_from - kReorder);
        (*reader)->set_work(early ? probe::DecodeWork::KeyFrames : probe::DecodeWork::Everything);
        more = (*reader)->step().has_value() && !(until && sink.newest && *sink.newest > *until + kReorder);
    }
    return std::move(sink.found);
}

std::string still_of(const core::VideoFrame& frame) {
    const double shape = static_cast<double>(std::max(frame.sar_num, 1)) / std::max(frame.sar_den, 1);
    const double width = frame.luma.width * shape, height = frame.luma.height;
    if (width < 1 || height < 1) return {};
    const double scale = std::min({1.0, kStillWidth / width, kStillHeight / height});
    analyzers::PicturePass pass(10.0);
    analyzers::SmallImage image;
    (void)pass.process(frame, std::max(1, static_cast<int>(std::lround(width * scale))),
                       std::max(1, static_cast<int>(std::lround(height * scale))), image);
    return to_jpeg(image);
}

}  // namespace sightline::engine
