// SPDX-License-Identifier: Apache-2.0
// What an input's first bytes are, as far as the pipeline must know: a transport stream or something else.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "probe/source.hpp"

namespace sightline::engine {

/// Bytes after which an answer is always given.
inline constexpr std::size_t kSniffBytes = 64U << 10;

/// MpegTs if five sync bytes stand 188, 192 or 204 bytes apart (junk before them is allowed); Unknown if the bytes are
/// something else: FFmpeg then finds out what. Empty while more bytes could tell; `last`: there are no more.
[[nodiscard]] std::optional<probe::Container> sniff_container(std::span<const std::byte> bytes, bool last);

}  // namespace sightline::engine
