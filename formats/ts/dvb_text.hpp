// SPDX-License-Identifier: Apache-2.0
// Text of DVB service information (EN 300 468, annex A) as UTF-8.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace sightline::formats::ts {

/// Clean UTF-8 by core::clean_utf8. Knows ISO 6937 (the default), ISO 8859-1 to -15, UCS-2 and UTF-8; of other tables
/// (GB 2312, Big5, KS X 1001) only ASCII survives, the rest becomes U+FFFD. Emphasis marks are dropped.
[[nodiscard]] std::string decode_dvb_text(std::span<const std::byte> bytes);

}  // namespace sightline::formats::ts
