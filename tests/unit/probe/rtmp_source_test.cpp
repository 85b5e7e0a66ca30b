// SPDX-License-Identifier: Apache-2.0
// Against a server of the test's own that plays, says no, or says nothing.
#include "probe/rtmp_source.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "loop_sink.hpp"
#include "net/address.hpp"
#include "rtmp_script.hpp"
#include "tests/catch.hpp"

namespace sightline::probe {
namespace {

using rtmp::AmfWriter;
using rtmp::Bytes;
using std::chrono::milliseconds;

enum class Manner { Plays, Mute, NothingPublished, NotFound, HangsUp, NoSuchApp, NotRtmp };

/// Takes one RTMP player after the other.
class Server {
public:
    Server(net::EventLoop& loop, Manner manner) : loop_(loop), manner_(manner) {
        const auto any = *net::Address::parse("127.0.0.1", 0);
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        REQUIRE(::bind(listener_, any.data(), any.size()) == 0);
        REQUIRE(::listen(listener_, 4) == 0);
        sockaddr_storage bound{};
        socklen_t size = sizeof bound;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &size);
        port_ = net::Address::from(reinterpret_cast<const sockaddr*>(&bound), size)->port();
        watch_ = loop.watch(listener_, true, false, [this](net::EventLoop::Ready) { accept(); });
    }
    ~Server() {
        hang_up();
        watch_.reset();
        ::close(listener_);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] std::string url(const std::string& path) const {
        return "rtmp://localhost:" + std::to_string(port_) + path;
    }
    void send_media(int count) {
        for (int i = 0; i < count; ++i) {
            message(6, rtmp::kVideo, static_cast<std::uint32_t>(40 * i), rtmp::payload_of(900, i), 1);
        }
    }
    void status(const char* level, const char* code, const char* text) {
        AmfWriter amf;
        amf.text("onStatus").number(0).null().begin_object().name("level").text(level).name("code").text(code);
        amf.name("description").text(text).end_object();
        message(5, rtmp::kCommandAmf0, 0, amf.bytes(), 1);
    }
    void hang_up() {
        player_watch_.reset();
        if (player_ >= 0) ::close(std::exchange(player_, -1));
    }
    std::string tc_url, app, playpath;
    int accepted = 0;
    bool playing = false;

private:
    void accept() {
        hang_up();
        player_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        ++accepted;
        got_.clear();
        greeted_ = playing = false;
        reader_ = rtmp::ChunkReader(65536);
        player_watch_ = loop_.watch(player_, true, false, [this](net::EventLoop::Ready) { read(); });
    }
    void read() {
        std::array<std::byte, 65536> buffer{};
        const auto got = ::recv(player_, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got <= 0) {
            hang_up();
            return;
        }
        if (manner_ == Manner::Mute) return;
        if (manner_ == Manner::NotRtmp) {
            send(Bytes(100, std::byte{'H'}));
            hang_up();
            return;
        }
        got_.insert(got_.end(), buffer.begin(), buffer.begin() + got);
        constexpr std::size_t kC1 = 1536;
        if (!greeted_ && got_.size() >= 1 + kC1) {
            Bytes answer(1 + kC1);
            answer[0] = std::byte{3};
            answer.insert(answer.end(), got_.begin() + 1, got_.begin() + 1 + kC1);
            send(answer);
            got_.erase(got_.begin(), got_.begin() + 1 + kC1);
            greeted_ = true;
            after_greeting_ = kC1;
        }
        if (!greeted_) return;
        const std::size_t skip = std::min(after_greeting_, got_.size());
        after_greeting_ -= skip;
        const Bytes bytes(got_.begin() + static_cast<std::ptrdiff_t>(skip), got_.end());
        got_.clear();
        std::span<const std::byte> rest(bytes);
        while (!rest.empty() && player_ >= 0) {
            const auto message = reader_.next(rest);
            REQUIRE(message);
            if (*message && (*message)->type == rtmp::kCommandAmf0) command((*message)->payload);
        }
    }
    void command(const Bytes& payload) {
        const auto values = rtmp::parse_amf(payload);
        REQUIRE(values);
        const auto& name = values->at(0).text;
        if (name == "connect" && manner_ == Manner::NoSuchApp) {
            hang_up();
        } else if (name == "connect") {
            tc_url = values->at(2).text_of("tcUrl");
            app = values->at(2).text_of("app");
            AmfWriter amf;
            amf.text("_result").number(1).begin_object().name("fmsVer").text("FMS/3,0,1,123").end_object();
            amf.begin_object().name("level").text("status").name("code").text("NetConnection.Connect.Success");
            amf.end_object();
            message(3, rtmp::kCommandAmf0, 0, amf.bytes(), 0);
        } else if (name == "createStream") {
            AmfWriter amf;
            amf.text("_result").number(values->at(1).number).null().number(1);
            message(3, rtmp::kCommandAmf0, 0, amf.bytes(), 0);
        } else if (name == "play") {
            playpath = values->at(3).text;
            play();
        }
    }
    void play() {
        playing = true;
        if (manner_ == Manner::HangsUp) hang_up();
        if (manner_ == Manner::NotFound) status("error", "NetStream.Play.StreamNotFound", "no such stream here");
        if (manner_ != Manner::Plays) return;
        status("status", "NetStream.Play.Start", "playing");
        send_media(3);
    }
    void message(std::uint8_t chunks, std::uint8_t type, std::uint32_t time, Bytes payload, std::uint32_t stream) {
        Bytes out;
        write_message(out, chunks, rtmp::Message{type, time, stream, std::move(payload)}, 128);
        send(out);
    }
    void send(const Bytes& bytes) {
        CHECK(::send(player_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
    }

    net::EventLoop& loop_;
    const Manner manner_;
    int listener_ = -1, player_ = -1, port_ = 0;
    net::EventLoop::Handle watch_, player_watch_;
    Bytes got_;
    bool greeted_ = false;
    std::size_t after_greeting_ = 0;
    rtmp::ChunkReader reader_{65536};
};

struct PullRig {
    explicit PullRig(Manner manner) : server(loop, manner) {}
    ~PullRig() {
        if (source) source->cancel();
    }
    void start(const std::string& url, core::Duration timeout = std::chrono::seconds{10}) {
        core::InputSpec input;
        input.url = url;
        input.connect_timeout = timeout;
        auto made = make_rtmp_source(input, {}, loop);
        REQUIRE(made);
        source = std::move(*made);
        source->start(sink);
    }
    bool until(const std::function<bool()>& holds) { return run_until(loop, holds); }
    core::Duration cancel_time() {
        const auto before = kClock.now();
        source->cancel();
        const auto took = kClock.now() - before;
        const auto calls = sink.links_.size() + sink.data_.size();
        loop.poll();
        CHECK(sink.links_.size() + sink.data_.size() == calls);
        return took;
    }
    net::EventLoop loop{kClock};
    LoopSink sink;
    Server server;
    std::unique_ptr<Source> source;
};

}  // namespace

TEST_CASE("A pulled RTMP stream comes as FLV, and is pulled again when its publisher leaves") {
    PullRig rig(Manner::Plays);
    rig.start(rig.server.url("/live/inst/stream?token=1"));
    REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Connected) && rig.sink.data_.size() > 2700; }));
    CHECK(rtmp::holds({rig.sink.data_.begin(), rig.sink.data_.begin() + 3}, "FLV"));
    REQUIRE(rig.sink.boundaries_.size() == 1);
    CHECK(rig.sink.boundaries_[0].container == Container::Flv);
    CHECK(rig.server.app == "live/inst");
    CHECK(rig.server.tc_url == rig.server.url("/live/inst"));  // the name, though the number was called
    CHECK(rig.server.playpath == "stream?token=1");
    rig.server.status("status", "NetStream.Play.UnpublishNotify", "gone");
    REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Unreachable); }));
    CHECK(rig.sink.links_.back().reason == "the stream ended: its publisher left");
    REQUIRE(rig.until([&] { return rig.sink.times(LinkState::Connected) == 2; }));
    CHECK(rig.sink.boundaries_.size() == 2);
    CHECK(rig.source->statistics().at("rtmp.connections_total") == 2);
}

