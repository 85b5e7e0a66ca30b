// SPDX-License-Identifier: Apache-2.0
#include "incidents/snmp_trap.hpp"

#include <gnutls/crypto.h>

#include <array>
#include <vector>

#include "core/text.hpp"
#include "incidents/ber.hpp"
#include "incidents/template_render.hpp"

namespace sightline::incidents {
namespace {

using Settings = config::SnmpSettings;
using When = config::VendorTemplate::When;
using Arcs = std::vector<std::uint32_t>;

// netSnmpPlaypen.7359: see the MIB's description for why.
const Arcs& base() {
    static const Arcs kBase{1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 7359};
    return kBase;
}
constexpr std::array<std::uint32_t, 9> kSysUpTime{1, 3, 6, 1, 2, 1, 1, 3, 0};
constexpr std::array<std::uint32_t, 11> kTrapOid{1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};
constexpr std::int64_t kUsm = 3;  // security model (RFC 3411)
constexpr std::int64_t kMaxMessage = 65'507;
constexpr std::size_t kPasswordBytes = 1'048'576;  // RFC 3414, A.2
constexpr std::size_t kBlock = 16;

Arcs below(std::initializer_list<std::uint32_t> arcs) {
    Arcs out = base();
    out.insert(out.end(), arcs);
    return out;
}

std::string binding(std::span<const std::uint32_t> name, const std::string& value) {
    return ber::element(ber::kSequence, ber::oid(name) + value);
}

std::int64_t severity_number(const TemplateView& view) {
    const std::string severity = view.text("severity");
    constexpr std::string_view kNames[] = {"critical", "major", "minor", "warning", "info"};
    for (std::size_t i = 0; i < std::size(kNames); ++i) {
        if (severity == kNames[i]) return static_cast<std::int64_t>(i) + 1;
    }
    return 5;
}

std::int64_t transition_number(When when) {
    return static_cast<std::int64_t>(when) + 1;  // created(1), updated(2), resolved(3), merged(4)
}

std::string tag_text(const TemplateView& view) {
    std::string out;
    for (const auto& [tag, value] : view.tags()) out += (out.empty() ? "" : ",") + tag + "=" + value;
    return out;
}

std::string big_endian(std::uint64_t value, std::size_t bytes) {
    std::string out;
    for (std::size_t i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xffU);
    return out;
}

gnutls_digest_algorithm_t digest_of(Settings::Auth auth) {
    return auth == Settings::Auth::Sha256 ? GNUTLS_DIG_SHA256 : GNUTLS_DIG_SHA1;
}

/// How much of the digest goes into the message.
std::size_t mac_bytes(Settings::Auth auth) {
    return auth == Settings::Auth::None ? 0 : auth == Settings::Auth::Sha256 ? 24 : 12;
}

std::string digest(Settings::Auth auth, std::string_view bytes) {
    std::string out(gnutls_hash_get_len(digest_of(auth)), '\0');
    gnutls_hash_fast(digest_of(auth), bytes.data(), bytes.size(), out.data());
    return out;
}

}  // namespace

std::string trap_pdu(const TemplateView& view, std::int32_t request_id, std::uint32_t uptime_hundredths) {
    const When when = view.when();
    std::string bindings = binding(kSysUpTime, ber::unsigned32(ber::kTimeTicks, uptime_hundredths));
    bindings += binding(kTrapOid, ber::oid(below({0, static_cast<std::uint32_t>(transition_number(when))})));
    const auto text = [&](std::uint32_t object, const std::string& value) {
        bindings += binding(below({1, object, 0}), ber::octets(cut_bytes(core::clean_utf8(value), kMostTrapTextBytes)));
    };
    const auto number = [&](std::uint32_t object, std::int64_t value) {
        bindings += binding(below({1, object, 0}), ber::integer(value));
    };
    text(1, view.text("id"));
    text(2, view.text("dedup_key"));
    number(3, severity_number(view));
    number(4, transition_number(when));
    text(5, view.text("source"));
    text(6, view.text("condition"));
    text(7, view.text("summary"));
    text(8, view.text("since_utc"));
    text(9, view.text("path"));
    text(10, view.text("probe"));
    text(11, tag_text(view));
    text(12, view.text("runbook"));
    return ber::element(ber::kTrapV2, ber::integer(request_id) + ber::integer(0) + ber::integer(0) +
                                          ber::element(ber::kSequence, bindings));
}

std::string v2c_message(std::string_view community, std::string_view pdu) {
    return ber::element(ber::kSequence, ber::integer(1) + ber::octets(community) + std::string(pdu));
}

std::string engine_id_of(std::string_view probe) {
    constexpr std::size_t kMostText = 27;
    return std::string("\x80\x00\x1f\x88\x04", 5) +
           std::string(probe.empty() ? "sightline" : probe.substr(0, kMostText));
}

std::string from_hex(std::string_view digits) {
    const auto value = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
    std::string out;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        out += static_cast<char>(value(digits[i]) << 4 | value(digits[i + 1]));
    return out;
}

std::string localized_key(Settings::Auth auth, std::string_view password, std::string_view engine_id) {
    std::string repeated;
    repeated.reserve(kPasswordBytes + password.size());
    while (!password.empty() && repeated.size() < kPasswordBytes) repeated += password;
    repeated.resize(kPasswordBytes);
    const std::string key = digest(auth, repeated);
    return digest(auth, key + std::string(engine_id) + key);
}

SnmpV3::SnmpV3(const Settings& settings, std::string engine_id)
    : settings_(settings), engine_id_(std::move(engine_id)), next_salt_(0) {
    if (settings_.auth == Settings::Auth::None) return;
    auth_key_ = localized_key(settings_.auth, settings_.auth_password, engine_id_);
    if (settings_.privacy == Settings::Privacy::None) return;
    privacy_key_ = localized_key(settings_.auth, settings_.privacy_password, engine_id_).substr(0, kBlock);
    gnutls_rnd(GNUTLS_RND_NONCE, &next_salt_, sizeof next_salt_);  // RFC 3826, 3.1.2.1
}

/// CFB with whole blocks, from the cipher's one-block encryption: GnuTLS has the 8-bit kind of CFB only.
core::Result<std::string> SnmpV3::encrypted(std::string_view scoped, const EngineTime& time,
                                            const std::string& salt) const {
    std::string feedback = big_endian(time.boots, 4) + big_endian(time.seconds, 4) + salt;
    std::string key = privacy_key_;
    const gnutls_datum_t key_datum{reinterpret_cast<unsigned char*>(key.data()), static_cast<unsigned>(key.size())};
    std::string out;
    for (std::size_t at = 0; at < scoped.size(); at += kBlock) {
        std::array<unsigned char, kBlock> zero{};
        const gnutls_datum_t iv{zero.data(), static_cast<unsigned>(zero.size())};
        gnutls_cipher_hd_t cipher = nullptr;
        if (gnutls_cipher_init(&cipher, GNUTLS_CIPHER_AES_128_CBC, &key_datum, &iv) < 0)
            return core::fail(core::ErrorCode::Io, "AES-128 is not available here");
        const int done = gnutls_cipher_encrypt(cipher, feedback.data(), feedback.size());
        gnutls_cipher_deinit(cipher);
        if (done < 0) return core::fail(core::ErrorCode::Io, "AES-128 failed");
        const std::string_view block = scoped.substr(at, kBlock);
        std::string coded;
        for (std::size_t i = 0; i < block.size(); ++i) coded += static_cast<char>(block[i] ^ feedback[i]);
        out += coded;
        feedback = coded;
    }
    return out;
}

core::Result<std::string> SnmpV3::message(std::string_view pdu, const EngineTime& time, std::int32_t message_id) {
    const bool authenticated = settings_.auth != Settings::Auth::None;
    const bool secret = settings_.privacy != Settings::Privacy::None;
    std::string data = ber::element(ber::kSequence, ber::octets(engine_id_) + ber::octets("") + std::string(pdu));
    std::string salt;
    if (secret) {
        salt = big_endian(next_salt_++, 8);
        auto coded = encrypted(data, time, salt);
        if (!coded) return tl::unexpected(coded.error());
        data = ber::octets(*coded);
    }
    const char flags = static_cast<char>((authenticated ? 1 : 0) | (secret ? 2 : 0));  // not reportable
    const std::string head =
        ber::integer(3) + ber::element(ber::kSequence, ber::integer(message_id) + ber::integer(kMaxMessage) +
                                                           ber::octets(std::string(1, flags)) + ber::integer(kUsm));
    const std::string mac(mac_bytes(settings_.auth), '\0');
    const std::string before_mac =
        ber::octets(engine_id_) + ber::integer(time.boots) + ber::integer(time.seconds) + ber::octets(settings_.user);
    const std::string after_mac = ber::octets(salt);
    const std::string parameters = ber::element(ber::kSequence, before_mac + ber::octets(mac) + after_mac);
    std::string whole = ber::element(ber::kSequence, head + ber::octets(parameters) + data);
    if (!authenticated) return whole;
    // The digest is over the whole message with zeros in its place; counted from the end, where lengths are known.
    const std::size_t at = whole.size() - data.size() - after_mac.size() - mac.size();
    std::string made(gnutls_hmac_get_len(static_cast<gnutls_mac_algorithm_t>(digest_of(settings_.auth))), '\0');
    gnutls_hmac_fast(static_cast<gnutls_mac_algorithm_t>(digest_of(settings_.auth)), auth_key_.data(), auth_key_.size(),
                     whole.data(), whole.size(), made.data());
    whole.replace(at, mac.size(), made.substr(0, mac.size()));
    return whole;
}

}  // namespace sightline::incidents
