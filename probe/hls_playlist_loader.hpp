// SPDX-License-Identifier: Apache-2.0
// From an HLS URL to the media playlist of one variant, kept fresh (RFC 8216, 6.3).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/stream_spec.hpp"
#include "formats/hls/playlist.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"

namespace sightline::probe {

/// A playlist, key or segment of which nothing more comes for so long has failed.
inline constexpr core::Duration kHlsStall = std::chrono::seconds{5};

/// Loads the URL; if it is a multivariant playlist, the variant of the highest bandwidth; and that again and again as
/// 6.3.4 says, until it has ended. After an error it goes on trying.
///
/// Threading: the event loop's. Callbacks may call stop() or start().
class HlsPlaylistLoader {
public:
    struct Loaded {
        formats::hls::MediaPlaylist playlist;
        std::string url;           ///< after redirects: what its references are relative to
        bool from_public = false;  ///< for the address policy of what it leads to
        bool changed = true;       ///< since the load before
    };
    struct Statistics {
        std::uint64_t loads = 0, errors = 0;
        std::uint64_t bandwidth_bps = 0;  ///< of the variant; 0 where there is no multivariant playlist
    };
    using OnLoaded = std::function<void(const Loaded& loaded)>;
    using OnError = std::function<void(const core::Error& error)>;

    HlsPlaylistLoader(const core::InputSpec& input, net::EventLoop& loop, net::HttpClient& client, OnLoaded on_loaded,
                      OnError on_error);
    ~HlsPlaylistLoader() { stop(); }
    HlsPlaylistLoader(const HlsPlaylistLoader&) = delete;
    HlsPlaylistLoader& operator=(const HlsPlaylistLoader&) = delete;

    /// Begins at the user's URL, now.
    void start();
    void stop();

    [[nodiscard]] const Statistics& statistics() const { return statistics_; }
    [[nodiscard]] const std::vector<std::string>& not_watched() const { return not_watched_; }

private:
    void load();
    void take(const core::Result<net::HttpResponse>& response);
    void take_multivariant(const formats::hls::MultivariantPlaylist& playlist, const net::HttpResponse& response);
    void take_media(formats::hls::MediaPlaylist playlist, const net::HttpResponse& response);
    void note_separate_sound(const formats::hls::MultivariantPlaylist& playlist, const formats::hls::Variant& variant);
    void failed(const core::Error& error);

    const core::InputSpec& input_;
    net::EventLoop& loop_;
    net::HttpClient& client_;
    OnLoaded on_loaded_;
    OnError on_error_;
    net::EventLoop::Handle request_, timer_;
    Statistics statistics_;
    std::vector<std::string> not_watched_;
    std::string url_;          // what is loaded next
    bool in_variant_ = false;  // url_ came out of a multivariant playlist
    bool from_public_ = false;
    formats::hls::Variables variables_;  // of the multivariant playlist
    core::ArrivalTime begun_{};          // when the load in progress began
    std::optional<formats::hls::MediaPlaylist> last_;
};

/// The headers of `input` that a request for `url` carries: all of them for the input's own origin, for others only
/// those that are no secrets.
[[nodiscard]] net::HttpHeaders headers_for(const core::InputSpec& input, const std::string& url);

}  // namespace sightline::probe
