// SPDX-License-Identifier: Apache-2.0
// While more and more of what shares something fails, one call is enough until it is known what it is.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "incidents/incident_case.hpp"
#include "incidents/topology.hpp"

namespace sightline::incidents {

/// The incidents of the last moments by what their streams share. A group forms where at least `group.streams` of them,
/// none less severe than the one asked about, opened within `group.within`, the last within `gather`, and somebody has
/// been called for one of them: what is asked about then waits, at most `group.within`, for the shared cause to show or
/// for the failing to stop.
///
/// Threading: one thread; borrows what it is made of.
class FormingGroups {
public:
    FormingGroups(const Topology& topology, const std::map<std::uint64_t, IncidentCase>& cases, core::UtcTime now);

    /// Until when its first notification shall wait; empty: it waits for nothing.
    [[nodiscard]] std::optional<core::UtcTime> waits_until(const IncidentCase& one) const;

private:
    const Topology& topology_;
    core::UtcTime now_;
    std::map<std::string, std::vector<const IncidentCase*>, std::less<>> by_resource_;
};

}  // namespace sightline::incidents
