// SPDX-License-Identifier: Apache-2.0
#include "incidents/audit_rows.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace sightline::incidents {
namespace {

using core::Result;

constexpr std::int64_t kCheckpointsKept = 100;

AuditEntry entry_of(const SqlRow& row, int first) {
    return {core::from_ns(row.integer(first)), row.text(first + 1), row.text(first + 2), row.text(first + 3),
            row.text(first + 4)};
}

}  // namespace

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
        {number, core::to_ns(entry.at), entry.actor, entry.action, entry.subject, entry.detail, chain});
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
    const std::string seal = audit_seal({last, now, chain, previous, {}});
    done = database.run("INSERT INTO audit_checkpoints (number, chain, at_ns, previous, seal) VALUES (?, ?, ?, ?, ?)",
                        {last, chain, core::to_ns(now), previous, seal});
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
                         {head.number, head.chain, audit_seal({head.number, {}, head.chain, {}, {}})});
    }
    for (const auto& [number, entry] : old) {
        if (!done) return done;
        done = append_audit(database, entry, head);
    }
    return done;
}

Result<AuditVerdict> verify_audit(Database& database, const std::string& known_head) {
    AuditReplay replay(known_head);
    auto read = database.each(
        "SELECT number, at_ns, chain, previous, seal FROM audit_checkpoints ORDER BY number", {},
        [&](const SqlRow& row) {
            replay.checkpoint({row.integer(0), core::from_ns(row.integer(1)), row.text(2), row.text(3), row.text(4)});
        });
    if (read) {
        read =
            database.each("SELECT number, at_ns, actor, action, subject, detail, chain FROM audit ORDER BY number", {},
                          [&](const SqlRow& row) { replay.entry(row.integer(0), entry_of(row, 1), row.text(6)); });
    }
    if (!read) return tl::unexpected<core::Error>(read.error());
    const auto kept = audit_head(database);
    if (!kept) return tl::unexpected<core::Error>(kept.error());
    return replay.end(*kept);
}

}  // namespace sightline::incidents
