// SPDX-License-Identifier: Apache-2.0
#include "link/wall_client.hpp"

#include <fmt/format.h>

#include <utility>

#include "link/wall_socket.hpp"

namespace sightline::link {
namespace {

constexpr int kMessagesPerTurn = 256;
constexpr std::size_t kMaxFeeds = 4'096;

/// Opens what came as a segment of its kind. @return whether it was taken; else `refusal` says why.
template <class Reader>
bool open_as(std::optional<Reader>& reader, const Descriptor& descriptor, std::string& refusal) {
    auto opened = Reader::open(descriptor.get());
    if (!opened) {
        refusal = opened.error().message;
        return false;
    }
    reader = std::move(*opened);
    return true;
}

}  // namespace

WallClient::WallClient(net::EventLoop& loop, Options options) : loop_(loop), options_(std::move(options)) {
    connect();
}

WallClient::~WallClient() = default;

void WallClient::watch(bool write) {
    watch_ = loop_.watch(socket_.get(), true, write, [this](net::EventLoop::Ready ready) { on_ready(ready); });
}

void WallClient::connect() {
    retry_.reset();
    auto socket = connect_to(options_.path);
    if (!socket) return disconnect(socket.error().message);
    socket_ = Descriptor::adopt(*socket);
    greeted_ = false;
    watch(false);
    say_all();
}

void WallClient::disconnect(std::string why) {
    watch_.reset();
    socket_ = {};
    greeted_ = false;
    trouble_ = std::move(why);
    for (auto& [stream, feed] : feeds_) feed.ended = true;
    ++revision_;
    retry_ = loop_.after(kRetry, [this] { connect(); });
}

void WallClient::say_all() {
    unsaid_.clear();
    say(WallHello{kWallVersion, options_.who, options_.software});
    say(options_.tiles);
    for (const auto& [stream, tiles] : tiles_) say(tiles);
    for (const auto& [stream, focus] : focus_) say(focus);
}

void WallClient::say(const WallMessage& message) {
    if (!socket_) return;
    if (unsaid_.empty() && send_frame(socket_.get(), encode_wall(message), {}) != Sent::Later)
        return;  // gone: reading finds out
    // Of each kind and stream the last word counts. Hello has the lowest index and goes first.
    std::string stream;
    if (const auto* tiles = std::get_if<WallTiles>(&message)) stream = tiles->stream;
    if (const auto* focus = std::get_if<WallFocus>(&message)) stream = focus->stream;
    if (unsaid_.empty()) watch(true);
    unsaid_[{message.index(), stream}] = message;
}

void WallClient::say_rest() {
    while (!unsaid_.empty()) {
        if (send_frame(socket_.get(), encode_wall(unsaid_.begin()->second), {}) == Sent::Later) return;
        unsaid_.erase(unsaid_.begin());
    }
    watch(false);
}

void WallClient::want_tiles(const WallTiles& tiles) {
    if (tiles.stream.empty()) {
        options_.tiles = tiles;
    } else if (tiles.width == 0) {
        tiles_.erase(tiles.stream);
    } else {
        tiles_[tiles.stream] = tiles;
    }
    say(tiles);
}

void WallClient::focus(const WallFocus& focus) {
    if (focus.wanted) {
        focus_[focus.stream] = focus;
    } else {
        focus_.erase(focus.stream);
        if (WallFeed* known = feed(focus.stream)) known->pcm.reset();
    }
    say(focus);
}

WallFeed* WallClient::feed(const std::string& stream) {
    const auto known = feeds_.find(stream);
    return known == feeds_.end() ? nullptr : &known->second;
}

bool WallClient::answering() const {
    return greeted_ && heard_ && loop_.clock().now() - *heard_ < kSilence;
}

void WallClient::on_ready(net::EventLoop::Ready ready) {
    if (ready.writable) say_rest();
    if (ready.readable || ready.failed) receive();
}

void WallClient::receive() {
    for (int i = 0; i < kMessagesPerTurn && socket_; ++i) {
        auto frame = receive_frame(socket_.get(), kMaxWallFrameBytes);
        if (!frame) {
            if (frame.error().code == core::ErrorCode::TryAgain) return;
            return disconnect("the probe closed the connection");
        }
        heard_ = loop_.clock().now();
        auto message = decode_wall(frame->bytes);
        if (!message) return disconnect("the probe does not speak as it should: " + message.error().message);
        take(std::move(*message), frame->descriptor);
    }
}

void WallClient::take(WallMessage message, const Descriptor& descriptor) {
    if (const auto* hello = std::get_if<WallHello>(&message)) {
        if (hello->version != kWallVersion)
            return disconnect(
                fmt::format("the probe speaks version {}, this wall version {}", hello->version, kWallVersion));
        probe_ = hello->who;
        trouble_.clear();
        greeted_ = true;
    } else if (const auto* segment = std::get_if<WallSegment>(&message)) {
        open_segment(*segment, descriptor);
    } else if (const auto* ended = std::get_if<WallEnded>(&message)) {
        if (WallFeed* known = feed(ended->stream)) known->ended = true;
        ++revision_;
    } else if (const auto* gone = std::get_if<WallGone>(&message)) {
        feeds_.erase(gone->stream);
        ++revision_;
    } else if (const auto* refused = std::get_if<WallRefused>(&message)) {
        disconnect(refused->reason);
    }
}

void WallClient::open_segment(const WallSegment& segment, const Descriptor& descriptor) {
    if (feeds_.size() >= kMaxFeeds && !feeds_.contains(segment.stream)) return;
    WallFeed& feed = feeds_[segment.stream];
    feed.refusal.clear();
    switch (segment.kind) {
        case SegmentKind::Tiles:
            open_as(feed.tiles, descriptor, feed.refusal);
            break;
        case SegmentKind::Levels:
            open_as(feed.levels, descriptor, feed.refusal);
            break;
        case SegmentKind::Pcm:
            // Sound that was asked for before the focus went may still come.
            if (focus_.contains(segment.stream)) open_as(feed.pcm, descriptor, feed.refusal);
            break;
    }
    if (feed.refusal.empty()) feed.ended = false;
    ++revision_;
}

}  // namespace sightline::link
