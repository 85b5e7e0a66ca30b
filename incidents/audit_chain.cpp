// SPDX-License-Identifier: Apache-2.0
#include "incidents/audit_chain.hpp"

#include <fmt/format.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <array>
#include <utility>
#include <vector>

namespace sightline::incidents {
namespace {

using core::Result;

constexpr std::int64_t kCheckpointsKept = 100;

std::string field(std::string_view text) {
    return fmt::format("{}:{};", text.size(), text);
}

std::int64_t to_ns(core::UtcTime time) {
    return time.time_since_epoch().count();
}

std::string seal_of(const std::string& previous, std::int64_t number, const std::string& chain, std::int64_t at_ns) {
    return sha256_hex("checkpoint;" + field(previous) + fmt::format("{};{};", number, at_ns) + field(chain));
}

AuditEntry entry_of(const SqlRow& row, int first) {
    return {core::UtcTime{core::Duration{row.integer(first)}}, row.text(first + 1), row.text(first + 2),
            row.text(first + 3), row.text(first + 4)};
}

struct Checkpoint {
    std::int64_t number = 0, at_ns = 0;
    std::string chain, previous, seal;
};

Result<std::vector<Checkpoint>> checkpoints(Database& database) {
    std::vector<Checkpoint> found;
    auto read =
        database.each("SELECT number, at_ns, chain, previous, seal FROM audit_checkpoints ORDER BY number", {},
                      [&](const SqlRow& row) {
                          found.push_back({row.integer(0), row.integer(1), row.text(2), row.text(3), row.text(4)});
                      });
    if (!read) return tl::unexpected<core::Error>(read.error());
    return found;
}

void break_at(AuditVerdict& verdict, std::int64_t number, std::string why) {
    if (verdict.broken_at) return;
    verdict.broken_at = number;
    verdict.broken = std::move(why);
}

/// @return the head that the oldest entry still there must follow.
AuditHead verify_checkpoints(const std::vector<Checkpoint>& all, const std::string& known_head, AuditVerdict& verdict,
                             bool& seen) {
    AuditHead before;
    std::string seal;
    for (const Checkpoint& point : all) {
        ++verdict.checkpoints;
        if (seal_of(point.previous, point.number, point.chain, point.at_ns) != point.seal ||
            (!seal.empty() && point.previous != seal)) {
            break_at(verdict, point.number,
                     fmt::format("the checkpoint at entry {} does not fit its seal", point.number));
        }
        seal = point.seal;
        before = {point.number, point.chain};
        seen = seen || point.chain == known_head;
    }
    return before;
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
    return sha256_hex(previous + fmt::format(";{};{};", number, to_ns(entry.at)) + field(entry.actor) +
                      field(entry.action) + field(entry.subject) + field(entry.detail));
}

Result<AuditHead> audit_head(Database& database) {
    AuditHead head;
    auto read = database.each("SELECT number, chain FROM audit_head", {}, [&](const SqlRow& row) {
        head = {row.integer(0), row.text(1)};
    });
    if (!read) return tl::unexpected<core::Error>(read.error());
    return head;
}

Result<void> append_audit(Database& database, const AuditEntry& entry, AuditHead& head) {
    const std::int64_t number = head.number + 1;
    std::string chain = audit_hash(head.chain, number, entry);
    auto done = database.run(
        "INSERT INTO audit (number, at_ns, actor, action, subject, detail, chain) VALUES (?, ?, ?, ?, ?, ?, ?)",
        {number, to_ns(entry.at), entry.actor, entry.action, entry.subject, entry.detail, chain});
    if (!done) return done;
    done = database.run(
        "INSERT INTO audit_head (id, number, chain) VALUES (1, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET number = excluded.number, chain = excluded.chain",
        {number, chain});
    if (done) head = {number, std::move(chain)};
    return done;
}

Result<std::int64_t> prune_audit(Database& database, std::int64_t keep, std::int64_t rows, core::UtcTime now) {
    const auto head = audit_head(database);
    if (!head) return tl::unexpected<core::Error>(head.error());
    const auto first = database.integer("SELECT min(number) FROM audit");
    if (!first) return tl::unexpected<core::Error>(first.error());
    const std::int64_t last = std::min(head->number - std::max<std::int64_t>(keep, 1), first->value_or(0) + rows - 1);
    if (!*first || last < **first) return 0;
    std::string chain, previous;
    auto done = database.each("SELECT chain FROM audit WHERE number = ?", {last},
                              [&](const SqlRow& row) { chain = row.text(0); });
    if (done) {
        done = database.each("SELECT seal FROM audit_checkpoints ORDER BY number DESC LIMIT 1", {},
                             [&](const SqlRow& row) { previous = row.text(0); });
    }
    if (!done) return tl::unexpected<core::Error>(done.error());
    if (done = database.script("BEGIN IMMEDIATE"); !done) return tl::unexpected<core::Error>(done.error());
    const std::string seal = seal_of(previous, last, chain, to_ns(now));
    done = database.run("INSERT INTO audit_checkpoints (number, chain, at_ns, previous, seal) VALUES (?, ?, ?, ?, ?)",
                        {last, chain, to_ns(now), previous, seal});
    std::int64_t deleted = 0;
    if (done) done = database.run("DELETE FROM audit WHERE number <= ?", {last});
    if (done) deleted = database.changes();
    if (done) {
        done = database.run(
            "DELETE FROM audit_checkpoints WHERE number NOT IN"
            " (SELECT number FROM audit_checkpoints ORDER BY number DESC LIMIT ?)",
            {kCheckpointsKept});
    }
    if (done) done = database.script("COMMIT");
    if (done) return deleted;
    (void)database.script("ROLLBACK");
    return tl::unexpected<core::Error>(done.error());
}

Result<void> chain_old_audit(Database& database) {
    std::vector<std::pair<std::int64_t, AuditEntry>> old;
    auto done = database.each("SELECT number, at_ns, actor, action, subject, detail FROM audit ORDER BY number", {},
                              [&](const SqlRow& row) { old.emplace_back(row.integer(0), entry_of(row, 1)); });
    if (done) done = database.run("DELETE FROM audit");
    AuditHead head;
    if (!old.empty()) head.number = old.front().first - 1;
    // Entries that an old Sightline pruned leave a gap at the start: a checkpoint stands for it.
    if (done && head.number > 0) {
        done =
            database.run("INSERT INTO audit_checkpoints (number, chain, at_ns, previous, seal) VALUES (?, ?, 0, '', ?)",
                         {head.number, head.chain, seal_of("", head.number, head.chain, 0)});
    }
    for (const auto& [number, entry] : old) {
        if (!done) return done;
        done = append_audit(database, entry, head);
    }
    return done;
}

Result<AuditVerdict> verify_audit(Database& database, const std::string& known_head) {
    AuditVerdict verdict;
    bool seen = known_head.empty();
    const auto points = checkpoints(database);
    if (!points) return tl::unexpected<core::Error>(points.error());
    verdict.head = verify_checkpoints(*points, known_head, verdict, seen);
    auto read = database.each(
        "SELECT number, at_ns, actor, action, subject, detail, chain FROM audit ORDER BY number", {},
        [&](const SqlRow& row) {
            const std::int64_t number = row.integer(0);
            const std::string chain = row.text(6);
            if (verdict.entries++ == 0) verdict.first = number;
            if (number != verdict.head.number + 1) {
                break_at(verdict, verdict.head.number + 1,
                         fmt::format("entry {} is missing: entry {} follows entry {}", verdict.head.number + 1, number,
                                     verdict.head.number));
            } else if (audit_hash(verdict.head.chain, number, entry_of(row, 1)) != chain) {
                break_at(
                    verdict, number,
                    fmt::format("entry {} ({}) does not fit its hash: it, its hash or the one before it was changed",
                                number, core::to_rfc3339(core::UtcTime{core::Duration{row.integer(1)}})));
            }
            verdict.head = {number, chain};
            seen = seen || chain == known_head;
        });
    if (!read) return tl::unexpected<core::Error>(read.error());
    const auto kept = audit_head(database);
    if (!kept) return tl::unexpected<core::Error>(kept.error());
    if (*kept != verdict.head) {
        break_at(verdict, verdict.head.number + (kept->number > verdict.head.number ? 1 : 0),
                 fmt::format("the log ends at entry {}, its head says {}", verdict.head.number, kept->number));
    }
    verdict.known_head_found = seen;
    return verdict;
}

}  // namespace sightline::incidents
