// SPDX-License-Identifier: Apache-2.0
#include "probe/hls_playlist_loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/url.hpp"
#include "net/http_url.hpp"

namespace sightline::probe {
namespace {

using namespace std::chrono_literals;
namespace hls = formats::hls;

constexpr core::Duration kTotal = 20s;
constexpr core::Duration kRetryFirst = 500ms;

}  // namespace

net::HttpHeaders headers_for(const core::InputSpec& input, const std::string& url) {
    const bool home = net::same_origin(input.url, url);
    net::HttpHeaders headers;
    for (const auto& [header, value] : input.http_headers) {
        if (home || net::travels(header)) headers.emplace_back(header, value);
    }
    return headers;
}

HlsPlaylistLoader::HlsPlaylistLoader(const core::InputSpec& input, net::EventLoop& loop, net::HttpClient& client,
                                     OnLoaded on_loaded, OnError on_error)
    : input_(input), loop_(loop), client_(client), on_loaded_(std::move(on_loaded)), on_error_(std::move(on_error)) {}

void HlsPlaylistLoader::start() {
    stop();
    url_ = input_.url;
    in_variant_ = false;
    from_public_ = false;
    variables_.clear();
    last_.reset();
    load();
}

void HlsPlaylistLoader::stop() {
    request_.reset();
    timer_.reset();
}

void HlsPlaylistLoader::load() {
    begun_ = loop_.clock().now();
    net::HttpRequest request;
    request.url = url_;
    request.headers = headers_for(input_, url_);
    request.connect_timeout = input_.connect_timeout;
    request.stall_timeout = kHlsStall;
    request.total_timeout = input_.connect_timeout + kTotal;
    request.max_bytes = hls::kMaxPlaylistBytes;
    request.from_public = from_public_;
    request.allow_private = input_.allow_private;
    request_ = client_.send(std::move(request), [this](const core::Result<net::HttpResponse>& r) { take(r); });
}

void HlsPlaylistLoader::take(const core::Result<net::HttpResponse>& response) {
    request_.reset();
    ++statistics_.loads;
    if (!response) {
        failed(response.error());
        return;
    }
    if (!response->ok()) {
        failed({core::ErrorCode::Refused, net::status_text(response->status)});
        return;
    }
    hls::PlaylistContext context;
    context.imported = variables_;
    if (const auto url = core::parse_url(response->url)) context.query_parameters = url->query;
    auto playlist = hls::parse_playlist(response->body, context);
    if (!playlist) {
        failed({playlist.error().code, fmt::format("the playlist cannot be read: {}", playlist.error().message)});
    } else if (auto* const media = std::get_if<hls::MediaPlaylist>(&*playlist)) {
        take_media(std::move(*media), *response);
    } else {
        take_multivariant(std::get<hls::MultivariantPlaylist>(*playlist), *response);
    }
}

void HlsPlaylistLoader::take_multivariant(const hls::MultivariantPlaylist& playlist,
                                          const net::HttpResponse& response) {
    const hls::Variant* const variant = hls::best_variant(playlist);
    if (in_variant_ || variant == nullptr) {
        failed({core::ErrorCode::Corrupt, in_variant_ ? "a variant leads to another multivariant playlist"
                                                      : "the multivariant playlist has no variant"});
        return;
    }
    auto url = net::resolve_reference(response.url, variant->uri);
    if (!url) {
        failed(url.error());
        return;
    }
    statistics_.bandwidth_bps = variant->bandwidth;
    note_separate_sound(playlist, *variant);
    variables_ = playlist.variables;
    url_ = std::move(*url);
    in_variant_ = true;
    from_public_ = response.from_public;
    load();
}

void HlsPlaylistLoader::note_separate_sound(const hls::MultivariantPlaylist& playlist, const hls::Variant& variant) {
    not_watched_.clear();
    for (const hls::Rendition& rendition : playlist.renditions) {
        const bool sound =
            rendition.type == "AUDIO" && rendition.group == variant.audio_group && !rendition.uri.empty();
        if (!sound || variant.audio_group.empty()) continue;
        const std::string& label = rendition.language.empty() ? rendition.name : rendition.language;
        not_watched_.push_back(fmt::format("sound of a separate HLS rendition ({})", label));
    }
}

void HlsPlaylistLoader::take_media(hls::MediaPlaylist playlist, const net::HttpResponse& response) {
    Loaded loaded;
    loaded.changed = !last_ || hls::changed(*last_, playlist);
    loaded.url = response.url;
    loaded.from_public = response.from_public;
    if (const auto wait = hls::reload_after(playlist, loaded.changed)) {
        timer_ = loop_.at(std::max(begun_ + *wait, loop_.clock().now()), [this] { load(); });
    }
    last_ = playlist;
    loaded.playlist = std::move(playlist);
    const auto call = on_loaded_;
    call(loaded);
}

void HlsPlaylistLoader::failed(const core::Error& error) {
    ++statistics_.errors;
    const core::Duration wait = last_ ? std::max(kRetryFirst, last_->target_duration / 2) : kRetryFirst;
    timer_ = loop_.after(wait, [this] { load(); });
    const auto call = on_error_;
    call(error);
}

}  // namespace sightline::probe
