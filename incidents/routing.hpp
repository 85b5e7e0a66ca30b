// SPDX-License-Identifier: Apache-2.0
// Who hears of which alarm, and what they are told beside it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "incidents/receivers.hpp"
#include "incidents/records.hpp"

namespace sightline::incidents {

/// Chooses the notifiers of each transition by stream, path, tags, severity and time of day. A notifier that was told
/// of an alarm hears of it to its end, at whatever severity; one that was not hears of it from the first transition
/// into its severities on.
///
/// Threading: one thread.
class Routing {
public:
    void configure(const std::vector<config::Notifier>& notifiers);
    /// Which notifiers have been told of each alarm that is open.
    void restore(std::map<std::string, std::set<std::string>> told) { told_.restore(std::move(told)); }
    /// Call once for each transition, in order.
    [[nodiscard]] std::vector<std::string> route(const core::AlarmTransition& alarm, const AlarmFacts& facts,
                                                 core::UtcTime now);
    /// Alarms that stand and that `notifier` was told of.
    [[nodiscard]] std::vector<std::string> told(const std::string& notifier) const { return told_.told(notifier); }

private:
    [[nodiscard]] static bool wants(const Receiver& receiver, const core::AlarmTransition& alarm,
                                    const AlarmFacts& facts, core::UtcTime now);

    std::vector<Receiver> receivers_;
    ToldBook told_;  // by alarm
};

/// What the configuration says about an alarm: its stream's tags and runbook, the first path it is a point of, and,
/// where `links_base` ("http://127.0.0.1:8080") is not empty, where to look.
[[nodiscard]] AlarmFacts facts_of(const core::AlarmTransition& alarm, const config::Config& config,
                                  const std::string& links_base);

/// Where the API can be called from elsewhere: "https://desk.example:8443", by the first of `api.hosts` where there is
/// one. Empty where it does not listen, at a port not known yet, or at all addresses without a name for it.
[[nodiscard]] std::string links_base_of(const config::Config& config);

}  // namespace sightline::incidents
