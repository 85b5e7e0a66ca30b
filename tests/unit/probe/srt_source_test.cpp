// SPDX-License-Identifier: Apache-2.0
// Against libsrt's own sender sockets over loopback.
#include "probe/srt_source.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <srt/access_control.h>
#include <srt/srt.h>
#include <unistd.h>

#include <cstring>

#include "loop_sink.hpp"
#include "tests/catch.hpp"

namespace sightline::probe {
namespace {

using std::chrono::milliseconds;

/// Undone at exit, as libsrt wants it.
struct Library {
    Library() { srt_startup(); }
    ~Library() { srt_cleanup(); }
};
void start_library() {
    static const Library library;
}

constexpr std::size_t kMessage = 1316;

std::vector<std::byte> counted(std::size_t messages) {
    std::vector<std::byte> data(messages * kMessage);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * 11 + i / kMessage);
    return data;
}

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// A non-blocking libsrt socket of the far end: one that calls, or one that listens.
class Peer {
public:
    explicit Peer(const std::string& passphrase = {}, const std::string& streamid = {}) : id_(srt_create_socket()) {
        const bool no = false;
        const SRT_TRANSTYPE live = SRTT_LIVE;
        srt_setsockflag(id_, SRTO_TRANSTYPE, &live, sizeof live);
        srt_setsockflag(id_, SRTO_RCVSYN, &no, sizeof no);
        srt_setsockflag(id_, SRTO_SNDSYN, &no, sizeof no);
        set(SRTO_PASSPHRASE, passphrase);
        set(SRTO_STREAMID, streamid);
    }
    explicit Peer(SRTSOCKET id) : id_(id) {}
    ~Peer() { close(); }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    void close() {
        if (id_ >= 0) srt_close(std::exchange(id_, -1));
    }
    void call(int port) {
        const auto address = loopback(port);
        REQUIRE(srt_connect(id_, reinterpret_cast<const sockaddr*>(&address), sizeof address) >= 0);
    }
    int listen(int port = 0) {
        auto address = loopback(port);
        REQUIRE(srt_bind(id_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(srt_listen(id_, 4) == 0);
        int size = sizeof address;
        srt_getsockname(id_, reinterpret_cast<sockaddr*>(&address), &size);
        return ntohs(address.sin_port);
    }
    std::unique_ptr<Peer> accept() {
        const SRTSOCKET accepted = srt_accept(id_, nullptr, nullptr);
        return accepted < 0 ? nullptr : std::make_unique<Peer>(accepted);
    }
    void send(std::span<const std::byte> data) {
        for (std::size_t at = 0; at < data.size(); at += kMessage) {
            REQUIRE(srt_sendmsg2(id_, reinterpret_cast<const char*>(data.data()) + at, kMessage, nullptr) == kMessage);
        }
    }
    [[nodiscard]] SRT_SOCKSTATUS state() const { return srt_getsockstate(id_); }
    [[nodiscard]] int reject_reason() const { return srt_getrejectreason(id_); }
    [[nodiscard]] bool refused() const { return state() >= SRTS_BROKEN; }

private:
    void set(SRT_SOCKOPT option, const std::string& value) {
        if (!value.empty()) srt_setsockflag(id_, option, value.data(), static_cast<int>(value.size()));
    }
    SRTSOCKET id_;
};

SrtSettings caller_to(int port) {
    SrtSettings settings;
    settings.host = "127.0.0.1";
    settings.port = port;
    return settings;
}
SrtSettings listener_settings() {
    SrtSettings settings;
    settings.mode = SrtMode::Listener;
    settings.host = "127.0.0.1";
    return settings;
}

struct Rig {
    explicit Rig(SrtSettings settings) : source(std::move(settings), {}, loop) { start_library(); }
    ~Rig() { source.cancel(); }
    bool until(const std::function<bool()>& holds) { return run_until(loop, holds); }
    net::EventLoop loop{kClock};
    LoopSink sink;
    SrtSource source;
};

}  // namespace

TEST_CASE("A caller gets every byte in order, and calls again when the sender leaves") {
    start_library();
    Peer server;
    Rig rig(caller_to(server.listen()));
    rig.source.start(rig.sink);
    std::unique_ptr<Peer> sender;
    REQUIRE(rig.until([&] { return (sender = server.accept()) != nullptr; }));
    REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Connected); }));
    REQUIRE(rig.sink.boundaries_.size() == 1);
    CHECK(rig.sink.boundaries_[0].kind == Boundary::Kind::Session);
    const auto data = counted(200);
    sender->send(data);
    REQUIRE(rig.until([&] { return rig.sink.data_.size() >= data.size(); }));
    CHECK(rig.sink.data_ == data);
    CHECK(rig.sink.arrivals_.back() <= kClock.now());
    const auto numbers = rig.source.statistics();
    CHECK(numbers.at("srt.packets_received_total") == 200);
    CHECK(numbers.at("srt.packets_lost_total") == 0);
    CHECK(numbers.at("srt.latency_ms") == 120);
    CHECK(numbers.count("srt.rtt_ms") == 1);
    CHECK(numbers.count("srt.receive_buffer_ms") == 1);

    sender->close();
    REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Unreachable); }));
    CHECK(rig.sink.links_.back().reason == "the peer closed the connection");
    REQUIRE(rig.until([&] { return (sender = server.accept()) != nullptr; }));
    REQUIRE(rig.until([&] { return rig.sink.times(LinkState::Connected) == 2; }));
    sender->send(counted(3));
    REQUIRE(rig.until([&] { return rig.sink.data_.size() == data.size() + 3 * kMessage; }));
    CHECK(rig.sink.boundaries_.size() == 2);
    CHECK(rig.source.statistics().at("srt.connections_total") == 2);
    CHECK(rig.source.statistics().at("srt.packets_received_total") == 203);
}

