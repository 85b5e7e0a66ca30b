// SPDX-License-Identifier: Apache-2.0
#include "net/datagram_sender.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <system_error>
#include <utility>

namespace sightline::net {
namespace {

core::Error system_error(int code) {
    const std::string words = code == ECONNREFUSED ? "nobody listens there" : std::generic_category().message(code);
    return {core::ErrorCode::Io, words};
}

}  // namespace

struct DatagramSender::Impl {
    struct Sending {
        std::string bytes;
        Done done;
        int fd = -1;
        EventLoop::Handle resolving, limit, watch;

        Sending() = default;
        Sending(const Sending&) = delete;
        Sending& operator=(const Sending&) = delete;
        ~Sending() {
            watch.reset();
            if (fd >= 0) ::close(fd);
        }
    };

    Impl(EventLoop& the_loop, Resolver::Lookup lookup) : loop(the_loop), resolver(the_loop, std::move(lookup)) {}

    void finish(std::uint64_t id, core::Result<void> result) {
        const auto sending = all.extract(id);  // dies after the answer is passed on
        if (sending) sending.mapped()->done(std::move(result));
    }
    void emit(std::uint64_t id, const Addresses& addresses);

    EventLoop& loop;
    Resolver resolver;
    std::uint64_t next = 0;
    std::map<std::uint64_t, std::unique_ptr<Sending>> all;
};

void DatagramSender::Impl::emit(std::uint64_t id, const Addresses& addresses) {
    if (!addresses) return finish(id, tl::unexpected(addresses.error()));
    Sending& sending = *all.at(id);
    const Address& to = addresses->front();
    sending.fd = ::socket(to.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (sending.fd < 0 || ::connect(sending.fd, to.data(), to.size()) != 0 ||
        ::send(sending.fd, sending.bytes.data(), sending.bytes.size(), MSG_NOSIGNAL) < 0) {
        return finish(id, tl::unexpected(system_error(errno)));
    }
    sending.watch = loop.watch(sending.fd, false, false, [this, id](EventLoop::Ready) {
        int code = 0;
        socklen_t size = sizeof code;
        ::getsockopt(all.at(id)->fd, SOL_SOCKET, SO_ERROR, &code, &size);
        if (code != 0) finish(id, tl::unexpected(system_error(code)));
    });
    sending.limit = loop.after(kRefusalWait, [this, id] { finish(id, {}); });
}

DatagramSender::DatagramSender(EventLoop& loop, Resolver::Lookup lookup)
    : impl_(std::make_shared<Impl>(loop, std::move(lookup))) {}

DatagramSender::~DatagramSender() = default;

EventLoop::Handle DatagramSender::send(const std::string& host, int port, std::string bytes, core::Duration timeout,
                                       Done done) {
    const std::uint64_t id = impl_->next++;
    auto sending = std::make_unique<Impl::Sending>();
    sending->bytes = std::move(bytes);
    sending->done = std::move(done);
    Impl& impl = *impl_;
    sending->limit = impl.loop.after(timeout, [&impl, id, timeout] {
        impl.finish(
            id, core::fail(core::ErrorCode::Timeout, "name servers do not answer within " + core::to_text(timeout)));
    });
    sending->resolving =
        impl.resolver.resolve(host, port, [&impl, id](const Addresses& addresses) { impl.emit(id, addresses); });
    impl.all[id] = std::move(sending);
    return EventLoop::Handle([weak = std::weak_ptr<Impl>(impl_), id] {
        if (const auto alive = weak.lock()) alive->all.erase(id);
    });
}

}  // namespace sightline::net
