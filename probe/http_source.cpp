// SPDX-License-Identifier: Apache-2.0
#include "probe/http_source.hpp"

#include <string_view>
#include <utility>

#include "core/url.hpp"
#include "probe/hls_source.hpp"

namespace sightline::probe {
namespace {

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

net::HttpHeaders http_headers(const core::InputSpec& input) {
    return {input.http_headers.begin(), input.http_headers.end()};
}

HttpSource::HttpSource(const core::InputSpec& input, const SourceOptions& options, net::EventLoop& loop,
                       net::Resolver::Lookup lookup)
    : input_(input),
      options_(options),
      loop_(loop),
      lookup_(std::move(lookup)),
      client_(loop, lookup_),
      backoff_(options.jitter_seed) {}

HttpSource::~HttpSource() {
    cancel();
}

SourceTraits HttpSource::traits() const {
    if (hls_) return hls_->traits();
    return {!file_, true, false, Container::Unknown};
}

void HttpSource::start(SourceSink& sink) {
    sink_ = &sink;
    begin();
}

void HttpSource::cancel() {
    sink_ = nullptr;
    request_.reset();
    retry_.reset();
    if (hls_) hls_->cancel();
}

void HttpSource::say(LinkState state, std::string reason, std::optional<core::Error> error) {
    if (sink_ != nullptr) sink_->on_link({state, std::move(reason), std::move(error), loop_.clock().now()});
}

void HttpSource::begin() {
    say(LinkState::Connecting, {});
    if (sink_ == nullptr) return;
    net::HttpRequest request;
    request.url = input_.url;
    request.headers = http_headers(input_);
    request.connect_timeout = input_.connect_timeout;
    request.stall_timeout = kSilence;
    request.max_bytes = 0;
    request.compressed = false;
    request.allow_private = input_.allow_private;
    request.on_head = [this](const net::HttpResponse& head) { take_head(head); };
    request.on_data = [this](std::span<const std::byte> data) {
        bytes_ += data.size();
        if (sink_ != nullptr) sink_->on_bytes(data, loop_.clock().now());
    };
    request.ready_for_data = [this] {
        constexpr std::size_t kEnough = 512U << 10;  // what one turn of the loop may bring
        return !file_ || sink_ == nullptr || sink_->room() >= kEnough;
    };
    request_ = client_.send(std::move(request), [this](const core::Result<net::HttpResponse>& r) { take_end(r); });
}

void HttpSource::take_head(const net::HttpResponse& head) {
    status_ = head.status;
    if (!head.ok()) return;
    if (head.header("content-type").find("mpegurl") != std::string_view::npos) {
        become_hls();
        return;
    }
    ++connections_;
    file_ = !head.header("content-length").empty();
    say(LinkState::Connected, {});
    if (sink_ != nullptr) sink_->on_boundary({Boundary::Kind::Session, {}, Container::Unknown});
}

void HttpSource::become_hls() {
    request_.reset();
    hls_ = std::make_unique<HlsSource>(input_, options_, loop_, lookup_);
    hls_->start(*sink_);
}

void HttpSource::take_end(const core::Result<net::HttpResponse>& response) {
    if (!response) {
        failed(response.error());
    } else if (!response->ok()) {
        failed({core::ErrorCode::Refused, net::status_text(response->status)});
    } else if (file_) {
        request_.reset();
        say(LinkState::Ended, {});
    } else {
        failed({core::ErrorCode::EndOfStream, "the server ended the stream"});
    }
}

void HttpSource::failed(const core::Error& error) {
    request_.reset();
    if (error.code == core::ErrorCode::InvalidConfig) {
        say(LinkState::Failed, error.message, error);
        return;
    }
    // Bytes came since the last failure: that was a connection, and the next attempt may be soon.
    if (std::exchange(bytes_at_failure_, bytes_) != bytes_) backoff_.reset();
    retry_ = loop_.after(backoff_.next(), [this] { begin(); });
    say(LinkState::Unreachable, error.message, error);
}

std::map<std::string, double> HttpSource::statistics() const {
    std::map<std::string, double> result =
        hls_ ? hls_->statistics() : std::map<std::string, double>{{"http.bytes_total", static_cast<double>(bytes_)}};
    result["http.connections_total"] = static_cast<double>(connections_);
    result["http.status"] = status_;
    return result;
}

std::vector<std::string> HttpSource::not_watched() const {
    return hls_ ? hls_->not_watched() : std::vector<std::string>{};
}

std::string HttpSource::trouble() const {
    return hls_ ? hls_->trouble() : std::string{};
}

core::Result<std::unique_ptr<Source>> make_http_source(const core::InputSpec& input, const SourceOptions& options,
                                                       net::EventLoop& loop) {
    const auto url = core::parse_url(input.url);
    if (!url) return tl::unexpected(url.error());
    if (url->host.empty()) return core::fail(core::ErrorCode::InvalidConfig, "an http URL needs a host");
    if (ends_with(url->path, ".m3u8") || ends_with(url->path, ".m3u")) {
        return std::make_unique<HlsSource>(input, options, loop);
    }
    return std::make_unique<HttpSource>(input, options, loop);
}

}  // namespace sightline::probe