TEST_CASE("What was sent before the sender left is delivered whole") {
    start_library();
    Peer server;
    auto settings = caller_to(server.listen());
    settings.latency = milliseconds{300};
    Rig rig(settings);
    rig.source.start(rig.sink);
    std::unique_ptr<Peer> sender;
    REQUIRE(rig.until([&] { return (sender = server.accept()) != nullptr; }));
    REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Connected); }));
    sender->send(counted(50));
    REQUIRE(rig.until([&] { return rig.source.statistics().at("srt.packets_received_total") == 50; }));
    CHECK(rig.sink.data_.empty());  // not due yet
    sender->close();
    REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Unreachable); }));
    CHECK(rig.sink.data_ == counted(50));
}

TEST_CASE("A caller says in words why it was turned away") {
    start_library();
    Peer server("the right passphrase");
    auto settings = caller_to(server.listen());
    SECTION("wrong passphrase") {
        settings.passphrase = "the wrong passphrase";
        Rig rig(settings);
        rig.source.start(rig.sink);
        REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Unreachable); }));
        CHECK(rig.sink.links_.back().reason.find(": wrong passphrase") != std::string::npos);
        CHECK(rig.sink.links_.back().error.has_value());
        CHECK(rig.sink.boundaries_.empty());
    }
    SECTION("no passphrase") {
        Rig rig(settings);
        rig.source.start(rig.sink);
        REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Unreachable); }));
        CHECK(rig.sink.links_.back().reason.find("the peer wants a passphrase") != std::string::npos);
    }
    SECTION("the right one") {
        settings.passphrase = "the right passphrase";
        Rig rig(settings);
        rig.source.start(rig.sink);
        REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Connected); }));
    }
}

namespace {

/// Polls as a source does, until there is an answer; each time `step` later, as the call sees it.
core::Result<SrtSocket> outcome(SrtCall& call, core::Duration step) {
    net::EventLoop loop(kClock);
    core::ArrivalTime now{};
    core::Result<SrtSocket> got = call.poll(now);
    REQUIRE(run_until(loop, [&] {
        if (!got && got.error().code == core::ErrorCode::TryAgain) got = call.poll(now += step);
        return got || got.error().code != core::ErrorCode::TryAgain;
    }));
    return got;
}

std::vector<net::Address> at(const std::vector<std::string>& hosts, int port) {
    std::vector<net::Address> out;
    for (const auto& host : hosts) out.push_back(*net::Address::parse(host, port));
    return out;
}

}  // namespace

