// SPDX-License-Identifier: Apache-2.0
// Host and port of an output as the system calls want them.
#pragma once

#include <sys/socket.h>

#include "core/result.hpp"
#include "core/url.hpp"

namespace sightline::testdata {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;
    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// Blocks while a name is resolved. An empty host is any address. @return NotFound in words.
[[nodiscard]] core::Result<SocketAddress> resolve(const core::Url& url);

}  // namespace sightline::testdata