TEST_CASE("Why an RTMP stream does not come is said in words") {
    struct Row {
        Manner manner;
        const char* reason;
    };
    const Row rows[] = {
        {Manner::Mute, "the server does not answer as RTMP"},
        {Manner::NothingPublished, "nothing is published there"},
        {Manner::NotFound, "the server says: no such stream here"},
        {Manner::NoSuchApp, "the server closed the connection: it does not have or give this app"},
        {Manner::NotRtmp, "the server does not speak RTMP"},
        {Manner::HangsUp, "the server closed the connection: nothing is published there"},
    };
    for (const auto& row : rows) {
        PullRig rig(row.manner);
        const bool waits = row.manner == Manner::Mute || row.manner == Manner::NothingPublished;
        rig.start(rig.server.url("/live/stream"), waits ? milliseconds{600} : milliseconds{10'000});
        REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Unreachable); }));
        CHECK(rig.sink.links_.back().reason == row.reason);
        CHECK(rig.sink.links_.back().error.has_value());
        CHECK(rig.sink.data_.empty());
    }
}

TEST_CASE("An RTMP port that nobody listens on is refused, then called again") {
    PullRig rig(Manner::Mute);
    rig.start("rtmp://127.0.0.1:1/live/stream");
    REQUIRE(rig.until([&] { return rig.sink.times(LinkState::Unreachable) == 2; }));
    CHECK(rig.sink.links_.back().reason == "connection refused");
}

