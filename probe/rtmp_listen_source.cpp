// SPDX-License-Identifier: Apache-2.0
#include "probe/rtmp_listen_source.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/text.hpp"
#include "core/url.hpp"

namespace sightline::probe {
namespace {

using core::ErrorCode;
using core::fail;
using Phase = rtmp::ServerSession::Phase;

constexpr std::size_t kMaxConnections = 8;
constexpr std::size_t kBufferBytes = 256 * 1024;
constexpr int kReadsPerCall = 16;  // then others get their turn
constexpr std::size_t kMaxUnsent = 1024 * 1024;
constexpr core::Duration kGreeting = std::chrono::seconds{10};  // from accept to publish
constexpr core::Duration kReplaceable = std::chrono::seconds{5};
constexpr core::Duration kEncoderSilent = std::chrono::seconds{30};
constexpr core::Duration kFarewell = std::chrono::seconds{1};  // for a refusal to be read before the socket goes
constexpr core::Duration kLookAfter = std::chrono::milliseconds{500};
constexpr int kDefaultPort = 1935;

std::string system_text(int error) {
    return std::generic_category().message(error);
}

}  // namespace

/// One TCP connection. Kept until bury(): callbacks of its own may still be on the stack.
struct RtmpListenSource::Connection {
    int fd = -1;
    std::string peer;
    rtmp::ServerSession session;
    net::EventLoop::Handle watch;
    std::vector<std::byte> unsent;
    bool waits_to_write = false;
    bool leaving = false;  ///< refused: only the reply still goes out
    bool dead = false;
    core::ArrivalTime since;  ///< accepted, or last heard of, or refused

    Connection(int descriptor, std::string address, rtmp::ServerSession server, core::ArrivalTime at)
        : fd(descriptor), peer(std::move(address)), session(std::move(server)), since(at) {}
    ~Connection() { disconnect(); }
    void disconnect() {
        watch.reset();
        if (fd >= 0) ::close(std::exchange(fd, -1));
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
};

RtmpListenSource::RtmpListenSource(RtmpListenSettings settings, const SourceOptions& options, net::EventLoop& loop)
    : settings_(std::move(settings)), loop_(loop), backoff_(options.jitter_seed) {}

RtmpListenSource::~RtmpListenSource() {
    cancel();
}

SourceTraits RtmpListenSource::traits() const {
    SourceTraits traits;
    traits.container = Container::Flv;
    return traits;
}

void RtmpListenSource::start(SourceSink& sink) {
    sink_ = &sink;
    buffer_.resize(kBufferBytes);
    timer_ = loop_.every(kLookAfter, [this] { look_after(); });
    listen();
}

void RtmpListenSource::cancel() {
    sink_ = nullptr;
    watch_.reset();
    timer_.reset();
    retry_.reset();
    publisher_ = nullptr;
    for (auto& connection : connections_) {
        connection->dead = true;
        connection->disconnect();
    }
    // The objects stay a moment: cancel() may have been called from inside one of them.
    loop_.post([gone = std::make_shared<decltype(connections_)>(std::move(connections_))] {});
    connections_.clear();
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    port_ = 0;
}

void RtmpListenSource::say(LinkState state, std::string reason, std::optional<core::Error> error) {
    if (sink_ != nullptr) sink_->on_link(LinkStatus{state, std::move(reason), std::move(error), now()});
}

void RtmpListenSource::listen() {
    const auto& local = settings_.local;
    const int yes = 1;
    socket_ = ::socket(local.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_ < 0 || ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        ::bind(socket_, local.data(), local.size()) != 0 || ::listen(socket_, 16) != 0) {
        const auto text = fmt::format("cannot listen on {}: {}", local.text(), system_text(errno));
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
        retry_ = loop_.after(backoff_.next(), [this] { listen(); });
        say(LinkState::Unreachable, text, core::Error{ErrorCode::Io, text});
        return;
    }
    backoff_.reset();
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&bound), &size);
    if (const auto address = net::Address::from(reinterpret_cast<const sockaddr*>(&bound), size)) {
        port_ = address->port();
    }
    watch_ = loop_.watch(socket_, true, false, [this](net::EventLoop::Ready) { accept(); });
    say(LinkState::Connecting, fmt::format("waiting for an encoder on {}", local.with_port(port_).text()));
}

