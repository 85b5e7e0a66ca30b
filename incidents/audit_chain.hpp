// SPDX-License-Identifier: Apache-2.0
// The audit log as a chain: each entry's hash covers the entry and the hash before it, so that no byte of the past can
// change unseen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "incidents/database.hpp"
#include "incidents/records.hpp"

namespace sightline::incidents {

/// 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// What the first entry of a log follows.
[[nodiscard]] std::string audit_genesis();

/// The hash of entry `number`, which follows an entry with hash `previous`. Every field is preceded by its length, so
/// that no two entries give the same bytes.
[[nodiscard]] std::string audit_hash(const std::string& previous, std::int64_t number, const AuditEntry& entry);

/// The newest entry, as a report prints it.
struct AuditHead {
    std::int64_t number = 0;  ///< 0: no entry yet
    std::string chain = audit_genesis();
    friend bool operator==(const AuditHead&, const AuditHead&) = default;
};
[[nodiscard]] core::Result<AuditHead> audit_head(Database& database);

/// Adds `entry` after `head` and moves `head` on. The caller has begun a transaction, and puts `head` back where it is
/// rolled back.
[[nodiscard]] core::Result<void> append_audit(Database& database, const AuditEntry& entry, AuditHead& head);

/// Deletes entries so that at most `keep` stay, at most `rows` at once and never the newest, behind a checkpoint: the
/// number and hash of the last entry deleted, itself sealed with the checkpoint before it. @return entries deleted.
[[nodiscard]] core::Result<std::int64_t> prune_audit(Database& database, std::int64_t keep, std::int64_t rows,
                                                     core::UtcTime now);

/// Gives a log from before the chain its hashes.
[[nodiscard]] core::Result<void> chain_old_audit(Database& database);

/// What reading the whole log again has shown.
struct AuditVerdict {
    std::int64_t entries = 0, first = 0;  ///< of those still there
    AuditHead head;
    std::int64_t checkpoints = 0;
    std::optional<std::int64_t> broken_at;  ///< number of the first entry (or checkpoint) that does not fit
    std::string broken;                     ///< in words; empty: the log is whole
    bool known_head_found = true;           ///< of `known_head`, where one was asked for
};

/// Reads every entry. `known_head`: a hash that an earlier report printed, to be found among entries and checkpoints;
/// without one, nobody can tell a log that was replaced as a whole.
[[nodiscard]] core::Result<AuditVerdict> verify_audit(Database& database, const std::string& known_head = {});

}  // namespace sightline::incidents
