// SPDX-License-Identifier: Apache-2.0
// MPEG-TS over HTTP as one endless (or long) body.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/stream_spec.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"
#include "probe/backoff.hpp"
#include "probe/source.hpp"

namespace sightline::probe {

/// Fetches one URL and hands over its body as it comes.
///
/// A body without a length is live: when it ends or fails, it is fetched again with back-off, as a new session. One
/// that says its length is a file: taken as fast as the sink has room, then Ended. An answer that is an HLS playlist
/// makes this source an HLS one.
///
/// Threading: the event loop's.
class HttpSource final : public Source {
public:
    /// A connection on which nothing comes for so long is given up and made anew.
    static constexpr core::Duration kSilence = std::chrono::seconds{15};

    HttpSource(const core::InputSpec& input, const SourceOptions& options, net::EventLoop& loop,
               net::Resolver::Lookup lookup = net::look_up);
    ~HttpSource() override;

    /// `live` is known from the first Connected on.
    [[nodiscard]] SourceTraits traits() const override;
    void start(SourceSink& sink) override;
    void cancel() override;
    /// http.connections_total http.bytes_total http.status; those of HLS where it is that.
    [[nodiscard]] std::map<std::string, double> statistics() const override;
    [[nodiscard]] std::vector<std::string> not_watched() const override;
    [[nodiscard]] std::string trouble() const override;

private:
    void begin();
    void take_head(const net::HttpResponse& head);
    void take_end(const core::Result<net::HttpResponse>& response);
    void become_hls();
    void failed(const core::Error& error);
    void say(LinkState state, std::string reason, std::optional<core::Error> error = {});

    const core::InputSpec input_;
    const SourceOptions options_;
    net::EventLoop& loop_;
    net::Resolver::Lookup lookup_;
    net::HttpClient client_;
    Backoff backoff_;
    SourceSink* sink_ = nullptr;  // null: not started or cancelled
    net::EventLoop::Handle request_, retry_;
    std::unique_ptr<Source> hls_;
    bool file_ = false;
    std::uint64_t connections_ = 0, bytes_ = 0, bytes_at_failure_ = 0;
    int status_ = 0;
};

/// The headers that an input's requests carry.
[[nodiscard]] net::HttpHeaders http_headers(const core::InputSpec& input);

/// For http:// and https:// URLs: HLS where the path ends in .m3u8 or .m3u, else HttpSource.
[[nodiscard]] core::Result<std::unique_ptr<Source>> make_http_source(const core::InputSpec& input,
                                                                     const SourceOptions& options,
                                                                     net::EventLoop& loop);

}  // namespace sightline::probe
