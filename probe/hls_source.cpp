// SPDX-License-Identifier: Apache-2.0
#include "probe/hls_source.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

namespace sightline::probe {
namespace {

using namespace std::chrono_literals;
namespace hls = formats::hls;

constexpr std::size_t kPiece = 348 * 188;       // given at a time: whole transport packets, just under 64 KiB
constexpr std::size_t kMostPerTurn = 4U << 20;  // then the loop's other work has its turn
constexpr core::Duration kLookAgain = 5ms;      // whether the sink has room
constexpr std::size_t kLeastPlanned = 6;

std::string without_query(const std::string& url) {
    return url.substr(0, url.find('?'));
}

}  // namespace

HlsSource::HlsSource(const core::InputSpec& input, const SourceOptions& options, net::EventLoop& loop,
                     net::Resolver::Lookup lookup)
    : input_(input),
      loop_(loop),
      client_(loop, std::move(lookup)),
      loader_(
          input_, loop, client_, [this](const HlsPlaylistLoader::Loaded& loaded) { take_playlist(loaded); },
          [this](const core::Error& error) { playlist_failed(error); }),
      fetcher_(input_, loop, client_),
      backoff_(options.jitter_seed) {}

HlsSource::~HlsSource() {
    cancel();
}

SourceTraits HlsSource::traits() const {
    return {!vod_, true, true, Container::Unknown};
}

void HlsSource::start(SourceSink& sink) {
    sink_ = &sink;
    say(LinkState::Connecting, {});
    if (sink_ != nullptr) loader_.start();
}

void HlsSource::cancel() {
    sink_ = nullptr;
    loader_.stop();
    fetcher_.stop();
    retry_.reset();
    give_timer_.reset();
}

void HlsSource::say(LinkState state, std::string reason, std::optional<core::Error> error) {
    if (sink_ != nullptr) sink_->on_link({state, std::move(reason), std::move(error), loop_.clock().now()});
}

void HlsSource::take_playlist(const HlsPlaylistLoader::Loaded& loaded) {
    failing_since_.reset();
    target_duration_ = loaded.playlist.target_duration;
    const core::ArrivalTime now = loop_.clock().now();
    if (loaded.changed || !connected_) last_new_ = now;
    if (!next_sequence_) vod_ = loaded.playlist.ended;
    ended_ = loaded.playlist.ended;
    if (!std::exchange(connected_, true)) {
        new_session_ = true;
        backoff_.reset();
        say(LinkState::Connected, {});
        if (sink_ == nullptr) return;
    }
    if (find_place(loaded)) plan_new(loaded);
    if (sink_ == nullptr) return;
    if (!vod_) drop_overdue(std::max(loaded.playlist.segments.size(), kLeastPlanned));
    fetch_next();
    end_if_done();
}

/// Sets next_sequence_ where there is none yet, or where the playlist began anew. @return whether to go on.
bool HlsSource::find_place(const HlsPlaylistLoader::Loaded& loaded) {
    const hls::MediaPlaylist& playlist = loaded.playlist;
    const std::string path = without_query(loaded.url);
    if (playlist.segments.empty()) return false;
    const std::uint64_t end = playlist.segments.back().sequence + 1;
    const core::ArrivalTime now = loop_.clock().now();
    bool begins_anew = !next_sequence_ || path != playlist_path_;
    if (!begins_anew && end < *next_sequence_) {
        // A cache that lags shows an older playlist; one that stays or lies far behind is another encoder's.
        if (!behind_since_) behind_since_ = now;
        begins_anew = *next_sequence_ - end > playlist.segments.size() || now - *behind_since_ > 3 * target_duration_;
    } else {
        behind_since_.reset();
    }
    playlist_path_ = path;
    if (begins_anew) {
        behind_since_.reset();
        if (next_sequence_) new_session_ = true;
        next_sequence_ = playlist.segments[hls::first_segment(playlist)].sequence;
    }
    return true;
}

void HlsSource::plan_new(const HlsPlaylistLoader::Loaded& loaded) {
    const auto& segments = loaded.playlist.segments;
    if (segments.front().sequence > *next_sequence_) {
        missed_ += segments.front().sequence - *next_sequence_;
        next_sequence_ = segments.front().sequence;
    }
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (segments[i].sequence < *next_sequence_) continue;
        next_sequence_ = segments[i].sequence + 1;
        if (segments[i].gap) {
            ++missed_;
            continue;
        }
        auto plan = plan_segment(loaded.playlist, i, loaded.url, loaded.from_public);
        if (plan) {
            planned_.push_back(std::move(*plan));
        } else if (plan.error().code == core::ErrorCode::Unsupported) {
            fail_for_good(plan.error());
            return;
        } else {
            ++skipped_;
        }
    }
}

/// Live, and we are too slow: what the server is about to forget is left out.
void HlsSource::drop_overdue(std::size_t keep) {
    while (planned_.size() > keep) {
        planned_.pop_front();
        ++missed_;
    }
}

void HlsSource::playlist_failed(const core::Error& error) {
    const core::ArrivalTime now = loop_.clock().now();
    if (connected_) {
        if (!failing_since_) failing_since_ = now;
        if (now - *failing_since_ < std::max<core::Duration>(kPatience, 2 * target_duration_))
            return;  // loader_ tries on
    }
    connected_ = false;
    failing_since_.reset();
    loader_.stop();
    if (error.code == core::ErrorCode::InvalidConfig) {
        fail_for_good(error);
        return;
    }
    retry_ = loop_.after(backoff_.next(), [this] {
        say(LinkState::Connecting, {});
        if (sink_ != nullptr) loader_.start();
    });
    say(LinkState::Unreachable, error.message, error);
}

