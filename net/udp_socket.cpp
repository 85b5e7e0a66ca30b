// SPDX-License-Identifier: Apache-2.0
#include "net/udp_socket.hpp"

#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <vector>

#include "core/text.hpp"

#ifndef IP_MULTICAST_ALL
#define IP_MULTICAST_ALL 49
#endif
#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

namespace sightline::net {
namespace {

using core::ErrorCode;

constexpr std::size_t kBatch = 64;
constexpr std::size_t kSlotBytes = 65'536;  // the largest datagram there is: nothing is ever cut
constexpr int kMostBatchesPerTurn = 64;     // then the other sockets of the loop have their turn
constexpr int kQuietSweeps = 25;            // 200 ms without a packet: wait instead of sweeping

/// Room for one recvmmsg, shared by all sockets of a thread; of its 4 MiB only pages that packets touch are real.
struct ReceiveArea {
    struct alignas(cmsghdr) Control {
        std::array<char, 128> bytes;
    };
    ReceiveArea() : data(new std::byte[kBatch * kSlotBytes]) {}
    std::unique_ptr<std::byte[]> data;
    std::array<iovec, kBatch> vectors{};
    std::array<mmsghdr, kBatch> headers{};
    std::array<Control, kBatch> controls{};

    void prepare() {
        for (std::size_t i = 0; i < kBatch; ++i) {
            vectors[i] = {data.get() + i * kSlotBytes, kSlotBytes};
            headers[i] = {};
            headers[i].msg_hdr.msg_iov = &vectors[i];
            headers[i].msg_hdr.msg_iovlen = 1;
            headers[i].msg_hdr.msg_control = controls[i].bytes.data();
            headers[i].msg_hdr.msg_controllen = controls[i].bytes.size();
        }
    }
};

ReceiveArea& receive_area() {
    thread_local ReceiveArea area;
    return area;
}

std::string words(int error) {
    std::string text = std::generic_category().message(error);
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
    return text;
}

core::Result<unsigned> interface_index(const std::string& interface) {
    if (interface.empty()) return 0U;
    if (const unsigned index = if_nametoindex(interface.c_str()); index != 0) return index;
    const auto wanted = Address::parse(interface);
    ifaddrs* raw = nullptr;
    if (wanted && getifaddrs(&raw) == 0) {
        const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> list(raw, &freeifaddrs);
        for (const ifaddrs* entry = raw; entry != nullptr; entry = entry->ifa_next) {
            if (entry->ifa_addr == nullptr) continue;
            const auto size = entry->ifa_addr->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
            const auto address = Address::from(entry->ifa_addr, static_cast<socklen_t>(size));
            if (address && address->host() == wanted->host()) return if_nametoindex(entry->ifa_name);
        }
    }
    return core::fail(ErrorCode::InvalidConfig, fmt::format("interface \"{}\" is neither the name nor an address of a "
                                                            "network interface of this machine",
                                                            core::clean_utf8(interface)));
}

core::Result<void> join(int fd, const UdpTarget& target, unsigned index) {
    const int level = target.local.is_v6() ? IPPROTO_IPV6 : IPPROTO_IP;
    int result = 0;
    if (target.source.empty()) {
        group_req request{};
        request.gr_interface = index;
        std::memcpy(&request.gr_group, target.local.data(), target.local.size());
        result = ::setsockopt(fd, level, MCAST_JOIN_GROUP, &request, sizeof request);
    } else {
        const auto source = Address::parse(target.source);
        if (!source || source->family() != target.local.family()) {
            return core::fail(ErrorCode::InvalidConfig,
                              fmt::format("source \"{}\" is not an {} address", core::clean_utf8(target.source),
                                          target.local.is_v6() ? "IPv6" : "IPv4"));
        }
        group_source_req request{};
        request.gsr_interface = index;
        std::memcpy(&request.gsr_group, target.local.data(), target.local.size());
        std::memcpy(&request.gsr_source, source->data(), source->size());
        result = ::setsockopt(fd, level, MCAST_JOIN_SOURCE_GROUP, &request, sizeof request);
    }
    if (result == 0) return {};
    return core::fail(ErrorCode::Io, fmt::format("cannot join {}: {}", target.local.host(), words(errno)));
}

void ask_for_buffer(int fd, const UdpTarget& target, UdpStatistics& statistics) {
    const int asked = target.receive_buffer_bytes > 0 ? target.receive_buffer_bytes : UdpSocket::kDefaultReceiveBuffer;
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &asked, sizeof asked) != 0) {
        ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &asked, sizeof asked);
    }
    int granted = 0;
    socklen_t size = sizeof granted;
    ::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &size);
    statistics.buffer_asked_bytes = asked;
    statistics.buffer_granted_bytes = granted / 2;  // the kernel shows twice what it was asked for (socket(7))
}

