// SPDX-License-Identifier: Apache-2.0
#include "link/tally_receiver.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>
#include <vector>

#include "link/descriptor.hpp"
#include "net/address.hpp"
#include "net/udp_socket.hpp"

namespace sightline::link {
namespace {

constexpr int kReceiveBuffer = 1 << 20;  // a second of 1,000 packets, twice

core::Result<Descriptor> listen_on(const net::Address& address) {
    const auto failed = [&](const char* what) {
        return core::fail(core::ErrorCode::Io,
                          fmt::format("tally over TCP: cannot {} {}: {}", what, address.text(), std::strerror(errno)));
    };
    Descriptor fd = Descriptor::adopt(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (fd.get() < 0) return failed("open a socket for");
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(fd.get(), address.data(), address.size()) != 0) return failed("listen on");
    if (::listen(fd.get(), 16) != 0) return failed("listen on");
    return fd;
}

int bound_port(int fd) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
    const auto address = net::Address::from(reinterpret_cast<const sockaddr*>(&storage), size);
    return address ? address->port() : 0;
}

}  // namespace

struct TallyReceiver::Impl {
    Impl(net::EventLoop& event_loop, TallyOptions wanted) : loop(event_loop), options(std::move(wanted)) {
        published.publish(std::make_shared<const TallyBoard>());
    }

    struct Sender {
        explicit Sender(Descriptor descriptor) : fd(std::move(descriptor)) {}
        Descriptor fd;
        TslStream stream;
        std::uint64_t skipped = 0;
        std::set<int> told;  // indices that this connection has spoken for last
        net::EventLoop::Handle watch;
    };

    void take(const TallyMessage& message, Sender* sender) {
        ++board.messages;
        if (options.screen && message.version == TslVersion::V50 && message.screen != *options.screen &&
            message.screen != TallyMessage::kEvery)
            return;
        TallyLamps lamps = message.lamps;
        if (options.swap) std::swap(lamps.red, lamps.green);
        const core::ArrivalTime now = loop.clock().now();
        if (message.version == TslVersion::V50 && message.index == TallyMessage::kEvery) {
            for (auto& [index, display] : board.displays) {
                display.lamps = lamps;
                display.at = now;
                display.cut_off = false;
                speak_for(index, sender);
            }
            return;
        }
        const int index = message.index + options.index_offset;
        if (!board.displays.contains(index) && board.displays.size() >= kMostDisplays) {
            ++board.refused;
            return;
        }
        board.displays[index] = {lamps, message.text, now, false};
        speak_for(index, sender);
    }
    void speak_for(int index, Sender* sender) {
        for (const auto& other : senders) other->told.erase(index);
        if (sender != nullptr) sender->told.insert(index);
    }

    void changed() {
        if (publish_timer) return;
        publish_timer = loop.after(kPublish, [this] {
            publish_timer.reset();
            published.publish(std::make_shared<const TallyBoard>(board));
        });
    }

    core::Result<void> open_udp() {
        const auto local = net::Address::parse(options.listen, options.udp_port);
        net::UdpTarget target;
        target.local = *local;
        target.receive_buffer_bytes = kReceiveBuffer;
        auto opened = net::UdpSocket::open(
            loop, target,
            [this](std::span<const net::Datagram> datagrams) {
                for (const net::Datagram& datagram : datagrams) {
                    const auto messages = decode_tsl_datagram(datagram.bytes);
                    if (!messages) ++board.refused;
                    if (!messages) continue;
                    for (const TallyMessage& message : *messages) take(message, nullptr);
                }
                changed();
            },
            [](const core::Error&) {});
        if (!opened) return core::fail(opened.error().code, "tally over UDP: " + opened.error().message);
        udp = std::move(*opened);
        return {};
    }

    core::Result<void> open_tcp() {
        auto opened = listen_on(*net::Address::parse(options.listen, options.tcp_port));
        if (!opened) return tl::unexpected(opened.error());
        listener = std::make_unique<Descriptor>(std::move(*opened));
        accept_watch = loop.watch(listener->get(), true, false, [this](net::EventLoop::Ready) { accept_all(); });
        return {};
    }

    void accept_all() {
        for (;;) {
            Descriptor fd =
                Descriptor::adopt(::accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
            if (fd.get() < 0) return;
            if (senders.size() >= kMostConnections) {
                ++board.refused;
                changed();
                continue;
            }
            auto sender = std::make_unique<Sender>(std::move(fd));
            Sender* raw = sender.get();
            raw->watch = loop.watch(raw->fd.get(), true, false, [this, raw](net::EventLoop::Ready) { read(*raw); });
            senders.push_back(std::move(sender));
        }
    }

    void read(Sender& sender) {
        std::array<std::byte, 16'384> buffer;
        const ssize_t got = ::recv(sender.fd.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        changed();
        if (got <= 0) {
            for (const int index : sender.told) board.displays[index].cut_off = true;
            std::erase_if(senders, [&](const auto& one) { return one.get() == &sender; });
            return;
        }
        sender.stream.feed(std::span(buffer).first(static_cast<std::size_t>(got)),
                           [&](const TallyMessage& message) { take(message, &sender); });
        if (sender.stream.skipped() != sender.skipped) ++board.refused;
        sender.skipped = sender.stream.skipped();
    }

    net::EventLoop& loop;
    const TallyOptions options;
    TallyBoard board;
    core::Published<TallyBoard> published;
    std::unique_ptr<net::UdpSocket> udp;
    std::unique_ptr<Descriptor> listener;
    std::vector<std::unique_ptr<Sender>> senders;
    net::EventLoop::Handle accept_watch, publish_timer;
};

TallyReceiver::TallyReceiver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TallyReceiver::~TallyReceiver() = default;

core::Result<std::unique_ptr<TallyReceiver>> TallyReceiver::open(net::EventLoop& loop, const TallyOptions& options) {
    if (!net::Address::parse(options.listen, 0))
        return core::fail(core::ErrorCode::InvalidConfig,
                          fmt::format("tally: \"{}\" is no address to listen on", options.listen));
    auto impl = std::make_unique<Impl>(loop, options);
    if (options.udp) {
        if (auto opened = impl->open_udp(); !opened) return tl::unexpected(opened.error());
    }
    if (options.tcp) {
        if (auto opened = impl->open_tcp(); !opened) return tl::unexpected(opened.error());
    }
    return std::unique_ptr<TallyReceiver>(new TallyReceiver(std::move(impl)));
}

std::shared_ptr<const TallyBoard> TallyReceiver::board() const {
    return impl_->published.get();
}
int TallyReceiver::udp_port() const {
    return impl_->udp ? impl_->udp->local().port() : 0;
}
int TallyReceiver::tcp_port() const {
    return impl_->listener ? bound_port(impl_->listener->get()) : 0;
}

}  // namespace sightline::link
