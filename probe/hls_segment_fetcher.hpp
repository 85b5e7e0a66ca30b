// SPDX-License-Identifier: Apache-2.0
// One HLS segment, whole, with the key and the init section it needs.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/stream_spec.hpp"
#include "formats/hls/playlist.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"
#include "probe/hls_decrypt.hpp"

namespace sightline::probe {

/// A resource, or part of one, by its whole URL.
struct HlsResource {
    std::string url;
    std::optional<formats::hls::ByteRange> range;
    std::string key_url;  ///< empty: not encrypted
    AesBlock iv{};
    friend bool operator==(const HlsResource&, const HlsResource&) = default;
};

struct HlsSegmentPlan {
    std::uint64_t sequence = 0;
    std::uint64_t discontinuity_sequence = 0;
    core::Duration duration{};
    HlsResource media;
    std::optional<HlsResource> init;
    bool from_public = false;
};

struct HlsSegment {
    HlsSegmentPlan plan;
    std::string bytes;                        ///< decrypted
    std::shared_ptr<const std::string> init;  ///< null for MPEG-TS
    core::ArrivalTime arrival{};              ///< of the last byte
};

/// What a playlist says about its segment `index`, with all references made whole.
/// @return Corrupt or Refused for references that lead nowhere; Unsupported for encryption other than AES-128 with a
/// key
///         that is simply there ("identity").
[[nodiscard]] core::Result<HlsSegmentPlan> plan_segment(const formats::hls::MediaPlaylist& playlist, std::size_t index,
                                                        const std::string& playlist_url, bool from_public);

/// Fetches one segment at a time; keys and init sections are kept for the next. Each part that fails is tried three
/// times, half a second apart.
///
/// Threading: the event loop's.
class HlsSegmentFetcher {
public:
    static constexpr std::size_t kMaxSegmentBytes = 96U << 20;
    static constexpr int kAttempts = 3;
    static constexpr core::Duration kRetry = std::chrono::milliseconds{500};
    struct Statistics {
        std::uint64_t bytes = 0;
        std::uint64_t errors = 0;  ///< attempts that failed
        double last_fetch_s = 0;   ///< how long the newest segment took
    };
    using Done = std::function<void(core::Result<HlsSegment> segment)>;

    HlsSegmentFetcher(const core::InputSpec& input, net::EventLoop& loop, net::HttpClient& client)
        : input_(input), loop_(loop), client_(client) {}
    ~HlsSegmentFetcher() { stop(); }
    HlsSegmentFetcher(const HlsSegmentFetcher&) = delete;
    HlsSegmentFetcher& operator=(const HlsSegmentFetcher&) = delete;

    /// Only when not busy(). `done` comes from the loop and may call fetch() again.
    void fetch(HlsSegmentPlan plan, Done done);
    [[nodiscard]] bool busy() const { return static_cast<bool>(done_); }
    void stop();
    [[nodiscard]] const Statistics& statistics() const { return statistics_; }

private:
    using Key = std::pair<std::string, AesBlock>;
    using Init = std::pair<HlsResource, std::shared_ptr<const std::string>>;

    void step();
    void get(const HlsResource& resource, std::size_t max_bytes, std::function<core::Result<void>(std::string)> take);
    void take_answer(const HlsResource& resource, const core::Result<net::HttpResponse>& response,
                     const std::function<core::Result<void>(std::string)>& take);
    void attempt_failed(const core::Error& error);
    void finish(core::Result<HlsSegment> result);
    [[nodiscard]] core::Result<void> decrypt(const HlsResource& resource, std::string& data) const;
    [[nodiscard]] const AesBlock* key_of(const HlsResource& resource) const;

    const core::InputSpec& input_;
    net::EventLoop& loop_;
    net::HttpClient& client_;
    net::EventLoop::Handle request_, timer_;
    HlsSegmentPlan plan_;
    Done done_;
    int failures_ = 0;
    core::ArrivalTime begun_{};
    std::deque<Key> keys_;  // newest last
    std::optional<Init> init_;
    Statistics statistics_;
};

}  // namespace sightline::probe
