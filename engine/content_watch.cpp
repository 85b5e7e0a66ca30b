// SPDX-License-Identifier: Apache-2.0
#include "engine/content_watch.hpp"

#include <algorithm>
#include <utility>

#include "analyzers/registry.hpp"

namespace sightline::engine {
namespace {

using core::TrackKind;

/// A track that brings nothing follows the others at this distance, so that its rules' patience still runs.
constexpr core::Duration kLongestLag = std::chrono::seconds{1};
constexpr core::Duration kTickStep = std::chrono::milliseconds{10};
constexpr core::Duration kStillStep = std::chrono::seconds{2};
constexpr int kStillWidth = 320, kStillHeight = 180;

}  // namespace

/// Passes findings on and remembers whether one of them looked wrong.
class ContentWatch::Tap final : public core::Findings {
public:
    explicit Tap(core::Findings& out) : out_(out) {}
    void add(core::Observation observation) override {
        const auto* edge = std::get_if<core::StateEdge>(&observation);
        if (edge != nullptr && edge->verdict == core::Verdict::Bad) suspicion = true;
        out_.add(std::move(observation));
    }
    bool suspicion = false;

private:
    core::Findings& out_;
};

/// One track, by its lasting name.
struct ContentWatch::Watched {
    core::Track track;
    TrackKind demuxed_as = TrackKind::None;
    bool listed = false;  // in the present session
    analyzers::PicturePass pass{10.0};
    std::vector<std::unique_ptr<analyzers::VideoAnalyzer>> video;
    std::vector<std::unique_ptr<analyzers::AudioAnalyzer>> audio;
    bool made = false;
    std::string made_codec;
    int made_channels = 0;
    bool scrambled = false;
    std::optional<core::MediaTime> until;               // analysed up to here
    core::MediaTime forgotten{core::MediaTime::min()};  // unknown from here on: what comes next is no older
    std::optional<core::MediaTime> ticked;              // said
    std::optional<core::ArrivalTime> arrival;
};

ContentWatch::ContentWatch(const core::StreamSpec& spec, Options options, const TrackNames& names,
                           const core::Timeline& timeline, core::Findings& out)
    : spec_(spec),
      options_(std::move(options)),
      names_(names),
      timeline_(timeline),
      out_(std::make_unique<Tap>(out)),
      presence_(spec.expect) {}

ContentWatch::~ContentWatch() = default;

bool ContentWatch::take_suspicion() {
    return std::exchange(out_->suspicion, false);
}

void ContentWatch::begin_session(const std::string& format) {
    format_ = format;
    by_index_.clear();
    counted_.clear();
    for (auto& [subject, track] : tracks_) track->listed = false;
    bitrate_.reset();
}

void ContentWatch::end_session(bool more) {
    if (!more) {
        for (auto& [subject, track] : tracks_) {
            for (auto& analyzer : track->audio) analyzer->finish(*out_);
        }
    }
    settle();
    if (!more) return;
    for (auto& [subject, track] : tracks_) forget(*track);
    presence_.reset({newest_, timeline_.arrival_of(newest_)}, *out_);
}

core::Subject ContentWatch::subject_of(const probe::DemuxedTrack& track) {
    if (track.description.pid) {
        if (auto named = names_.subject(track.service, *track.description.pid)) return *named;
    }
    // Inputs without a PMT: the demuxer's order. Counted once a track.
    core::Subject subject;
    int& count = counted_[track.description.kind];
    if (!by_index_.contains(track.track)) ++count;
    subject.track = std::string(core::name(track.description.kind)) + ":" + std::to_string(std::max(count, 1));
    return subject;
}

ContentWatch::Watched& ContentWatch::watched(const core::Subject& subject) {
    std::unique_ptr<Watched>& track = tracks_[subject];
    if (!track) {
        track = std::make_unique<Watched>();
        track->track.subject = subject;
    }
    return *track;
}

void ContentWatch::on_track(const probe::DemuxedTrack& found) {
    const auto known = by_index_.find(found.track);
    Watched& track = known != by_index_.end() ? *known->second : watched(subject_of(found));
    by_index_[found.track] = &track;
    core::Subject subject = std::move(track.track.subject);
    track.track = found.description;
    track.track.subject = std::move(subject);
    track.demuxed_as = found.description.kind;
    if (found.description.kind == TrackKind::Data && found.description.pid) name_unknown(found, track.track);
    track.listed = true;
    inventory_changed_ = true;
    make_analyzers(track);
}

/// A codec that the demuxer does not know (AC-4) is still the picture or sound that the PMT says it is. It may be found
/// out with the first packet; where one comes and it is not, the track is not watched.
void ContentWatch::name_unknown(const probe::DemuxedTrack& found, core::Track& track) const {
    const TrackNames::Announced announced = names_.announced(found.service, *found.description.pid);
    if (announced.kind != TrackKind::Video && announced.kind != TrackKind::Audio) return;
    track.kind = announced.kind;
    track.codec = announced.codec;
}

/// Analyzers are made once the decoder has said what the track is, and anew when it becomes something else.
void ContentWatch::make_analyzers(Watched& track) {
    const core::Track& t = track.track;
    const bool known = t.kind == TrackKind::Video ? t.width > 0 : t.kind == TrackKind::Audio && t.channels > 0;
    if (!known || !t.watched || (track.made && track.made_codec == t.codec && track.made_channels == t.channels))
        return;
    forget(track);
    analyzers::AnalyzerContext context;
    context.track = t;
    context.expect = spec_.expect;
    context.every_picture = options_.every_picture;
    for (const core::Rule& rule : spec_.rules) {
        if (!rule.parameters.empty()) context.parameters[rule.name] = rule.parameters;
    }
    if (t.kind == TrackKind::Video) {
        track.video = analyzers::make_video_analyzers(context);
        track.pass = analyzers::make_picture_pass(context);
    } else {
        track.audio = analyzers::make_audio_analyzers(context);
    }
    track.made = true;
    track.made_codec = t.codec;
    track.made_channels = t.channels;
}

void ContentWatch::forget(Watched& track) {
    if (track.until) track.forgotten = *track.until;
    const core::Instant at{track.until.value_or(newest_), track.arrival};
    for (auto& analyzer : track.video) analyzer->reset(at, *out_);
    for (auto& analyzer : track.audio) analyzer->reset(at, *out_);
    track.pass.reset();
}

void ContentWatch::on_packet(int index, std::optional<core::MediaTime> at, std::size_t bytes,
                             std::optional<core::ArrivalTime> arrival) {
    const auto track = by_index_.find(index);
    if (track != by_index_.end()) note_undecodable(*track->second);
    if (!at) return;
    if (format_ != "mpegts") bitrate_.add({*at, arrival}, bytes, *out_);
    if (track == by_index_.end()) return;
    packets_until_ = std::max(packets_until_, *at);
    presence_.media(track->second->track.subject, {*at, arrival}, core::Duration{}, *out_);
}

void ContentWatch::note_undecodable(Watched& track) {
    core::Track& shown = track.track;
    if (track.demuxed_as == shown.kind || !shown.watched) return;
    shown.watched = false;
    shown.not_watched = std::string(shown.kind == TrackKind::Video ? "picture" : "sound") +
                        " not decoded: " + (shown.codec.empty() ? "unknown codec" : shown.codec);
    inventory_changed_ = true;
}

bool ContentWatch::may_decode(int index, std::optional<int> pid, core::MediaTime at) {
    if (!pid) return true;
    const bool scrambled = names_.scrambled(*pid, at);
    const auto track = by_index_.find(index);
    if (track != by_index_.end() && scrambled != track->second->scrambled) {
        Watched& watched = *track->second;
        watched.scrambled = scrambled;
        if (scrambled) forget(watched);
        inventory_changed_ = true;
    }
    return !scrambled;
}

void ContentWatch::on_video(int index, const core::VideoFrame& decoded) {
    const auto found = by_index_.find(index);
    if (found == by_index_.end()) return;
    Watched& track = *found->second;
    core::VideoFrame frame = decoded;
    frame.arrival = timeline_.arrival_of(frame.at);  // the steady estimate, not the burst it came in
    see(track, frame);
    ++pictures_;
    if (frame.key) last_key_ = frame.at;
    progress(track, frame.at, frame.arrival);
}

/// Walls see the first video track that the present session lists.
bool ContentWatch::shows(Watched& track) {
    if (options_.wall == nullptr) return false;
    const bool first = shown_ == nullptr || !shown_->listed || track.track.subject < shown_->track.subject;
    if (first) shown_ = &track;
    return shown_ == &track;
}

/// One pass over the luma: statistics for the analyzers, and the small image for whoever wants one.
void ContentWatch::see(Watched& track, const core::VideoFrame& frame) {
    const bool still_due =
        options_.still && (!last_still_ || frame.at - *last_still_ >= kStillStep || frame.at < *last_still_);
    const bool shown = shows(track);
    const WallWish wish = shown ? options_.wall->wish() : WallWish{};
    const auto tile = shown ? options_.wall->tiles.shrunk_size(frame, wish) : std::nullopt;
    const auto still = tile_size(frame, kStillWidth, kStillHeight);
    const bool image = tile || still_due;
    const auto size = tile.value_or(still);
    const analyzers::Picture& picture =
        image ? track.pass.process(frame, size.first, size.second, image_) : track.pass.process(frame);
    for (auto& analyzer : track.video) analyzer->process(picture, *out_);
    if (shown) options_.wall->tiles.picture(frame, tile ? &image_ : nullptr, wish, key_frames_only_);
    if (!still_due) return;
    last_still_ = frame.at;
    options_.still(tile ? analyzers::shrink(image_, still.first, still.second) : image_);
}

void ContentWatch::on_audio(int index, const core::AudioBlock& decoded) {
    const auto found = by_index_.find(index);
    if (found == by_index_.end()) return;
    core::AudioBlock block = decoded;
    block.arrival = timeline_.arrival_of(block.at);
    // Where a stream is cut its sound overlaps by part of a frame: a verdict before the reset would not count.
    core::AudioBlock analysed = block;
    analysed.at = std::max(block.at, found->second->forgotten);
    for (auto& analyzer : found->second->audio) analyzer->process(analysed, *out_);
    hear(*found->second, block);
    ++sounds_;
    progress(*found->second,
             block.at + core::ticks_to_duration(static_cast<std::int64_t>(block.samples), block.sample_rate),
             block.arrival);
}

/// What walls show of a track's sound.
void ContentWatch::hear(const Watched& track, const core::AudioBlock& block) {
    if (options_.wall == nullptr) return;
    const WallWish wish = options_.wall->wish();
    analyzers::LoudnessNow loudness;
    if (wish.width > 0) {
        for (const auto& analyzer : track.audio) loudness = analyzer->loudness().value_or(loudness);
    }
    options_.wall->sound.sound(track.track, block, wish, loudness);
}

void ContentWatch::progress(Watched& track, core::MediaTime until, std::optional<core::ArrivalTime> arrival) {
    track.until = track.until ? std::max(*track.until, until) : until;
    track.arrival = arrival;
    newest_ = std::max(newest_, until);
}

void ContentWatch::settle() {
    if (inventory_changed_) say_inventory();
    // Packets run ahead of pictures by the decoder's delay; a track is missed by what has come, not by what was shown.
    const core::MediaTime reached = std::max(newest_, packets_until_);
    if (reached - presence_ticked_ >= kTickStep * 10) {
        presence_.progress({reached, timeline_.arrival_of(reached)}, *out_);
        presence_ticked_ = reached;
    }
    for (auto& [subject, track] : tracks_) {
        if (track->track.kind != TrackKind::Video && track->track.kind != TrackKind::Audio) continue;
        const core::MediaTime at = std::max(track->until.value_or(core::MediaTime{}), reached - kLongestLag);
        if (track->ticked && at - *track->ticked < kTickStep) continue;
        if (at <= core::MediaTime{}) continue;
        track->ticked = at;
        out_->add(core::Tick{core::ClockDomain::Media, {at, timeline_.arrival_of(at)}, subject.track});
    }
}

void ContentWatch::say_inventory() {
    inventory_changed_ = false;
    core::Inventory inventory;
    inventory.format = format_;
    for (const auto& [subject, track] : tracks_) {
        if (!track->listed) continue;
        core::Track shown = track->track;
        if (track->scrambled) {
            shown.watched = false;
            shown.not_watched =
                std::string(shown.kind == TrackKind::Video ? "picture" : "sound") + " not decoded: scrambled";
        }
        inventory.tracks.push_back(std::move(shown));
    }
    std::stable_sort(inventory.tracks.begin(), inventory.tracks.end(), [](const core::Track& a, const core::Track& b) {
        return std::pair(a.subject.service, a.kind) < std::pair(b.subject.service, b.kind);
    });
    presence_.inventory(inventory, {newest_, timeline_.arrival_of(newest_)}, *out_);
    out_->add(std::move(inventory));
}

}  // namespace sightline::engine
