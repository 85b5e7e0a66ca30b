// SPDX-License-Identifier: Apache-2.0
#include "link/wall_server.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <utility>

#include "link/shared_segment.hpp"
#include "link/wall_socket.hpp"

namespace sightline::link {
namespace {

constexpr int kPerTurn = 16;                     // connections and messages, so that nobody starves the loop
constexpr std::size_t kMaxNamedStreams = 1'024;  // that one wall may ask for by name
constexpr std::size_t kSegmentKinds = 3;

/// Box and focus of one connection.
struct Asked {
    WallTiles all{{}, 0, 0};
    std::map<std::string, WallTiles> tiles;
    std::map<std::string, WallFocus> focus;
};

void include(WallWants& wants, const WallTiles& box) {
    wants.width = std::max(wants.width, box.width);
    wants.height = std::max(wants.height, box.height);
}

/// Whether the process at the other end may see pictures. @return why not, in words; empty: it may.
std::string unwelcome(int socket, const std::optional<std::uint32_t>& group) {
    ucred who{};
    socklen_t size = sizeof who;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return "the probe cannot tell who you are";
    if (who.uid == 0 || who.uid == geteuid()) return {};
    if (group) {
        if (who.gid == *group) return {};
        std::array<gid_t, 256> groups{};
        socklen_t bytes = sizeof groups;
        if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes) == 0) {
            const auto end = groups.begin() + static_cast<std::ptrdiff_t>(bytes / sizeof(gid_t));
            if (std::find(groups.begin(), end, *group) != end) return {};
        }
    }
    return fmt::format("user {} may not watch this probe: it runs as user {}{}", who.uid, geteuid(),
                       group ? fmt::format(" and admits group {}", *group) : std::string{});
}

}  // namespace

/// What is known of one stream.
struct StreamSegments {
    std::array<Descriptor, kSegmentKinds> descriptors;
    bool ended = false;
};

/// One wall. Holds what it still has to be told as flags, never as messages.
class WallServer::Connection {
public:
    Connection(WallServer::Impl& server, int socket, core::ArrivalTime now);

    void mark_all();
    void mark(const std::string& stream, SegmentKind kind) { segments_.emplace(stream, kind); }
    void mark_ended(const std::string& stream) { ended_.insert(stream); }
    void mark_gone(const std::string& stream);
    void mark_alive() { alive_ = true; }
    /// Says why, then closes.
    void refuse(std::string reason);
    void transmit();
    void new_second() { messages_ = 0; }

    [[nodiscard]] bool dead() const { return dead_; }
    [[nodiscard]] bool greeted() const { return greeted_; }
    [[nodiscard]] core::ArrivalTime since() const { return since_; }
    [[nodiscard]] const Asked& asked() const { return asked_; }

private:
    void on_ready(net::EventLoop::Ready ready);
    void receive();
    void take(const WallMessage& message);
    [[nodiscard]] Sent send(const WallMessage& message, const Descriptor& descriptor = {});
    [[nodiscard]] Sent send_next(bool& more);
    void watch(bool write);

    WallServer::Impl& server_;
    Descriptor socket_;
    core::ArrivalTime since_;
    net::EventLoop::Handle watch_;
    bool writing_ = false;
    bool greeted_ = false, dead_ = false;
    bool hello_due_ = true, alive_ = false;
    std::string refusal_;
    std::set<std::pair<std::string, SegmentKind>> segments_;
    std::set<std::string> ended_, gone_;
    int messages_ = 0;
    Asked asked_;
};

struct WallServer::Impl {
    Impl(net::EventLoop& the_loop, WallServer::Options the_options, std::function<void()> changed)
        : loop(the_loop), options(std::move(the_options)), on_wants_changed(std::move(changed)) {}
    ~Impl() {
        if (listener) ::unlink(options.path.c_str());
    }
    void accept();
    void tick();
    /// Takes away what died. Not from inside a connection's own callback.
    void bury();
    void bury_soon();
    template <class Act>
    void each(const Act& act) {
        for (auto& connection : connections) {
            if (connection->dead()) continue;
            act(*connection);
            connection->transmit();
        }
        bury_soon();
    }

    net::EventLoop& loop;
    WallServer::Options options;
    std::function<void()> on_wants_changed;
    Descriptor listener;
    net::EventLoop::Handle watch, ticker;
    std::map<std::string, StreamSegments> streams;
    std::vector<std::unique_ptr<Connection>> connections;
    std::uint64_t refusals = 0;
    std::uint64_t ticks = 0;
    Asked lingering;
    core::ArrivalTime linger_until{};
    bool lingers = false;
    std::shared_ptr<bool> alive = std::make_shared<bool>(true);
};

// --- One wall ------------------------------------------------------------------------------------------------------

WallServer::Connection::Connection(WallServer::Impl& server, int socket, core::ArrivalTime now)
    : server_(server), socket_(Descriptor::adopt(socket)), since_(now) {
    watch(false);
}

void WallServer::Connection::watch(bool write) {
    writing_ = write;
    watch_ = server_.loop.watch(socket_.get(), true, write, [this](net::EventLoop::Ready ready) { on_ready(ready); });
}