core::Result<void> bind_to(int fd, const UdpTarget& target, unsigned index) {
    const int on = 1;
    const int off = 0;
    const bool multicast = target.local.is_multicast();
    // Several probes may watch one group; two on one unicast port would steal each other's packets.
    if (multicast) ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (target.local.is_v6()) {
        if (!multicast) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
        ::setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, &off, sizeof off);
    }
    // Else the groups that other sockets of this machine joined come here as well (ip(7)).
    ::setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off);
    ::setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    ::setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    // A group of link or interface scope is one group per interface.
    const Address address = multicast && index != 0 ? target.local.with_scope(index) : target.local;
    if (::bind(fd, address.data(), address.size()) == 0) return {};
    if (errno == EADDRNOTAVAIL) {
        return core::fail(ErrorCode::Io, fmt::format("{} is not an address of this machine", target.local.host()));
    }
    return core::fail(ErrorCode::Io, fmt::format("cannot listen on {}: {}", target.local.text(), words(errno)));
}

}  // namespace

core::ArrivalTime StampConverter::convert(core::UtcTime stamp) {
    const core::ArrivalTime arrival = std::clamp(now_ - (utc_ - stamp), std::min(floor_, now_), now_);
    last_ = std::max(last_, arrival);
    return last_;
}

struct UdpSocket::Impl : std::enable_shared_from_this<UdpSocket::Impl> {
    Impl(EventLoop& the_loop, OnDatagrams datagrams, OnError error)
        : loop(the_loop),
          stamps(the_loop.clock().now()),
          on_datagrams(std::move(datagrams)),
          on_error(std::move(error)) {}
    ~Impl() {
        waiting.reset();
        if (fd >= 0) ::close(fd);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void wait();
    void sweep_at(core::ArrivalTime due);
    void sweep();
    int receive_batch();
    Datagram read_header(const mmsghdr& header);

    EventLoop& loop;
    StampConverter stamps;
    OnDatagrams on_datagrams;
    OnError on_error;
    int fd = -1;
    Address bound;
    UdpStatistics statistics;
    std::uint32_t last_overflow = 0;
    int quiet_sweeps = 0;
    bool closed = false;
    EventLoop::Handle waiting, next_sweep;
    std::vector<Datagram> batch;
};

void UdpSocket::Impl::wait() {
    next_sweep.reset();
    waiting = loop.watch(fd, true, false, [this](EventLoop::Ready) { sweep(); });
}

void UdpSocket::Impl::sweep_at(core::ArrivalTime due) {
    waiting.reset();
    next_sweep = loop.at(due, [this] { sweep(); });
}

Datagram UdpSocket::Impl::read_header(const mmsghdr& header) {
    std::optional<core::UtcTime> stamp;
    msghdr message = header.msg_hdr;
    for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control)) {
        if (control->cmsg_level != SOL_SOCKET) continue;
        if (control->cmsg_type == SCM_TIMESTAMPNS) {
            timespec time{};
            std::memcpy(&time, CMSG_DATA(control), sizeof time);
            stamp = core::UtcTime{std::chrono::seconds{time.tv_sec} + core::Duration{time.tv_nsec}};
        } else if (control->cmsg_type == SO_RXQ_OVFL) {
            std::uint32_t total = 0;
            std::memcpy(&total, CMSG_DATA(control), sizeof total);
            statistics.dropped_by_kernel += total - last_overflow;  // 32 bits, and so is the difference
            last_overflow = total;
        }
    }
    const auto* bytes = static_cast<const std::byte*>(message.msg_iov[0].iov_base);
    return {{bytes, header.msg_len}, stamps.convert(stamp.value_or(core::UtcTime::max()))};
}

