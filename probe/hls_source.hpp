// SPDX-License-Identifier: Apache-2.0
// HLS, live and on demand, through our own fetcher: one variant, as one run of bytes.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/stream_spec.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"
#include "probe/backoff.hpp"
#include "probe/hls_playlist_loader.hpp"
#include "probe/hls_segment_fetcher.hpp"
#include "probe/source.hpp"

namespace sightline::probe {

/// Plays one HLS stream: live from three target durations before its end, on demand from its beginning.
///
/// Segments come in order, each whole, with the arrival time of its last byte and a boundary before it: Session at the
/// first one, at a discontinuity, at a new init section (which comes before the segment's bytes) and after the playlist
/// was lost; Segment elsewhere. A segment that cannot be had after three attempts is left out. Bytes are given only
/// while the sink has room; meanwhile at most kMostHeld are fetched ahead. The link is Unreachable when the playlist
/// cannot be had: at once in the beginning, later after kPatience. It is then begun anew from the user's URL. It is
/// Ended after the last segment of a playlist that has ended, and Failed where the stream is encrypted in a way that is
/// not supported. A live playlist without a new segment for 1.5 target durations counts as stalled (hls.stalled); no
/// bytes come then.
///
/// Threading: the event loop's.
/// Does not see: other variants, and sound or subtitles in playlists of their own (not_watched() names them).
class HlsSource final : public Source {
public:
    static constexpr std::size_t kMostHeld = 16U << 20;
    static constexpr core::Duration kPatience = std::chrono::seconds{10};

    HlsSource(const core::InputSpec& input, const SourceOptions& options, net::EventLoop& loop,
              net::Resolver::Lookup lookup = net::look_up);
    ~HlsSource() override;

    /// `live` is known from the first Connected on.
    [[nodiscard]] SourceTraits traits() const override;
    void start(SourceSink& sink) override;
    void cancel() override;
    /// hls.playlist_loads_total hls.playlist_errors_total hls.segments_total hls.segment_errors_total
    /// hls.skipped_segments_total (given up after attempts) hls.missed_segments_total (gone before we came to them)
    /// hls.discontinuities_total hls.bytes_total hls.bandwidth_bps hls.target_duration_s hls.playlist_age_s hls.stalled
    /// hls.last_fetch_s hls.held_bytes hls.separate_renditions.
    [[nodiscard]] std::map<std::string, double> statistics() const override;
    [[nodiscard]] std::vector<std::string> not_watched() const override { return loader_.not_watched(); }
    [[nodiscard]] std::string trouble() const override;

private:
    void take_playlist(const HlsPlaylistLoader::Loaded& loaded);
    bool find_place(const HlsPlaylistLoader::Loaded& loaded);
    void plan_new(const HlsPlaylistLoader::Loaded& loaded);
    void drop_overdue(std::size_t keep);
    void playlist_failed(const core::Error& error);
    void fetch_next();
    void take_segment(core::Result<HlsSegment> segment);
    void give();
    void give_boundary(const HlsSegment& segment);
    bool give_bytes(std::string_view bytes, core::ArrivalTime arrival);
    void end_if_done();
    void fail_for_good(const core::Error& error);
    void say(LinkState state, std::string reason, std::optional<core::Error> error = {});
    [[nodiscard]] bool stalled() const;

    const core::InputSpec input_;
    net::EventLoop& loop_;
    net::HttpClient client_;
    HlsPlaylistLoader loader_;
    HlsSegmentFetcher fetcher_;
    Backoff backoff_;
    SourceSink* sink_ = nullptr;  // null: not started, cancelled or over
    net::EventLoop::Handle retry_, give_timer_;

    bool connected_ = false;
    bool vod_ = false;
    bool ended_ = false;                              // the playlist has
    std::optional<core::ArrivalTime> failing_since_;  // playlist loads, since connected
    std::string playlist_path_;                       // its URL without the query: tells whether sequence numbers go on
    std::optional<std::uint64_t> next_sequence_;      // to plan
    std::optional<core::ArrivalTime> behind_since_;
    core::ArrivalTime last_new_{};  // when the playlist last brought something
    core::Duration target_duration_{};
    std::deque<HlsSegmentPlan> planned_;
    std::deque<HlsSegment> held_;  // fetched, not yet given
    std::size_t held_bytes_ = 0;
    std::size_t given_ = 0;  // bytes of held_.front() (init included) given so far
    bool new_session_ = true;
    std::optional<std::uint64_t> last_discontinuity_;
    std::shared_ptr<const std::string> last_init_;
    std::optional<core::Error> last_failure_;  // of the newest segment, where it could not be had
    std::uint64_t segments_ = 0, skipped_ = 0, missed_ = 0, discontinuities_ = 0;
};

}  // namespace sightline::probe
