// SPDX-License-Identifier: Apache-2.0
// The store's tables, one step per version.
#pragma once

#include "core/result.hpp"
#include "incidents/database.hpp"

namespace sightline::incidents {

/// Brings `database` to the newest schema, each step in a transaction of its own. Unsupported where a newer Sightline
/// has written it.
[[nodiscard]] core::Result<void> migrate(Database& database);

}  // namespace sightline::incidents