void RtmpListenSource::accept() {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const int fd = ::accept4(socket_, reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    ++accepted_;
    if (connections_.size() >= kMaxConnections) {
        ::close(fd);
        return;
    }
    const int yes = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const auto address = net::Address::from(reinterpret_cast<const sockaddr*>(&from), size);
    const auto self = std::make_shared<Connection*>(nullptr);
    auto connection = std::make_unique<Connection>(
        fd, address ? address->text() : "somebody",
        rtmp::ServerSession(settings_.point, [this, self] { return admit(**self); }), now());
    *self = connection.get();
    connection->watch =
        loop_.watch(fd, true, false, [this, raw = connection.get()](net::EventLoop::Ready) { readable(*raw); });
    connections_.push_back(std::move(connection));
}

std::string RtmpListenSource::admit(const Connection& candidate) {
    if (publisher_ == nullptr || publisher_ == &candidate) return {};
    return now() - publisher_->since < kReplaceable ? "another encoder is publishing" : "";
}

void RtmpListenSource::readable(Connection& connection) {
    for (int i = 0; i < kReadsPerCall && !connection.dead; ++i) {
        const auto got = ::recv(connection.fd, buffer_.data(), buffer_.size(), 0);
        if (got > 0) {
            heard(connection, {buffer_.data(), static_cast<std::size_t>(got)});
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
        close(connection, got == 0 ? "the encoder closed the connection" : "connection lost: " + system_text(errno));
    }
    if (sink_ != nullptr) send(connection);
    bury();
}

void RtmpListenSource::heard(Connection& connection, std::span<const std::byte> bytes) {
    received_bytes_ += bytes.size();
    if (connection.leaving) return;  // read and forgotten, so that closing does not reset what we said
    const bool published = connection.session.phase() == Phase::Publishing;
    rtmp::ServerSession::Output out;
    const auto fed = connection.session.feed(bytes, out);
    const Phase phase = connection.session.phase();
    connection.unsent.insert(connection.unsent.end(), out.reply.begin(), out.reply.end());
    if (published || phase == Phase::Publishing) connection.since = now();
    const bool begins = !published && (phase == Phase::Publishing || (phase == Phase::Ended && !out.flv.empty()));
    if (begins) {
        if (publisher_ != nullptr) close(*std::exchange(publisher_, nullptr), "");
        publisher_ = &connection;
        ++publishers_;
        say(LinkState::Connected, fmt::format("encoder {} publishes", connection.peer));
        if (sink_ != nullptr) sink_->on_boundary(Boundary{Boundary::Kind::Session, {}, Container::Flv});
    }
    if (!out.flv.empty()) deliver(connection, out.flv);
    if (sink_ == nullptr || connection.dead) return;
    if (phase == Phase::Refused) refused(connection);
    if (phase == Phase::Ended) close(connection, connection.session.reason());
    if (!fed) close(connection, fed.error().message);
}

void RtmpListenSource::deliver(Connection& connection, std::span<const std::byte> flv) {
    if (sink_ != nullptr && publisher_ == &connection) sink_->on_bytes(flv, now());
}

void RtmpListenSource::refused(Connection& connection) {
    ++refused_;
    connection.leaving = true;
    connection.since = now();
    const auto reason = fmt::format("refused {}: {}", connection.peer, connection.session.reason());
    if (publisher_ == nullptr) say(LinkState::Unreachable, reason, core::Error{ErrorCode::Refused, reason});
}

void RtmpListenSource::send(Connection& connection) {
    while (!connection.dead && !connection.unsent.empty()) {
        const auto sent = ::send(connection.fd, connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            connection.unsent.erase(connection.unsent.begin(), connection.unsent.begin() + sent);
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            close(connection, "connection lost: " + system_text(errno));
        }
    }
    if (connection.unsent.size() > kMaxUnsent) close(connection, "the encoder does not read our answers");
    if (connection.dead) return;
    if (connection.leaving && connection.unsent.empty()) ::shutdown(connection.fd, SHUT_WR);
    const bool waits = !connection.unsent.empty();
    if (std::exchange(connection.waits_to_write, waits) == waits) return;
    connection.watch =
        loop_.watch(connection.fd, true, waits, [this, raw = &connection](net::EventLoop::Ready) { readable(*raw); });
}

/// Time limits, looked at twice a second.
void RtmpListenSource::look_after() {
    // A callback of the sink may cancel us, which empties the list: by index, and looking each time.
    for (std::size_t i = 0; i < connections_.size(); ++i) {
        Connection& connection = *connections_[i];
        const auto quiet = now() - connection.since;
        if (connection.leaving) {
            if (quiet > kFarewell) close(connection, "");
        } else if (&connection == publisher_) {
            if (quiet > kEncoderSilent) close(connection, "the encoder sent nothing for 30 s");
        } else if (quiet > kGreeting) {
            close(connection, "");
        }
    }
    bury();
}

void RtmpListenSource::close(Connection& connection, const std::string& reason) {
    if (std::exchange(connection.dead, true)) return;
    connection.watch.reset();
    if (publisher_ == &connection) {
        publisher_ = nullptr;
        say(LinkState::Unreachable, reason + "; waiting for an encoder", core::Error{ErrorCode::Io, reason});
    } else if (publisher_ == nullptr && !connection.leaving && !reason.empty() &&
               connection.session.phase() != Phase::Ended) {
        const auto text = fmt::format("{} did not publish: {}", connection.peer, reason);
        say(LinkState::Unreachable, text, core::Error{ErrorCode::Corrupt, text});
    }
}

void RtmpListenSource::bury() {
    const auto is_dead = [](const auto& connection) { return connection->dead; };
    connections_.erase(std::remove_if(connections_.begin(), connections_.end(), is_dead), connections_.end());
}

std::map<std::string, double> RtmpListenSource::statistics() const {
    return {{"rtmp.connections_total", static_cast<double>(accepted_)},
            {"rtmp.publishers_total", static_cast<double>(publishers_)},
            {"rtmp.refused_total", static_cast<double>(refused_)},
            {"rtmp.bytes_received_total", static_cast<double>(received_bytes_)}};
}

bool is_rtmp_listen(const core::InputSpec& input) {
    const auto url = core::parse_url(input.url);
    if (!url) return false;
    const auto mode = url->query.find("mode");
    const auto listen = url->query.find("listen");
    return (mode != url->query.end() && mode->second == "listen") ||
           (listen != url->query.end() && listen->second == "1");
}

core::Result<RtmpListenSettings> parse_rtmp_listen(const core::InputSpec& input) {
    const auto url = core::parse_url(input.url);
    if (!url) return tl::unexpected(url.error());
    if (url->scheme != "rtmp") {
        return fail(ErrorCode::InvalidConfig, url->scheme + ":// cannot listen; rtmp://address:port/app/key can");
    }
    RtmpListenSettings settings;
    const std::string host = url->host.empty() ? "0.0.0.0" : url->host == "localhost" ? "127.0.0.1" : url->host;
    const auto local = net::Address::parse(host, url->port == 0 ? kDefaultPort : url->port);
    if (!local) {
        return fail(ErrorCode::InvalidConfig,
                    fmt::format("an RTMP listener needs an address of this machine, not the name {}", host));
    }
    settings.local = *local;
    const std::string path = core::percent_decode(url->path);
    const std::size_t last = path.rfind('/');
    if (last != std::string::npos && last > 0) {
        settings.point = {path.substr(1, last - 1), path.substr(last + 1)};
    } else if (last == 0) {
        settings.point.app = path.substr(1);
    }
    if (!input.rtmp_app.empty()) settings.point.app = input.rtmp_app;
    if (!input.rtmp_key.empty()) settings.point.key = input.rtmp_key;
    if (settings.point.app.empty() || settings.point.key.empty()) {
        return fail(ErrorCode::InvalidConfig,
                    "an RTMP listener needs an app and a key: rtmp://address:port/app/key?mode=listen");
    }
    return settings;
}

core::Result<std::unique_ptr<Source>> make_rtmp_listen_source(const core::InputSpec& input,
                                                              const SourceOptions& options, net::EventLoop& loop) {
    auto settings = parse_rtmp_listen(input);
    if (!settings) return tl::unexpected(settings.error());
    return std::make_unique<RtmpListenSource>(std::move(*settings), options, loop);
}

}  // namespace sightline::probe
