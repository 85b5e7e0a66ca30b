// SPDX-License-Identifier: Apache-2.0
#include "probe/rtmp_listen_source.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "child_process.hpp"
#include "loop_sink.hpp"
#include "rtmp_script.hpp"
#include "tests/catch.hpp"

namespace sightline::probe {
namespace {

using rtmp::Bytes;
using rtmp::Script;
using std::chrono::milliseconds;

core::InputSpec input_of(const std::string& url) {
    core::InputSpec input;
    input.url = url;
    return input;
}

RtmpListenSettings settings() {
    return {*net::Address::parse("127.0.0.1", 0), {"live", "secret"}};
}

/// The encoder's end of a TCP connection; reads what comes while the loop runs.
class Client {
public:
    Client(net::EventLoop& loop, int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        watch_ = loop.watch(fd_, true, false, [this](net::EventLoop::Ready) {
            std::array<std::byte, 65536> buffer{};
            const auto got = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (got > 0) {
                got_.insert(got_.end(), buffer.begin(), buffer.begin() + got);
            } else {
                closed_ = true;
                watch_.reset();
            }
        });
    }
    ~Client() { close(); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    void send(const Bytes& bytes) {
        REQUIRE(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
    }
    void close() {
        watch_.reset();
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    [[nodiscard]] bool got(std::string_view text) const { return rtmp::holds(got_, text); }
    [[nodiscard]] bool closed() const { return closed_; }

private:
    int fd_;
    net::EventLoop::Handle watch_;
    Bytes got_;
    bool closed_ = false;
};

struct ListenRig {
    explicit ListenRig(RtmpListenSettings s = settings()) : source(std::move(s), {}, loop) { source.start(sink); }
    ~ListenRig() { source.cancel(); }
    bool until(const std::function<bool()>& holds) { return run_until(loop, holds); }
    net::EventLoop loop{kClock};
    LoopSink sink;
    RtmpListenSource source;
};

Bytes hello(const char* key = "secret", const char* app = "live") {
    return Script().greet().connect(app).create_stream().publish(key).metadata().bytes;
}
Bytes picture(int seed) {
    return Script().message(6, rtmp::kVideo, 40, rtmp::payload_of(100, seed)).bytes;
}

}  // namespace

TEST_CASE("A listening URL says where and what") {
    CHECK(is_rtmp_listen(input_of("rtmp://0.0.0.0:1935/app/key?mode=listen")));
    CHECK(is_rtmp_listen(input_of("rtmp://0.0.0.0:1935/app/key?listen=1")));
    CHECK_FALSE(is_rtmp_listen(input_of("rtmp://h/app/key?listen=0")));
    CHECK_FALSE(is_rtmp_listen(input_of("rtmp://h/app/key")));
    const auto plain = parse_rtmp_listen(input_of("rtmp://0.0.0.0/live/inst/a%20key?mode=listen"));
    REQUIRE(plain);
    CHECK(plain->local.text() == "0.0.0.0:1935");
    CHECK(plain->point.app == "live/inst");
    CHECK(plain->point.key == "a key");
    auto input = input_of("rtmp://localhost:1936/live?mode=listen");
    input.rtmp_key = "k";
    CHECK(parse_rtmp_listen(input)->point.app == "live");
    CHECK(parse_rtmp_listen(input)->point.key == "k");
    CHECK(parse_rtmp_listen(input)->local.text() == "127.0.0.1:1936");
    CHECK(parse_rtmp_listen(input_of("rtmp://0.0.0.0/live?mode=listen")).error().message ==
          "an RTMP listener needs an app and a key: rtmp://address:port/app/key?mode=listen");
    CHECK(parse_rtmp_listen(input_of("rtmp://enc.example/a/k?mode=listen")).error().message ==
          "an RTMP listener needs an address of this machine, not the name enc.example");
    CHECK(parse_rtmp_listen(input_of("rtmps://0.0.0.0/a/k?mode=listen")).error().code ==
          core::ErrorCode::InvalidConfig);
}

TEST_CASE("An encoder publishes, stops, and another one publishes") {
    ListenRig rig;
    REQUIRE(rig.sink.in(LinkState::Connecting));
    Client first(rig.loop, rig.source.listening_port());
    first.send(hello());
    REQUIRE(rig.until([&] { return first.got("NetStream.Publish.Start") && rig.sink.in(LinkState::Connected); }));
    first.send(picture(1));
    REQUIRE(rig.until([&] { return rtmp::holds(rig.sink.data_, "FLV") && rig.sink.data_.size() > 150; }));
    REQUIRE(rig.sink.boundaries_.size() == 1);
    CHECK(rig.sink.boundaries_[0].container == Container::Flv);
    first.send(Script().stop().bytes);
    REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Unreachable); }));
    CHECK(rig.sink.links_.back().reason == "the encoder stopped publishing; waiting for an encoder");
    Client second(rig.loop, rig.source.listening_port());
    second.send(hello());
    REQUIRE(rig.until([&] { return rig.sink.times(LinkState::Connected) == 2; }));
    second.close();
    REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Unreachable); }));
    CHECK(rig.sink.links_.back().reason == "the encoder closed the connection; waiting for an encoder");
    CHECK(rig.sink.boundaries_.size() == 2);
    CHECK(rig.source.statistics().at("rtmp.publishers_total") == 2);
}

