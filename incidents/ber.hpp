// SPDX-License-Identifier: Apache-2.0
// Values as BER (X.690), as far as SNMP needs them: definite lengths, shortest forms.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sightline::incidents::ber {

inline constexpr unsigned char kInteger = 0x02, kOctets = 0x04, kNull = 0x05, kOid = 0x06, kSequence = 0x30;
inline constexpr unsigned char kTimeTicks = 0x43;  // SNMP's application types and PDUs (RFC 3416)
inline constexpr unsigned char kTrapV2 = 0xa7;

/// Tag, length, content.
[[nodiscard]] std::string element(unsigned char tag, std::string_view content);
[[nodiscard]] std::string integer(std::int64_t value);
/// An unsigned 32-bit one of another tag.
[[nodiscard]] std::string unsigned32(unsigned char tag, std::uint32_t value);
[[nodiscard]] std::string octets(std::string_view bytes);
/// At least two arcs, the first 0 to 2, the second below 40 where the first is 0 or 1.
[[nodiscard]] std::string oid(std::span<const std::uint32_t> arcs);

}  // namespace sightline::incidents::ber
