// SPDX-License-Identifier: Apache-2.0
#include "testdata/socket_address.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>

#include <cstring>
#include <memory>
#include <string>

namespace sightline::testdata {

core::Result<SocketAddress> resolve(const core::Url& url) {
    if (url.port <= 0)
        return core::fail(core::ErrorCode::InvalidConfig, fmt::format("{}://{}: needs a port", url.scheme, url.host));
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_family = url.host.empty() ? AF_INET : AF_UNSPEC;
    hints.ai_flags = AI_NUMERICSERV | (url.host.empty() ? AI_PASSIVE : 0);
    addrinfo* raw = nullptr;
    const int error =
        getaddrinfo(url.host.empty() ? nullptr : url.host.c_str(), std::to_string(url.port).c_str(), &hints, &raw);
    if (error != 0) return core::fail(core::ErrorCode::NotFound, fmt::format("{}: {}", url.host, gai_strerror(error)));
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> found(raw, freeaddrinfo);
    SocketAddress address;
    address.length = found->ai_addrlen;
    std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    return address;
}

}  // namespace sightline::testdata