void HlsSource::fetch_next() {
    if (sink_ == nullptr || fetcher_.busy() || planned_.empty() || held_bytes_ >= kMostHeld) return;
    HlsSegmentPlan plan = std::move(planned_.front());
    planned_.pop_front();
    fetcher_.fetch(std::move(plan), [this](core::Result<HlsSegment> segment) { take_segment(std::move(segment)); });
}

void HlsSource::take_segment(core::Result<HlsSegment> segment) {
    if (segment) {
        ++segments_;
        last_failure_.reset();
        held_bytes_ += segment->bytes.size();
        held_.push_back(std::move(*segment));
    } else {
        ++skipped_;
        last_failure_ = segment.error();
    }
    fetch_next();
    give();
}

/// Hands over as much as the sink has room for.
void HlsSource::give() {
    give_timer_.reset();
    std::size_t this_turn = 0;
    while (sink_ != nullptr && !held_.empty()) {
        const std::size_t before = given_;
        if (this_turn >= kMostPerTurn || sink_->room() < kPiece) {
            give_timer_ = loop_.after(this_turn >= kMostPerTurn ? core::Duration{} : kLookAgain, [this] { give(); });
            return;
        }
        const HlsSegment& segment = held_.front();
        if (given_ == 0) give_boundary(segment);
        const std::string_view init = segment.init && segment.init != last_init_ ? *segment.init : std::string_view{};
        const std::size_t size = init.size() + segment.bytes.size();
        const bool in_init = given_ < init.size();
        const std::string_view part = in_init ? init.substr(given_, kPiece)
                                              : std::string_view(segment.bytes).substr(given_ - init.size(), kPiece);
        if (!give_bytes(part, segment.arrival)) return;
        given_ += part.size();
        this_turn += given_ - before;
        if (given_ < size) continue;
        last_init_ = segment.init;
        held_bytes_ -= segment.bytes.size();
        held_.pop_front();
        given_ = 0;
        fetch_next();
    }
    end_if_done();
}

void HlsSource::give_boundary(const HlsSegment& segment) {
    const bool first = !last_discontinuity_;
    const bool discontinuity = !first && *last_discontinuity_ != segment.plan.discontinuity_sequence;
    last_discontinuity_ = segment.plan.discontinuity_sequence;
    discontinuities_ += discontinuity ? 1 : 0;
    Boundary boundary;
    const bool session = new_session_ || discontinuity || segment.init != last_init_;
    boundary.kind = session ? Boundary::Kind::Session : Boundary::Kind::Segment;
    boundary.declared = segment.plan.duration;
    if (segment.init) {
        boundary.container = Container::Mp4Fragments;
    } else if (!segment.bytes.empty() && segment.bytes[0] == 0x47) {
        boundary.container = Container::MpegTs;
    }
    if (session) last_init_.reset();  // every session begins with its init section
    new_session_ = false;
    if (sink_ != nullptr) sink_->on_boundary(boundary);
}

/// @return false once the sink has cancelled us.
bool HlsSource::give_bytes(std::string_view bytes, core::ArrivalTime arrival) {
    if (sink_ != nullptr && !bytes.empty()) sink_->on_bytes(std::as_bytes(std::span(bytes)), arrival);
    return sink_ != nullptr;
}

void HlsSource::end_if_done() {
    if (sink_ == nullptr || !ended_ || !connected_ || !planned_.empty() || fetcher_.busy() || !held_.empty()) return;
    if (segments_ == 0 && last_failure_) {
        fail_for_good({last_failure_->code, "none of its segments could be fetched: " + last_failure_->message});
        return;
    }
    SourceSink* const sink = sink_;
    cancel();
    sink->on_link({LinkState::Ended, {}, {}, loop_.clock().now()});
}

std::string HlsSource::trouble() const {
    return last_failure_ ? "segments cannot be fetched: " + last_failure_->message : std::string{};
}

void HlsSource::fail_for_good(const core::Error& error) {
    SourceSink* const sink = sink_;
    cancel();
    if (sink != nullptr) sink->on_link({LinkState::Failed, error.message, error, loop_.clock().now()});
}

bool HlsSource::stalled() const {
    return connected_ && !ended_ && loop_.clock().now() - last_new_ > target_duration_ * 3 / 2;
}

std::map<std::string, double> HlsSource::statistics() const {
    const auto number = [](auto value) { return static_cast<double>(value); };
    const auto& playlists = loader_.statistics();
    const auto& fetches = fetcher_.statistics();
    return {
        {"hls.playlist_loads_total", number(playlists.loads)},
        {"hls.playlist_errors_total", number(playlists.errors)},
        {"hls.segments_total", number(segments_)},
        {"hls.segment_errors_total", number(fetches.errors)},
        {"hls.skipped_segments_total", number(skipped_)},
        {"hls.missed_segments_total", number(missed_)},
        {"hls.discontinuities_total", number(discontinuities_)},
        {"hls.bytes_total", number(fetches.bytes)},
        {"hls.bandwidth_bps", number(playlists.bandwidth_bps)},
        {"hls.target_duration_s", core::to_seconds(target_duration_)},
        {"hls.playlist_age_s", connected_ ? core::to_seconds(loop_.clock().now() - last_new_) : 0},
        {"hls.stalled", stalled() ? 1 : 0},
        {"hls.last_fetch_s", fetches.last_fetch_s},
        {"hls.held_bytes", number(held_bytes_)},
        {"hls.separate_renditions", number(loader_.not_watched().size())},
    };
}

}  // namespace sightline::probe
