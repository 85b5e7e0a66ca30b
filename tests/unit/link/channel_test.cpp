// SPDX-License-Identifier: Apache-2.0
#include "link/channel.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "link/tile_frames.hpp"
#include "tests/catch.hpp"

using namespace sightline;
using link::Channel;

namespace {

/// One end, with all it was told.
struct End {
    End(net::EventLoop& loop, int socket)
        : channel(std::make_unique<Channel>(
              loop, socket,
              Channel::Handlers{[this](link::Message message) { messages.push_back(std::move(message)); },
                                [this](const core::Error& error) { refusals.push_back(error.message); },
                                [this] {
                                    ++closed;
                                    if (dies_when_closed) channel.reset();
                                }})) {}
    std::vector<link::Message> messages;
    std::vector<std::string> refusals;
    int closed = 0;
    bool dies_when_closed = false;
    std::unique_ptr<Channel> channel;
};

struct Pair {
    Pair() {
        auto ends = Channel::make_pair();
        REQUIRE(ends);
        near = std::make_unique<End>(loop, ends->first);
        far_socket = ends->second;
    }
    void open_far() { far = std::make_unique<End>(loop, far_socket); }
    /// Everything that can happen without waiting.
    void settle() {
        while (loop.poll() > 0) {
        }
    }
    core::VirtualClock clock;
    net::EventLoop loop{clock};
    std::unique_ptr<End> near, far;
    int far_socket = -1;
};

}  // namespace

TEST_CASE("Messages go both ways, in order", "[channel]") {
    Pair pair;
    pair.open_far();
    for (std::uint32_t i = 0; i < 200; ++i) REQUIRE(pair.near->channel->send(link::Focus{i, true}));
    REQUIRE(pair.far->channel->send(link::Hello{1, "seccomp"}));
    pair.settle();
    REQUIRE(pair.far->messages.size() == 200);
    for (std::uint32_t i = 0; i < 200; ++i) CHECK(std::get<link::Focus>(pair.far->messages[i]).stream == i);
    REQUIRE(pair.near->messages.size() == 1);
    CHECK(std::get<link::Hello>(pair.near->messages[0]).sandbox == "seccomp");
    CHECK(pair.near->channel->queued_bytes() == 0);
}

TEST_CASE("What a full socket does not take is queued, counted, and sent when there is room", "[channel]") {
    Pair pair;
    const std::string jpeg(100'000, 'x');
    std::uint32_t sent = 0;
    while (pair.near->channel->queued_bytes() < 1'000'000) {
        REQUIRE(pair.near->channel->send(link::Still{sent % 4'000, jpeg}));
        REQUIRE(++sent < 1'000);
    }
    pair.settle();  // nobody reads: nothing moves
    CHECK(pair.near->channel->queued_bytes() >= 1'000'000);
    pair.open_far();
    pair.settle();
    REQUIRE(pair.far->messages.size() == sent);
    for (std::uint32_t i = 0; i < sent; ++i) CHECK(std::get<link::Still>(pair.far->messages[i]).stream == i);
    CHECK(pair.near->channel->queued_bytes() == 0);
    CHECK(pair.near->closed == 0);
}

TEST_CASE("A message that is too large is refused and hurts nobody else", "[channel]") {
    Pair pair;
    pair.open_far();
    const auto refused = pair.near->channel->send(link::Still{0, std::string(link::kMaxFrameBytes, 'x')});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == core::ErrorCode::Unsupported);
    CHECK(pair.near->channel->queued_bytes() == 0);
    REQUIRE(pair.near->channel->send(link::Stop{}));
    pair.settle();
    CHECK(pair.far->messages.size() == 1);
}

TEST_CASE("Frames that break the protocol are told and the channel goes on", "[channel]") {
    Pair pair;
    const auto raw = [&](const std::string& frame) {
        REQUIRE(::send(pair.far_socket, frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size()));
    };
    raw("garbage");
    raw(std::string(link::kMaxFrameBytes + 1'000, 'J'));
    raw(R"(J{"type":"hello","version":1})");
    pair.settle();
    CHECK(pair.near->refusals == std::vector<std::string>{"a message of unknown kind", "a message of 131073 bytes"});
    CHECK(pair.near->messages.size() == 1);
    CHECK(pair.near->closed == 0);
    ::close(pair.far_socket);
}

TEST_CASE("What was sent before the other side closed still arrives, then its going is told once", "[channel]") {
    Pair pair;
    pair.open_far();
    REQUIRE(pair.far->channel->send(link::Hello{1, "x"}));
    pair.far.reset();
    pair.settle();
    CHECK(pair.near->messages.size() == 1);
    CHECK(pair.near->closed == 1);
    pair.settle();
    CHECK(pair.near->closed == 1);
    const auto late = pair.near->channel->send(link::Stop{});
    REQUIRE_FALSE(late);
    CHECK(late.error().code == core::ErrorCode::Io);
    CHECK(late.error().message == "the other side is gone");
}

TEST_CASE("A channel may be destroyed when it is told that it is closed", "[channel]") {
    Pair pair;
    pair.near->dies_when_closed = true;
    ::close(pair.far_socket);
    pair.settle();
    CHECK(pair.near->closed == 1);
    CHECK(pair.near->channel == nullptr);
}

TEST_CASE("The other side closing with a queue waiting ends the channel", "[channel]") {
    Pair pair;
    while (pair.near->channel->queued_bytes() == 0)
        REQUIRE(pair.near->channel->send(link::Still{0, std::string(100'000, 'x')}));
    ::close(pair.far_socket);
    for (int turn = 0; turn < 10 && pair.near->closed == 0; ++turn) pair.loop.poll();
    CHECK(pair.near->closed == 1);
    CHECK(pair.loop.poll() == 0);
}

TEST_CASE("Destroying a channel closes its socket", "[channel]") {
    Pair pair;
    pair.near->channel.reset();
    char byte = 0;
    CHECK(::recv(pair.far_socket, &byte, 1, 0) == 0);
    ::close(pair.far_socket);
}

TEST_CASE("A segment's descriptor goes along with its message, now or when there is room", "[channel]") {
    Pair pair;
    auto writer = link::TileWriter::create(32, 18, 1);
    REQUIRE(writer);
    const auto send = [&](std::uint32_t stream) {
        REQUIRE(pair.near->channel->send(link::Segment{stream, link::SegmentKind::Tiles, writer->descriptor()}));
    };
    send(1);
    while (pair.near->channel->queued_bytes() == 0)
        REQUIRE(pair.near->channel->send(link::Still{0, std::string(100'000, 'x')}));
    send(2);
    pair.open_far();
    pair.settle();
    std::vector<std::uint32_t> streams;
    for (const link::Message& message : pair.far->messages) {
        const auto* segment = std::get_if<link::Segment>(&message);
        if (segment == nullptr) continue;
        streams.push_back(segment->stream);
        CHECK(link::TileReader::open(segment->descriptor.get()));
    }
    CHECK(streams == std::vector<std::uint32_t>{1, 2});
    REQUIRE(pair.near->channel->send(link::Segment{3, link::SegmentKind::Pcm, {}}));
    pair.settle();
    CHECK_FALSE(std::get<link::Segment>(pair.far->messages.back()).descriptor);
    REQUIRE(pair.near->channel->send(link::Ring{4, 1U << 20, writer->descriptor()}));
    pair.settle();
    const auto& ring = std::get<link::Ring>(pair.far->messages.back());
    CHECK(ring.stream == 4);
    CHECK(ring.capacity == 1U << 20);
    CHECK(ring.descriptor);
}
