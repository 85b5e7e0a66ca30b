// SPDX-License-Identifier: Apache-2.0
// System calls of SOCK_SEQPACKET sockets: one message, perhaps with a descriptor. For sources of link/ only.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "link/descriptor.hpp"

namespace sightline::link {

enum class Sent { Yes, Later, Gone };

/// Never blocks. Later: the socket is full (or too many descriptors are on their way).
[[nodiscard]] Sent send_frame(int socket, std::string_view frame, const Descriptor& descriptor);

/// Never blocks. Puts one message into `buffer`; what does not fit is lost. `descriptor`: the first that came along, if
/// any; further ones are closed. @return its bytes; TryAgain: nothing there; Io: the other side is gone.
[[nodiscard]] core::Result<std::size_t> receive_into(int socket, std::span<char> buffer, Descriptor& descriptor);

struct ReceivedFrame {
    std::string bytes;  ///< at most one byte more than was allowed: then the message was longer
    Descriptor descriptor;
};
/// As receive_into(), with memory of its own.
[[nodiscard]] core::Result<ReceivedFrame> receive_frame(int socket, std::size_t max_bytes);

/// A socket that listens at `path`, open to everybody: who may speak is decided at the door, in words. Replaces a path
/// whose process is gone. @return InvalidConfig, Refused or Io.
[[nodiscard]] core::Result<int> listen_at(const std::string& path);
/// @return a connected socket; Io or NotFound with the reason in words.
[[nodiscard]] core::Result<int> connect_to(const std::string& path);

}  // namespace sightline::link
