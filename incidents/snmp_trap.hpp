// SPDX-License-Identifier: Apache-2.0
// Alarm transitions as SNMP notifications of our MIB (packaging/SIGHTLINE-MIB.txt), bytes for the wire.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/notifier.hpp"
#include "core/result.hpp"
#include "incidents/template_view.hpp"

namespace sightline::incidents {

/// Text of one object: what receivers take without fragmenting a packet everywhere (our MIB: SIZE (0..255)).
inline constexpr std::size_t kMostTrapTextBytes = 255;

/// The trap's PDU (RFC 3416, 4.2.6): sysUpTime.0, snmpTrapOID.0, and the objects of the MIB's notification.
[[nodiscard]] std::string trap_pdu(const TemplateView& view, std::int32_t request_id, std::uint32_t uptime_hundredths);

/// An SNMPv2c message (RFC 1901, 3).
[[nodiscard]] std::string v2c_message(std::string_view community, std::string_view pdu);

/// The engine id a probe has where none is configured: format 4, text, of the probe's name (RFC 3411, SnmpEngineID).
[[nodiscard]] std::string engine_id_of(std::string_view probe);
/// Bytes of hexadecimal digits.
[[nodiscard]] std::string from_hex(std::string_view digits);

/// What a trap's sender is to the receiver: the authoritative engine (RFC 3414, 3.1).
struct EngineTime {
    std::string id;
    std::uint32_t boots = 0;    ///< rises with every start
    std::uint32_t seconds = 0;  ///< since that start
};

/// SNMPv3 messages of one user: USM with HMAC-SHA-1-96 (RFC 3414) or HMAC-SHA-256-192 (RFC 7860), and AES-128 in CFB
/// mode (RFC 3826). Keys are made from the passwords once, which takes some milliseconds.
///
/// Threading: one thread.
class SnmpV3 {
public:
    SnmpV3(const config::SnmpSettings& settings, std::string engine_id);
    /// @return Io where the cipher is refused (a system that forbids it).
    [[nodiscard]] core::Result<std::string> message(std::string_view pdu, const EngineTime& time,
                                                    std::int32_t message_id);

private:
    [[nodiscard]] core::Result<std::string> encrypted(std::string_view scoped, const EngineTime& time,
                                                      const std::string& salt) const;

    config::SnmpSettings settings_;
    std::string engine_id_;
    std::string auth_key_, privacy_key_;
    std::uint64_t next_salt_;
};

/// A key made from a password and localized to an engine (RFC 3414, A.2). `auth` is not None.
[[nodiscard]] std::string localized_key(config::SnmpSettings::Auth auth, std::string_view password,
                                        std::string_view engine_id);

}  // namespace sightline::incidents
