// SPDX-License-Identifier: Apache-2.0
// Copies of the store: taken while a probe runs, put back while none does.
#pragma once

#include <string>

#include "core/result.hpp"
#include "incidents/audit_chain.hpp"

namespace sightline::incidents {

/// Copies the store as of one moment to `to`, reads the copy back and checks all of it. Beside a running probe.
/// @return the copy's audit log; Refused where `to` exists, Corrupt where the copy or its audit log is not whole.
[[nodiscard]] core::Result<AuditVerdict> back_up_store(const std::string& store, const std::string& to);

/// Checks `from`, then puts it in the place of `store`, whose old file becomes "<store>.before-restore-<n>".
/// @return Refused while a probe uses the store; Corrupt or NotFound where `from` is no sound store.
[[nodiscard]] core::Result<AuditVerdict> restore_store(const std::string& from, const std::string& store);

}  // namespace sightline::incidents
