// SPDX-License-Identifier: Apache-2.0
// Desk scenarios: alarms over virtual time, and which incidents must come of them (docs/incidents.md, "Scenarios").
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/alarm.hpp"
#include "incidents/incident_engine.hpp"

namespace sightline::scenario {

/// What came of a scenario.
struct DeskRun {
    std::map<std::string, std::shared_ptr<const core::Incident>> incidents;  ///< each as last said
    std::vector<std::string> notices;                                        ///< "12 i1 opened", by time
    std::map<std::string, std::string> alarm_of;                             ///< alarm -> incident
    std::size_t taken = 0;                                                   ///< alarms raised
    std::string broken;                                                      ///< an invariant that did not hold
};

/// Plays the text. `shuffle`: the order of what happens in one moment; 0: as written. `restart_every`: stores and
/// restores the engine after so many steps; 0: never.
[[nodiscard]] DeskRun play_desk(const std::string& text, unsigned shuffle = 0, unsigned restart_every = 0);
/// The lines after `expect` that are wrong, with what was found instead; empty: none.
[[nodiscard]] std::string desk_differences(const std::string& text, const DeskRun& run);
/// Incidents in words, without ids, sorted: the same for runs that mean the same.
[[nodiscard]] std::string summary(const DeskRun& run);

}  // namespace sightline::scenario