void WallServer::Connection::mark_all() {
    for (const auto& [stream, known] : server_.streams) {
        for (std::size_t kind = 0; kind < kSegmentKinds; ++kind) {
            if (known.descriptors[kind]) segments_.emplace(stream, static_cast<SegmentKind>(kind));
        }
        if (known.ended) ended_.insert(stream);
    }
}

void WallServer::Connection::mark_gone(const std::string& stream) {
    ended_.erase(stream);
    gone_.insert(stream);
}

void WallServer::Connection::refuse(std::string reason) {
    if (dead_) return;
    ++server_.refusals;
    refusal_ = std::move(reason);
    // One try: a wall that does not read does not learn why.
    (void)send(WallRefused{refusal_});
    dead_ = true;
    watch_.reset();
    server_.bury_soon();
}

Sent WallServer::Connection::send(const WallMessage& message, const Descriptor& descriptor) {
    return send_frame(socket_.get(), encode_wall(message), descriptor);
}

/// The next thing this wall has to be told, as it is now. `more`: there was one.
Sent WallServer::Connection::send_next(bool& more) {
    more = true;
    const auto done = [](Sent sent, auto&& forget) {
        if (sent == Sent::Yes) forget();
        return sent;
    };
    if (hello_due_)
        return done(send(WallHello{kWallVersion, server_.options.probe, server_.options.software}),
                    [&] { hello_due_ = false; });
    if (!gone_.empty()) return done(send(WallGone{*gone_.begin()}), [&] { gone_.erase(gone_.begin()); });
    if (!segments_.empty()) {
        const auto& [stream, kind] = *segments_.begin();
        const auto known = server_.streams.find(stream);
        const Descriptor descriptor =
            known == server_.streams.end() ? Descriptor{} : known->second.descriptors[static_cast<std::size_t>(kind)];
        const Sent sent = descriptor ? send(WallSegment{stream, kind}, descriptor) : Sent::Yes;
        return done(sent, [&] { segments_.erase(segments_.begin()); });
    }
    if (!ended_.empty()) {
        const auto known = server_.streams.find(*ended_.begin());
        const bool still = known != server_.streams.end() && known->second.ended;
        return done(still ? send(WallEnded{*ended_.begin()}) : Sent::Yes, [&] { ended_.erase(ended_.begin()); });
    }
    if (alive_) return done(send(WallAlive{server_.loop.clock().utc()}), [&] { alive_ = false; });
    more = false;
    return Sent::Yes;
}

void WallServer::Connection::transmit() {
    if (dead_) return;
    bool more = true;
    Sent sent = Sent::Yes;
    while (more && sent == Sent::Yes) sent = send_next(more);
    if (sent == Sent::Gone) {
        dead_ = true;
        watch_.reset();
        server_.bury_soon();
        return;
    }
    const bool write = sent == Sent::Later;
    if (write != writing_) watch(write);
}

void WallServer::Connection::on_ready(net::EventLoop::Ready ready) {
    if (ready.readable || ready.failed) receive();
    if (ready.writable || !segments_.empty()) transmit();
}

void WallServer::Connection::receive() {
    for (int i = 0; i < kPerTurn && !dead_; ++i) {
        const auto frame = receive_frame(socket_.get(), kMaxWallFrameBytes);
        if (!frame) {
            if (frame.error().code == core::ErrorCode::TryAgain) return;
            dead_ = true;
            watch_.reset();
            server_.bury_soon();
            return;
        }
        if (++messages_ > kMaxMessagesPerSecond)
            return refuse(fmt::format("more than {} messages in one second", kMaxMessagesPerSecond));
        const auto message = decode_wall(frame->bytes);
        if (!message) return refuse(message.error().message);
        take(*message);
    }
}

void WallServer::Connection::take(const WallMessage& message) {
    if (const auto* hello = std::get_if<WallHello>(&message)) {
        if (hello->version != kWallVersion)
            return refuse(
                fmt::format("this probe speaks version {}, the wall version {}", kWallVersion, hello->version));
        greeted_ = true;
        return;
    }
    if (!greeted_) return refuse("a wall says hello first");
    if (const auto* tiles = std::get_if<WallTiles>(&message)) {
        if (tiles->stream.empty()) {
            asked_.all = *tiles;
        } else if (tiles->width == 0) {
            asked_.tiles.erase(tiles->stream);
        } else if (asked_.tiles.size() < kMaxNamedStreams || asked_.tiles.contains(tiles->stream)) {
            asked_.tiles[tiles->stream] = *tiles;
        }
    } else if (const auto* focus = std::get_if<WallFocus>(&message)) {
        if (!focus->wanted) {
            asked_.focus.erase(focus->stream);
        } else if (asked_.focus.size() < kMaxNamedStreams || asked_.focus.contains(focus->stream)) {
            asked_.focus[focus->stream] = *focus;
            // Another wall may have opened the ring before; this one let it pass until now.
            mark(focus->stream, SegmentKind::Pcm);
        }
    } else {
        return refuse("a message that only a probe sends");
    }
    server_.on_wants_changed();
}