TEST_CASE("A name's further addresses are called within one attempt, and the first that answers counts") {
    start_library();
    Peer server;
    auto settings = caller_to(server.listen());
    settings.connect_timeout = std::chrono::seconds{60};  // the address where nobody listens is not waited for
    SrtCall call(settings, at({"127.0.0.2", "::1", "127.0.0.1"}, settings.port));
    const auto socket = outcome(call, milliseconds{20});
    REQUIRE(socket);
    const auto peer = socket->peer();
    REQUIRE(peer);
    CHECK(peer->text() == "127.0.0.1:" + std::to_string(settings.port));
}

TEST_CASE("A peer that listens at all addresses of its name is called once") {
    start_library();
    Peer server;
    const auto settings = caller_to(server.listen());
    SrtCall call(settings, at({"127.0.0.1", "127.0.0.1"}, settings.port));
    REQUIRE(outcome(call, core::Duration{}));  // within the head start
    net::EventLoop loop(kClock);
    std::unique_ptr<Peer> caller;  // libsrt queues it after it has answered it
    REQUIRE(run_until(loop, [&] { return (caller = server.accept()) != nullptr; }));
    CHECK(server.accept() == nullptr);
}

TEST_CASE("Of several addresses the one that refused says why, not those that kept silent") {
    start_library();
    Peer server("the right passphrase");
    auto settings = caller_to(server.listen());
    settings.passphrase = "the wrong passphrase";
    settings.connect_timeout = milliseconds{400};
    SrtCall call(settings, at({"127.0.0.1", "127.0.0.2"}, settings.port));
    const auto socket = outcome(call, milliseconds{20});
    REQUIRE_FALSE(socket);
    CHECK(socket.error().message == "127.0.0.1:" + std::to_string(settings.port) + ": wrong passphrase");
}

TEST_CASE("A caller whom nobody answers says so and tries again") {
    start_library();
    int port = 0;
    {
        Peer server;
        port = server.listen();  // a port that is nobody's in a moment
    }
    auto settings = caller_to(port);
    settings.connect_timeout = milliseconds{100};
    Rig rig(settings);
    rig.source.start(rig.sink);
    REQUIRE(rig.until([&] { return rig.sink.times(LinkState::Unreachable) == 2; }));
    CHECK(rig.sink.links_.back().reason.find("connection timed out") != std::string::npos);
    CHECK(rig.sink.times(LinkState::Connecting) == 2);
}

TEST_CASE("A listener takes one caller, and the next one when the first has left") {
    Rig rig(listener_settings());
    rig.source.start(rig.sink);
    const int port = rig.source.listening_port();
    REQUIRE(port > 0);
    CHECK(rig.sink.in(LinkState::Connecting));
    Peer first;
    first.call(port);
    REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Connected) && first.state() == SRTS_CONNECTED; }));
    const auto data = counted(50);
    first.send(data);
    REQUIRE(rig.until([&] { return rig.sink.data_.size() == data.size(); }));
    CHECK(rig.sink.data_ == data);

    Peer second;
    second.call(port);
    REQUIRE(rig.until([&] { return second.refused(); }));
    CHECK(second.reject_reason() == SRT_REJX_FORBIDDEN);
    CHECK(first.state() == SRTS_CONNECTED);
    CHECK(rig.source.statistics().at("srt.callers_refused_total") >= 1);

    first.close();
    REQUIRE(rig.until([&] { return rig.sink.said(LinkState::Unreachable, "the peer closed the connection"); }));
    Peer third;
    third.call(port);
    REQUIRE(rig.until([&] { return rig.sink.times(LinkState::Connected) == 2; }));
    CHECK(rig.sink.boundaries_.size() == 2);
}

TEST_CASE("A new caller takes the place of one that has gone silent") {
    Rig rig(listener_settings());
    rig.source.start(rig.sink);
    Peer silent, fresh;
    silent.call(rig.source.listening_port());
    REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Connected); }));
    fresh.call(rig.source.listening_port());
    Peer again;
    REQUIRE(rig.until([&] { return fresh.refused(); }));  // too early
    const auto connected_at = rig.sink.links_.back().at;
    REQUIRE(rig.until([&] { return kClock.now() - connected_at > milliseconds{2100}; }));
    again.call(rig.source.listening_port());
    REQUIRE(rig.until([&] { return rig.sink.times(LinkState::Connected) == 2; }));
    REQUIRE(rig.until([&] { return silent.refused(); }));
    CHECK(rig.sink.boundaries_.size() == 2);
}

