// SPDX-License-Identifier: Apache-2.0
// AES-128 of HLS segments (RFC 8216, 4.3.2.4 and 5.2).
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "core/result.hpp"

namespace sightline::probe {

using AesBlock = std::array<std::byte, 16>;

/// Decrypts `data` in place: AES-128-CBC over the whole segment, PKCS #7 padding taken off.
/// @return Corrupt where the size is no whole number of blocks or the padding is wrong (mostly: the wrong key).
[[nodiscard]] core::Result<void> decrypt_aes128(const AesBlock& key, const AesBlock& iv, std::string& data);

}  // namespace sightline::probe