// --- All of them ---------------------------------------------------------------------------------------------------

void WallServer::Impl::accept() {
    for (int i = 0; i < kPerTurn; ++i) {
        const int socket = accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (socket < 0) return;
        connections.push_back(std::make_unique<Connection>(*this, socket, loop.clock().now()));
        Connection& connection = *connections.back();
        const auto living = std::count_if(connections.begin(), connections.end(),
                                          [](const auto& candidate) { return !candidate->dead(); });
        if (std::string why = unwelcome(socket, options.group); !why.empty()) {
            connection.refuse(std::move(why));
        } else if (static_cast<std::size_t>(living) > kMaxWalls) {
            connection.refuse(fmt::format("{} walls are connected already", kMaxWalls));
        } else {
            connection.mark_all();
            connection.transmit();
        }
    }
}

void WallServer::Impl::tick() {
    const core::ArrivalTime now = loop.clock().now();
    const bool second = ++ticks % 2 == 0;
    for (auto& connection : connections) {
        if (connection->dead()) continue;
        if (second) connection->new_second();
        if (!connection->greeted() && now - connection->since() > kHelloPatience) connection->refuse("no hello came");
    }
    each([](Connection& connection) { connection.mark_alive(); });
    if (lingers && now >= linger_until) {
        lingers = false;
        lingering = {};
        on_wants_changed();
    }
}

void WallServer::Impl::bury_soon() {
    const bool any = std::any_of(connections.begin(), connections.end(), [](const auto& c) { return c->dead(); });
    if (!any) return;
    loop.post([this, here = std::weak_ptr<bool>(alive)] {
        if (here.lock()) bury();
    });
}

void WallServer::Impl::bury() {
    const std::size_t before = connections.size();
    Asked last;
    std::erase_if(connections, [&](const auto& connection) {
        if (connection->dead() && connection->asked().all.width > 0) last = connection->asked();
        return connection->dead();
    });
    if (connections.size() == before) return;
    if (connections.empty() && last.all.width > 0) {
        lingering = std::move(last);
        lingering.focus.clear();
        lingers = true;
        linger_until = loop.clock().now() + kLinger;
    }
    on_wants_changed();
}

WallServer::WallServer() = default;
WallServer::~WallServer() = default;

core::Result<std::unique_ptr<WallServer>> WallServer::listen(net::EventLoop& loop, Options options,
                                                             std::function<void()> on_wants_changed) {
    auto socket = listen_at(options.path);
    if (!socket) return tl::unexpected(socket.error());
    std::unique_ptr<WallServer> server(new WallServer());
    server->impl_ = std::make_unique<Impl>(loop, std::move(options), std::move(on_wants_changed));
    Impl& impl = *server->impl_;
    impl.listener = Descriptor::adopt(*socket);
    impl.watch = loop.watch(*socket, true, false, [&impl](net::EventLoop::Ready) { impl.accept(); });
    impl.ticker = loop.every(kAlivePeriod, [&impl] { impl.tick(); });
    return server;
}

void WallServer::announce(const std::string& stream, SegmentKind kind, Descriptor descriptor) {
    StreamSegments& known = impl_->streams[stream];
    known.descriptors[static_cast<std::size_t>(kind)] = std::move(descriptor);
    known.ended = false;
    impl_->each([&](Connection& connection) { connection.mark(stream, kind); });
}

void WallServer::ended(const std::string& stream) {
    const auto known = impl_->streams.find(stream);
    if (known == impl_->streams.end() || known->second.ended) return;
    known->second.ended = true;
    impl_->each([&](Connection& connection) { connection.mark_ended(stream); });
}

void WallServer::gone(const std::string& stream) {
    if (impl_->streams.erase(stream) == 0) return;
    impl_->each([&](Connection& connection) { connection.mark_gone(stream); });
}

void WallServer::withdraw(const std::string& stream, SegmentKind kind) {
    const auto known = impl_->streams.find(stream);
    if (known != impl_->streams.end()) known->second.descriptors[static_cast<std::size_t>(kind)] = {};
}

WallWants WallServer::wants(const std::string& stream) const {
    WallWants wants;
    const auto add = [&](const Asked& asked) {
        const auto own = asked.tiles.find(stream);
        include(wants, own != asked.tiles.end() ? own->second : asked.all);
        if (const auto focus = asked.focus.find(stream); focus != asked.focus.end()) {
            wants.focus = true;
            wants.audio = focus->second.audio;
        }
    };
    for (const auto& connection : impl_->connections) {
        if (!connection->dead()) add(connection->asked());
    }
    if (impl_->lingers) add(impl_->lingering);
    return wants;
}

std::size_t WallServer::walls() const {
    return static_cast<std::size_t>(std::count_if(impl_->connections.begin(), impl_->connections.end(),
                                                  [](const auto& c) { return !c->dead() && c->greeted(); }));
}

std::uint64_t WallServer::refusals() const {
    return impl_->refusals;
}

}  // namespace sightline::link