TEST_CASE("A listener refuses a wrong streamid and a wrong passphrase, and says so") {
    auto settings = listener_settings();
    settings.streamid = "news";
    settings.passphrase = "the right passphrase";
    Rig rig(settings);
    rig.source.start(rig.sink);
    const int port = rig.source.listening_port();
    Peer stranger("the right passphrase", "sport");
    stranger.call(port);
    REQUIRE(rig.until([&] { return stranger.refused() && rig.sink.said(LinkState::Unreachable, "wrong streamid"); }));
    CHECK(stranger.reject_reason() == SRT_REJX_FORBIDDEN);
    Peer liar("the wrong passphrase", "news");
    liar.call(port);
    REQUIRE(rig.until([&] { return liar.refused() && rig.sink.said(LinkState::Unreachable, "wrong passphrase"); }));
    CHECK(liar.reject_reason() == SRT_REJ_BADSECRET);
    Peer friendly("the right passphrase", "news");
    friendly.call(port);
    REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Connected); }));
    REQUIRE(rig.until([&] { return friendly.state() == SRTS_CONNECTED; }));
    friendly.send(counted(5));
    REQUIRE(rig.until([&] { return rig.sink.data_.size() == 5 * kMessage; }));
}

TEST_CASE("A listener whose port is taken says so and tries again") {
    auto settings = listener_settings();
    const int taken = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    REQUIRE(::bind(taken, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    socklen_t size = sizeof address;
    ::getsockname(taken, reinterpret_cast<sockaddr*>(&address), &size);
    settings.port = ntohs(address.sin_port);
    Rig rig(settings);
    rig.source.start(rig.sink);
    REQUIRE(rig.sink.in(LinkState::Unreachable));
    CHECK(rig.sink.links_.back().reason ==
          "cannot listen on 127.0.0.1:" + std::to_string(settings.port) + ": Address already in use");
    ::close(taken);
    REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Connecting); }));
}

TEST_CASE("Cancelling takes no time in any phase") {
    start_library();
    const auto cancel_time = [](Rig& rig) {
        const auto before = kClock.now();
        rig.source.cancel();
        const auto took = kClock.now() - before;
        const auto calls = rig.sink.links_.size();
        rig.loop.poll();
        CHECK(rig.sink.links_.size() == calls);
        return took;
    };
    Rig calling(caller_to(9));
    calling.source.start(calling.sink);
    CHECK(cancel_time(calling) < milliseconds{200});  // the name is being looked up
    Rig connecting(caller_to(9));
    connecting.source.start(connecting.sink);
    int rounds = 0;
    REQUIRE(connecting.until([&] { return ++rounds > 20; }));
    CHECK(cancel_time(connecting) < milliseconds{200});
    Rig listening(listener_settings());
    listening.source.start(listening.sink);
    CHECK(cancel_time(listening) < milliseconds{200});
    Peer server;
    Rig connected(caller_to(server.listen()));
    connected.source.start(connected.sink);
    std::unique_ptr<Peer> sender;
    REQUIRE(connected.until([&] { return (sender = server.accept()) != nullptr; }));
    REQUIRE(connected.until([&] { return connected.sink.in(LinkState::Connected); }));
    sender->send(counted(100));
    CHECK(cancel_time(connected) < milliseconds{200});  // with data not yet due
}

TEST_CASE("A source may be cancelled from inside its own callback") {
    start_library();
    Peer server;
    Rig rig(caller_to(server.listen()));
    bool cancelled = false;
    rig.sink.on_data_ = [&] {
        rig.source.cancel();
        cancelled = true;
    };
    rig.source.start(rig.sink);
    std::unique_ptr<Peer> sender;
    REQUIRE(rig.until([&] { return (sender = server.accept()) != nullptr; }));
    sender->send(counted(10));
    REQUIRE(rig.until([&] { return cancelled; }));
    CHECK(rig.sink.in(LinkState::Connected));
}

}  // namespace sightline::probe