/// @return datagrams got, or −errno.
int UdpSocket::Impl::receive_batch() {
    ReceiveArea& area = receive_area();
    area.prepare();
    int count = 0;
    do {
        count = ::recvmmsg(fd, area.headers.data(), kBatch, MSG_DONTWAIT, nullptr);
    } while (count < 0 && errno == EINTR);
    if (count < 0) return -errno;
    batch.clear();
    for (int i = 0; i < count; ++i) {
        batch.push_back(read_header(area.headers[static_cast<std::size_t>(i)]));
        ++statistics.datagrams;
        statistics.bytes += batch.back().bytes.size();
    }
    return count;
}

void UdpSocket::Impl::sweep() {
    const auto keep = shared_from_this();
    const core::ArrivalTime now = loop.clock().now();
    stamps.begin(now, loop.clock().utc());
    bool any = false;
    for (int turn = 0; turn < kMostBatchesPerTurn; ++turn) {
        const int count = receive_batch();
        if (count > 0) {
            any = true;
            on_datagrams(batch);
            if (closed) return;
        } else if (count != -EAGAIN && count != -EWOULDBLOCK && count != -ECONNREFUSED) {
            waiting.reset();
            next_sweep.reset();
            on_error(
                core::Error{ErrorCode::Io, fmt::format("receiving on {} failed: {}", bound.text(), words(-count))});
            return;
        }
        if (count < static_cast<int>(kBatch)) {
            stamps.drained();
            break;
        }
        if (turn + 1 == kMostBatchesPerTurn) {
            sweep_at(now);
            return;
        }
    }
    quiet_sweeps = any ? 0 : quiet_sweeps + 1;
    if (quiet_sweeps > kQuietSweeps) {
        wait();
        return;
    }
    // On a grid that all sockets share: due together, they are swept in one turn of the loop.
    const auto grid = now.time_since_epoch() / kSweep;
    sweep_at(core::ArrivalTime{kSweep * (grid + 1)});
}

core::Result<std::unique_ptr<UdpSocket>> UdpSocket::open(EventLoop& loop, const UdpTarget& target,
                                                         OnDatagrams on_datagrams, OnError on_error) {
    auto impl = std::make_shared<Impl>(loop, std::move(on_datagrams), std::move(on_error));
    impl->fd = ::socket(target.local.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (impl->fd < 0) return core::fail(ErrorCode::Io, fmt::format("no UDP socket: {}", words(errno)));
    const bool multicast = target.local.is_multicast();
    if (!multicast && !target.source.empty()) {
        return core::fail(ErrorCode::InvalidConfig,
                          fmt::format("a source is for multicast only, and {} is none", target.local.host()));
    }
    ask_for_buffer(impl->fd, target, impl->statistics);
    const auto index = interface_index(target.interface);
    if (!index) return tl::unexpected(index.error());
    if (auto bound = bind_to(impl->fd, target, *index); !bound) return tl::unexpected(bound.error());
    if (multicast) {
        if (auto joined = join(impl->fd, target, *index); !joined) return tl::unexpected(joined.error());
    }
    sockaddr_storage local{};
    socklen_t size = sizeof local;
    ::getsockname(impl->fd, reinterpret_cast<sockaddr*>(&local), &size);
    impl->bound = Address::from(reinterpret_cast<const sockaddr*>(&local), size).value_or(target.local);
    impl->wait();
    return std::unique_ptr<UdpSocket>(new UdpSocket(std::move(impl)));
}

UdpSocket::UdpSocket(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

UdpSocket::~UdpSocket() {
    impl_->closed = true;
    impl_->waiting.reset();
    impl_->next_sweep.reset();
}

Address UdpSocket::local() const {
    return impl_->bound;
}

const UdpStatistics& UdpSocket::statistics() const {
    return impl_->statistics;
}

}  // namespace sightline::net
