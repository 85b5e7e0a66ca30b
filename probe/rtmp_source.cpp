// SPDX-License-Identifier: Apache-2.0
#include "probe/rtmp_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "core/text.hpp"
#include "core/url.hpp"
#include "net/resolver.hpp"
#include "probe/backoff.hpp"
#include "probe/rtmp_puller.hpp"

namespace sightline::probe {
namespace {

using core::ErrorCode;

constexpr core::Duration kServerSilent = std::chrono::seconds{15};

/// Where the host stands in `url`: after the user, before the port.
std::pair<std::size_t, std::size_t> host_span(const std::string& url) {
    std::size_t begin = url.find("://") + 3;
    const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
    const std::size_t at = url.rfind('@', end);
    if (at != std::string::npos && at >= begin && at < end) begin = at + 1;
    const std::size_t close = url[begin] == '[' ? url.find(']', begin) : begin;
    const std::size_t colon = url.find(':', close);
    return {begin, std::min(colon, end)};
}

class RtmpSource final : public Source {
public:
    RtmpSource(const core::InputSpec& input, core::Url url, const SourceOptions& options, net::EventLoop& loop)
        : text_(input.url),
          url_(std::move(url)),
          connect_timeout_(input.connect_timeout),
          loop_(loop),
          resolver_(loop),
          backoff_(options.jitter_seed) {}
    ~RtmpSource() override { cancel(); }

    [[nodiscard]] SourceTraits traits() const override {
        SourceTraits traits;
        traits.container = Container::Flv;
        return traits;
    }

    void start(SourceSink& sink) override {
        sink_ = &sink;
        begin();
    }

    void cancel() override {
        sink_ = nullptr;
        lookup_.reset();
        timer_.reset();
        puller_.reset();
    }

    [[nodiscard]] std::map<std::string, double> statistics() const override {
        return {{"rtmp.connections_total", static_cast<double>(connections_)},
                {"rtmp.bytes_received_total", static_cast<double>(bytes_)}};
    }

private:
    void say(LinkState state, std::string reason, std::optional<core::Error> error = {}) {
        if (sink_ != nullptr) {
            sink_->on_link(LinkStatus{state, std::move(reason), std::move(error), loop_.clock().now()});
        }
    }

    void begin() {
        puller_.reset();
        addresses_.clear();
        say(LinkState::Connecting, "connecting to " + url_.host);
        if (sink_ == nullptr) return;
        timer_ = loop_.after(connect_timeout_, [this] {
            lookup_.reset();
            failed({ErrorCode::Timeout, fmt::format("looking up {} timed out", url_.host)});
        });
        lookup_ = resolver_.resolve(url_.host, url_.port, [this](const net::Addresses& found) {
            lookup_.reset();
            if (found) {
                addresses_.assign(found->begin(), found->end());
                if (url_.scheme == "rtmps") addresses_.resize(1);  // by name, FFmpeg tries them all itself
                pull_next();
            } else {
                failed(found.error());
            }
        });
    }

    /// `localhost` and others have several addresses, and a server may listen at one of them only: the first that
    /// answers counts.
    void pull_next() {
        const net::Address server = addresses_.front();
        addresses_.pop_front();
        pull(server);
    }

    void pull(const net::Address& server) {
        RtmpPuller::Order order{text_, rtmp_tc_url(text_), {}};
        if (url_.scheme == "rtmps") {
            order.host = url_.host;  // see make_rtmp_source()
        } else {
            const auto [at, end] = host_span(text_);
            const std::string number = server.is_v6() ? "[" + server.host() + "]" : server.host();
            order.url = text_.substr(0, at) + number + text_.substr(end);
        }
        timer_ = loop_.after(connect_timeout_, [this] { puller_->time_out(); });
        puller_ = std::make_unique<RtmpPuller>(
            std::move(order),
            RtmpPuller::Events{[this] { opened(); }, [this](std::span<const std::byte> flv) { bytes(flv); },
                               [this](const core::Error& why, bool answered) {
                                   if (answered) addresses_.clear();
                                   ended(why);
                               }},
            loop_);
    }

    void opened() {
        ++connections_;
        watch_silence();
        say(LinkState::Connected, "playing");
        if (sink_ != nullptr) sink_->on_boundary(Boundary{Boundary::Kind::Session, {}, Container::Flv});
    }

    void bytes(std::span<const std::byte> flv) {
        bytes_ += flv.size();
        last_bytes_ = loop_.clock().now();
        backoff_.reset();
        if (sink_ != nullptr) sink_->on_bytes(flv, last_bytes_);
    }

    void watch_silence() {
        last_bytes_ = loop_.clock().now();
        timer_ = loop_.every(std::chrono::seconds{1}, [this] {
            if (loop_.clock().now() - last_bytes_ > kServerSilent) puller_->time_out();
        });
    }

    void ended(const core::Error& why) {
        puller_.reset();
        if (addresses_.empty()) {
            failed(why);
        } else {
            pull_next();
        }
    }

    void failed(const core::Error& why) {
        puller_.reset();
        timer_ = loop_.after(backoff_.next(), [this] { begin(); });
        core::Error error{why.code, core::mask_secrets(core::clean_utf8(why.message))};
        say(LinkState::Unreachable, error.message, error);
    }

    const std::string text_;
    const core::Url url_;
    const core::Duration connect_timeout_;
    net::EventLoop& loop_;
    net::Resolver resolver_;
    Backoff backoff_;
    SourceSink* sink_ = nullptr;  // null: not started or cancelled
    net::EventLoop::Handle lookup_, timer_;
    std::unique_ptr<RtmpPuller> puller_;
    core::ArrivalTime last_bytes_{};
    std::deque<net::Address> addresses_;  // to be tried, should the one under way fail
    std::uint64_t connections_ = 0, bytes_ = 0;
};

}  // namespace

std::string rtmp_tc_url(const std::string& text) {
    const auto url = core::parse_url(text);
    if (!url) return {};
    const std::string& path = url->path;
    const std::size_t second = path.find('/', 1);
    std::size_t end = second;
    if (second != std::string::npos) {
        const std::size_t third = path.find('/', second + 1);
        const std::size_t colon = path.find(':', second + 1);  // "mp4:…" begins a playpath
        if (third != std::string::npos && (colon == std::string::npos || third < colon)) end = third;
    }
    const std::string host = url->host.find(':') == std::string::npos ? url->host : "[" + url->host + "]";
    const std::string port = url->port == 0 ? "" : fmt::format(":{}", url->port);
    return fmt::format("{}://{}{}{}", url->scheme, host, port, path.substr(0, end));
}

core::Result<std::unique_ptr<Source>> make_rtmp_source(const core::InputSpec& input, const SourceOptions& options,
                                                       net::EventLoop& loop) {
    auto url = core::parse_url(input.url);
    if (!url) return tl::unexpected(url.error());
    if (url->host.empty()) {
        return core::fail(ErrorCode::InvalidConfig,
                          "rtmp needs a host: rtmp://host/app/key (?mode=listen to be called)");
    }
    if (url->path.size() < 2) {
        return core::fail(ErrorCode::InvalidConfig, "rtmp needs an app and a stream: rtmp://host/app/key");
    }
    return std::make_unique<RtmpSource>(input, std::move(*url), options, loop);
}

}  // namespace sightline::probe
