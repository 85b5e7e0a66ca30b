// SPDX-License-Identifier: Apache-2.0
#include "incidents/audit_chain.hpp"

#include <fmt/format.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <array>
#include <utility>

namespace sightline::incidents {
namespace {

std::string field(std::string_view text) {
    return fmt::format("{}:{};", text.size(), text);
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, 32> digest{};
    gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes.data(), bytes.size(), digest.data());
    std::string out;
    for (const unsigned char byte : digest) {
        out += "0123456789abcdef"[byte >> 4];
        out += "0123456789abcdef"[byte & 15];
    }
    return out;
}

std::string audit_genesis() {
    return std::string(64, '0');
}

std::string audit_hash(const std::string& previous, std::int64_t number, const AuditEntry& entry) {
    return sha256_hex(previous + fmt::format(";{};{};", number, core::to_ns(entry.at)) + field(entry.actor) +
                      field(entry.action) + field(entry.subject) + field(entry.detail));
}

std::string audit_seal(const AuditCheckpoint& point) {
    return sha256_hex("checkpoint;" + field(point.previous) +
                      fmt::format("{};{};", point.number, core::to_ns(point.at)) + field(point.chain));
}

void AuditReplay::checkpoint(const AuditCheckpoint& point) {
    ++verdict_.checkpoints;
    if (audit_seal(point) != point.seal || (!seal_.empty() && point.previous != seal_))
        break_at(point.number, fmt::format("the checkpoint at entry {} does not fit its seal", point.number));
    seal_ = point.seal;
    verdict_.head = {point.number, point.chain};
    seen_ = seen_ || point.chain == known_head_;
}

void AuditReplay::entry(std::int64_t number, const AuditEntry& entry, const std::string& chain) {
    const std::int64_t expected = verdict_.head.number + 1;
    if (verdict_.entries++ == 0) verdict_.first = number;
    if (number != expected) {
        break_at(expected,
                 fmt::format("entry {} is missing: entry {} follows entry {}", expected, number, verdict_.head.number));
    } else if (audit_hash(verdict_.head.chain, number, entry) != chain) {
        break_at(number,
                 fmt::format("entry {} ({}) does not fit its hash: it, its hash or the one before it was changed",
                             number, core::to_rfc3339(entry.at)));
    }
    verdict_.head = {number, chain};
    seen_ = seen_ || chain == known_head_;
}

AuditVerdict AuditReplay::end(const AuditHead& kept) {
    const AuditHead& last = verdict_.head;
    if (kept != last) {
        break_at(last.number + (kept.number > last.number ? 1 : 0),
                 fmt::format("the log ends at entry {}, its head says {}", last.number, kept.number));
    }
    verdict_.known_head_found = seen_;
    return std::move(verdict_);
}

void AuditReplay::break_at(std::int64_t number, std::string why) {
    if (verdict_.broken_at) return;
    verdict_.broken_at = number;
    verdict_.broken = std::move(why);
}

}  // namespace sightline::incidents
