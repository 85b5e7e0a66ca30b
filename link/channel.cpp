// SPDX-License-Identifier: Apache-2.0
#include "link/channel.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "link/wall_socket.hpp"

namespace sightline::link {
namespace {

constexpr int kSocketBufferBytes = 1 << 20;
constexpr int kMessagesPerTurn = 64;  // so that one busy worker does not starve the others

}  // namespace

core::Result<std::pair<int, int>> Channel::make_pair() {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) {
        return core::fail(core::ErrorCode::Io, fmt::format("socketpair: {}", std::generic_category().message(errno)));
    }
    for (const int end : ends) setsockopt(end, SOL_SOCKET, SO_SNDBUF, &kSocketBufferBytes, sizeof kSocketBufferBytes);
    return std::pair{ends[0], ends[1]};
}

Channel::Channel(net::EventLoop& loop, int socket, Handlers handlers)
    : loop_(loop), socket_(socket), handlers_(std::move(handlers)), buffer_(kMaxFrameBytes + 1, '\0') {
    watch();
}

Channel::~Channel() {
    watch_.reset();
    if (socket_ >= 0) ::close(socket_);
}

void Channel::watch() {
    watch_ = loop_.watch(socket_, true, wants_write_, [this](net::EventLoop::Ready ready) { on_ready(ready); });
}

core::Result<void> Channel::send(const Message& message) {
    if (socket_ < 0) return core::fail(core::ErrorCode::Io, "the other side is gone");
    auto frame = encode(message);
    if (!frame) return tl::unexpected(frame.error());
    queued_bytes_ += frame->size();
    const auto* segment = std::get_if<Segment>(&message);
    const auto* ring = std::get_if<Ring>(&message);
    queue_.push_back({std::move(*frame), segment != nullptr ? segment->descriptor
                                         : ring != nullptr  ? ring->descriptor
                                                            : Descriptor{}});
    transmit();
    return {};
}

void Channel::transmit() {
    while (!queue_.empty()) {
        const Waiting& next = queue_.front();
        if (send_frame(socket_, next.frame, next.descriptor) != Sent::Yes)
            break;  // full: later; gone: the reading side finds out
        queued_bytes_ -= next.frame.size();
        queue_.pop_front();
    }
    if (wants_write_ != !queue_.empty()) {
        wants_write_ = !queue_.empty();
        watch();
    }
}

void Channel::on_ready(net::EventLoop::Ready ready) {
    if (ready.writable) transmit();
    if (ready.readable || ready.failed) receive();
}

void Channel::receive() {
    for (int i = 0; i < kMessagesPerTurn; ++i) {
        Descriptor descriptor;
        const auto got = receive_into(socket_, buffer_, descriptor);
        if (!got && got.error().code == core::ErrorCode::TryAgain) return;
        if (!got) return close();
        auto message = decode(std::string_view(buffer_.data(), *got));
        if (message) {
            if (auto* segment = std::get_if<Segment>(&*message)) {
                segment->descriptor = std::move(descriptor);
            } else if (auto* ring = std::get_if<Ring>(&*message)) {
                ring->descriptor = std::move(descriptor);
            }
            handlers_.on_message(std::move(*message));
        } else if (handlers_.on_refused) {
            handlers_.on_refused(message.error());
        }
        if (socket_ < 0) return;
    }
}

void Channel::close() {
    watch_.reset();
    ::close(std::exchange(socket_, -1));
    const auto closed = handlers_.on_closed;
    if (closed) closed();
}

}  // namespace sightline::link
