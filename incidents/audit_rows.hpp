// SPDX-License-Identifier: Apache-2.0
// The audit log as rows of SQLite.
#pragma once

#include <cstdint>
#include <string>

#include "core/result.hpp"
#include "incidents/audit_chain.hpp"
#include "incidents/database.hpp"

namespace sightline::incidents {

[[nodiscard]] core::Result<AuditHead> audit_head(Database& database);

/// Adds `entry` after `head` and moves `head` on. The caller has begun a transaction, and puts `head` back where it is
/// rolled back.
[[nodiscard]] core::Result<void> append_audit(Database& database, const AuditEntry& entry, AuditHead& head);

/// Deletes entries so that at most `keep` stay, at most `rows` at once and never the newest, behind a checkpoint.
/// @return entries deleted.
[[nodiscard]] core::Result<std::int64_t> prune_audit(Database& database, std::int64_t keep, std::int64_t rows,
                                                     core::UtcTime now);

/// Gives a log from before the chain its hashes.
[[nodiscard]] core::Result<void> chain_old_audit(Database& database);

/// Reads every entry, see StoreReader::verify_audit().
[[nodiscard]] core::Result<AuditVerdict> verify_audit(Database& database, const std::string& known_head = {});

}  // namespace sightline::incidents