TEST_CASE("A wrong app or key is refused, told and counted") {
    ListenRig rig;
    Client wrong_key(rig.loop, rig.source.listening_port());
    wrong_key.send(hello("guess"));
    REQUIRE(rig.until([&] { return wrong_key.got("NetStream.Publish.BadName") && wrong_key.closed(); }));
    CHECK(rig.sink.said(LinkState::Unreachable, ": wrong stream key"));
    Client wrong_app(rig.loop, rig.source.listening_port());
    wrong_app.send(hello("secret", "other"));
    REQUIRE(rig.until([&] { return wrong_app.got("NetConnection.Connect.Rejected") && wrong_app.closed(); }));
    CHECK(rig.sink.said(LinkState::Unreachable, ": wrong app \"other\""));
    CHECK(rig.source.statistics().at("rtmp.refused_total") == 2);
    CHECK(rig.sink.data_.empty());
    for (const auto& link : rig.sink.links_) CHECK(link.reason.find("secret") == std::string::npos);
}

TEST_CASE("A second encoder is refused while the first one sends") {
    ListenRig rig;
    Client first(rig.loop, rig.source.listening_port());
    first.send(hello());
    REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Connected); }));
    Client second(rig.loop, rig.source.listening_port());
    second.send(hello());
    REQUIRE(rig.until([&] { return second.got("another encoder is publishing") && second.closed(); }));
    const auto before = rig.sink.data_.size();
    first.send(picture(2));
    REQUIRE(rig.until([&] { return rig.sink.data_.size() > before; }));
    CHECK(rig.sink.times(LinkState::Connected) == 1);
    CHECK(rig.sink.in(LinkState::Connected));
}

TEST_CASE("Garbage is told in one line and harms nobody") {
    ListenRig rig;
    Client browser(rig.loop, rig.source.listening_port());
    Bytes request;
    for (const char c : std::string_view("GET / HTTP/1.1\r\n\r\n")) request.push_back(static_cast<std::byte>(c));
    browser.send(request);
    REQUIRE(rig.until([&] { return browser.closed(); }));
    CHECK(rig.sink.said(LinkState::Unreachable, "did not publish: not RTMP: begins with byte 71"));
    Client encoder(rig.loop, rig.source.listening_port());
    encoder.send(hello());
    REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Connected); }));
}

TEST_CASE("A port that is taken is said and tried again") {
    ListenRig holder;
    auto taken = settings();
    taken.local = taken.local.with_port(holder.source.listening_port());
    ListenRig rig(taken);
    REQUIRE(rig.sink.in(LinkState::Unreachable));
    CHECK(rig.sink.links_.back().reason == "cannot listen on " + taken.local.text() + ": Address already in use");
    holder.source.cancel();
    REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Connecting); }));
}

TEST_CASE("Cancelling an RTMP listener is silent and at once, from outside and from inside a callback") {
    ListenRig rig;
    Client encoder(rig.loop, rig.source.listening_port());
    encoder.send(hello());
    SECTION("from outside") {
        REQUIRE(rig.until([&] { return rig.sink.in(LinkState::Connected); }));
        rig.source.cancel();
    }
    SECTION("from inside") {
        bool cancelled = false;
        rig.sink.on_data_ = [&] {
            rig.source.cancel();
            cancelled = true;
        };
        REQUIRE(rig.until([&] { return cancelled; }));
    }
    const auto calls = rig.sink.links_.size();
    REQUIRE(rig.until([&] { return encoder.closed(); }));
    CHECK(rig.sink.links_.size() == calls);
    CHECK(rig.source.listening_port() == 0);
}

TEST_CASE("FFmpeg publishes to us, and is turned away with a wrong key") {
    if (!has_program("ffmpeg")) {
        WARN("ffmpeg is not installed: not tested");
        return;
    }
    ListenRig rig;
    const auto publish = [&](const std::string& key) {
        return std::make_unique<ChildProcess>(std::vector<std::string>{
            "ffmpeg",
            "-nostdin",
            "-loglevel",
            "quiet",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=160x96:rate=25",
            "-f",
            "lavfi",
            "-i",
            "sine",
            "-t",
            "2",
            "-c:v",
            "flv",
            "-c:a",
            "aac",
            "-f",
            "flv",
            "rtmp://127.0.0.1:" + std::to_string(rig.source.listening_port()) + "/live/" + key});
    };
    auto wrong = publish("guess");
    REQUIRE(rig.until([&] { return wrong->ended(); }));
    CHECK(rig.sink.said(LinkState::Unreachable, "wrong stream key"));
    CHECK(rig.sink.data_.empty());
    auto right = publish("secret");
    REQUIRE(rig.until([&] { return rig.sink.said(LinkState::Unreachable, "the encoder stopped publishing"); }));
    CHECK(rig.sink.times(LinkState::Connected) == 1);
    const std::span<const std::byte> flv(rig.sink.data_);
    REQUIRE(flv.size() > 1000);
    CHECK(rtmp::holds({flv.begin(), flv.begin() + 3}, "FLV"));
    CHECK(std::to_integer<int>(flv[4]) == 5);
    std::size_t at = 13, pictures = 0, sounds = 0;
    while (at < flv.size()) {
        const int type = std::to_integer<int>(flv[at]);
        pictures += type == rtmp::kVideo ? 1 : 0;
        sounds += type == rtmp::kAudio ? 1 : 0;
        at += 11 + rtmp::get_big_endian(flv.subspan(at + 1, 3)) + 4;
    }
    CHECK(at == flv.size());
    CHECK(pictures >= 50);
    CHECK(sounds >= 80);
}

}  // namespace sightline::probe
