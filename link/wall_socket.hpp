// SPDX-License-Identifier: Apache-2.0
// System calls of the wall's socket: one message, perhaps with a descriptor. For sources of link/ only.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "link/descriptor.hpp"

namespace sightline::link {

enum class Sent { Yes, Later, Gone };

/// Never blocks. Later: the socket is full (or too many descriptors are on their way).
[[nodiscard]] Sent send_frame(int socket, std::string_view frame, const Descriptor& descriptor);

struct ReceivedFrame {
    std::string bytes;      ///< at most one byte more than was allowed: then the message was longer
    Descriptor descriptor;  ///< the first that came along; further ones are closed
};
/// Never blocks. @return TryAgain: nothing there; Io: the other side is gone.
[[nodiscard]] core::Result<ReceivedFrame> receive_frame(int socket, std::size_t max_bytes);

/// A socket that listens at `path`, open to everybody: who may speak is decided at the door, in words. Replaces a path
/// whose process is gone. @return InvalidConfig, Refused or Io.
[[nodiscard]] core::Result<int> listen_at(const std::string& path);
/// @return a connected socket; Io or NotFound with the reason in words.
[[nodiscard]] core::Result<int> connect_to(const std::string& path);

}  // namespace sightline::link
