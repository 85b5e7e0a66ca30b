// SPDX-License-Identifier: Apache-2.0
#include "link/wall_socket.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace sightline::link {
namespace {

using core::ErrorCode;

constexpr int kBacklog = 8;
constexpr std::size_t kMaxDescriptors = 4;

core::Result<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return core::fail(ErrorCode::InvalidConfig, fmt::format("the socket path {} is not 1 to {} bytes long", path,
                                                                sizeof address.sun_path - 1));
    std::memcpy(address.sun_path, path.c_str(), path.size());
    return address;
}

core::Error failed(const std::string& what, int error) {
    const auto code = error == ENOENT ? ErrorCode::NotFound : error == EACCES ? ErrorCode::Refused : ErrorCode::Io;
    return {code, fmt::format("{}: {}", what, std::generic_category().message(error))};
}

Descriptor new_socket() {
    return Descriptor::adopt(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

}  // namespace

Sent send_frame(int socket, std::string_view frame, const Descriptor& descriptor) {
    iovec bytes{const_cast<char*>(frame.data()), frame.size()};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    if (descriptor) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        const int fd = descriptor.get();
        std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    while (true) {
        if (sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return Sent::Yes;
        if (errno == EINTR) continue;
        const bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == ETOOMANYREFS;
        return later ? Sent::Later : Sent::Gone;
    }
}

core::Result<std::size_t> receive_into(int socket, std::span<char> buffer, Descriptor& descriptor) {
    iovec bytes{buffer.data(), buffer.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxDescriptors * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t got = -1;
    bool was_reset = false;
    do {
        got = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        // A side that closed without reading all resets; what it had said is still there, behind the error.
    } while (got < 0 && (errno == EINTR || (errno == ECONNRESET && !std::exchange(was_reset, true))));
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return core::fail(ErrorCode::TryAgain, "nothing there");
    if (got < 0) return core::fail(ErrorCode::Io, "the other side is gone");
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
            Descriptor taken = Descriptor::adopt(fd);
            if (!descriptor) descriptor = std::move(taken);
        }
    }
    if (got == 0) return core::fail(ErrorCode::Io, "the other side is gone");
    return static_cast<std::size_t>(got);
}

core::Result<ReceivedFrame> receive_frame(int socket, std::size_t max_bytes) {
    ReceivedFrame received;
    received.bytes.resize(max_bytes + 1);
    const auto got = receive_into(socket, received.bytes, received.descriptor);
    if (!got) return tl::unexpected(got.error());
    received.bytes.resize(*got);
    return received;
}

core::Result<int> listen_at(const std::string& path) {
    const auto address = address_of(path);
    if (!address) return tl::unexpected(address.error());
    const auto* where = reinterpret_cast<const sockaddr*>(&*address);
    const Descriptor probe = new_socket();
    if (connect(probe.get(), where, sizeof *address) == 0)
        return core::fail(ErrorCode::Refused, fmt::format("another probe answers at {}", path));
    struct stat about {};
    if (lstat(path.c_str(), &about) == 0) {
        if (!S_ISSOCK(about.st_mode))
            return core::fail(ErrorCode::Refused, fmt::format("{} is there already and is no socket", path));
        ::unlink(path.c_str());
    }
    const Descriptor fresh = new_socket();
    if (bind(fresh.get(), where, sizeof *address) != 0 || chmod(path.c_str(), 0666) != 0 ||
        ::listen(fresh.get(), kBacklog) != 0)
        return tl::unexpected(failed("cannot listen on " + path, errno));
    return fcntl(fresh.get(), F_DUPFD_CLOEXEC, 3);
}

core::Result<int> connect_to(const std::string& path) {
    const auto address = address_of(path);
    if (!address) return tl::unexpected(address.error());
    const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return tl::unexpected(failed("socket", errno));
    if (connect(fd, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
        const int error = errno;
        ::close(fd);
        return tl::unexpected(failed("no probe answers at " + path, error));
    }
    return fd;
}

}  // namespace sightline::link
