// SPDX-License-Identifier: Apache-2.0
// The store's tables, one step per version.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/alarm.hpp"
#include "core/result.hpp"
#include "incidents/database.hpp"

namespace sightline::incidents {

/// Brings `database` to the newest schema, each step in a transaction of its own. Unsupported where a newer Sightline
/// has written it. `newest`: stops at this version; for tests of migrations.
[[nodiscard]] core::Result<void> migrate(Database& database, std::size_t newest = SIZE_MAX);

/// What the alarms table says beside the alarm itself.
struct AlarmColumns {
    std::int64_t since_ns = 0, worst = 0;
    std::optional<std::int64_t> until_ns;
    [[nodiscard]] SqlValue until() const { return until_ns ? SqlValue(*until_ns) : SqlValue(nullptr); }
};
/// `now` stands in where the alarm has no civil time.
[[nodiscard]] AlarmColumns alarm_columns(const core::AlarmTransition& alarm, core::UtcTime now);

}  // namespace sightline::incidents