TEST_CASE("A server without TLS behind rtmps is one clear line") {
    PullRig rig(Manner::HangsUp);
    auto url = rig.server.url("/live/stream");
    rig.start("rtmps" + url.substr(4));
    run_until(rig.loop, [&] { return rig.server.accepted > 0; });
    rig.server.hang_up();
    REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Unreachable); }));
    CHECK(rig.sink.links_.back().reason == "the TLS handshake failed");
}

TEST_CASE("Cancelling an RTMP pull takes less than 200 ms in every phase") {
    PullRig handshake(Manner::Mute);
    handshake.start(handshake.server.url("/live/stream"));
    REQUIRE(handshake.until([&] { return handshake.server.accepted == 1; }));
    CHECK(handshake.cancel_time() < milliseconds{200});
    PullRig waiting(Manner::NothingPublished);
    waiting.start(waiting.server.url("/live/stream"));
    REQUIRE(waiting.until([&] { return waiting.server.playing; }));
    CHECK(waiting.cancel_time() < milliseconds{200});
    PullRig playing(Manner::Plays);
    playing.start(playing.server.url("/live/stream"));
    REQUIRE(playing.until([&] { return !playing.sink.data_.empty(); }));
    CHECK(playing.cancel_time() < milliseconds{200});
    PullRig starting(Manner::Mute);
    starting.start(starting.server.url("/live/stream"));
    CHECK(starting.cancel_time() < milliseconds{200});
}

TEST_CASE("The tcUrl names host and app, nothing secret") {
    CHECK(rtmp_tc_url("rtmp://user:pw@h.example/live/key") == "rtmp://h.example/live");
    CHECK(rtmp_tc_url("rtmp://h:1936/live/key?token=x") == "rtmp://h:1936/live");
    CHECK(rtmp_tc_url("rtmp://h/live/inst/key") == "rtmp://h/live/inst");
    CHECK(rtmp_tc_url("rtmp://h/vod/mp4:a/b.mp4") == "rtmp://h/vod");
    CHECK(rtmp_tc_url("rtmp://[::1]/live") == "rtmp://[::1]/live");
}

TEST_CASE("An RTMP URL without host or stream is refused") {
    net::EventLoop loop(kClock);
    const auto message = [&](const char* url) {
        core::InputSpec input;
        input.url = url;
        return make_rtmp_source(input, {}, loop).error().message;
    };
    CHECK(message("rtmp:///live/key") == "rtmp needs a host: rtmp://host/app/key (?mode=listen to be called)");
    CHECK(message("rtmp://host/") == "rtmp needs an app and a stream: rtmp://host/app/key");
}

}  // namespace sightline::probe
