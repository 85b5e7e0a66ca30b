// SPDX-License-Identifier: Apache-2.0
// Which alarms have one cause, and which cause it is. A function of alarms and topology; it keeps nothing.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/incident.hpp"
#include "core/time.hpp"
#include "incidents/topology.hpp"

namespace sightline::incidents {

/// An alarm that may belong together with others.
struct LiveAlarm {
    std::string id;
    std::string stream, condition;
    std::string identity;  ///< stream, rule and subject: the same for every alarm of one fault that comes and goes
    core::Severity severity = core::Severity::Warning;  ///< worst it had
    core::UtcTime since{};
    std::optional<core::UtcTime> until;  ///< empty: open
    std::string message;
    std::string incident;  ///< that it is in already; empty: none
    std::string follows;   ///< as found before, in that incident
};

/// Alarms of one cause.
struct AlarmGroup {
    struct Member {
        std::size_t alarm = 0;  ///< index into what was given
        core::AlarmRole role = core::AlarmRole::Cause;
        std::string follows;
        std::string why;  ///< why it belongs here, in words; of the first cause: its message
    };
    std::vector<Member> members;  ///< causes first, then by time
    core::IncidentCause cause;
    std::string title, why;
    std::string path;
    bool redundancy = false;  ///< one member of a group of which one suffices: minor at most
};

/// Past its end a fault still explains what begins downstream within so long, beside delay and uncertainty.
inline constexpr core::Duration kEchoes = std::chrono::seconds{30};
/// A fault that has held for longer explains only what is no worse than itself.
inline constexpr core::Duration kOldNews = std::chrono::minutes{5};
/// Two conditions of a stream with no more than this between them are one fault.
inline constexpr core::Duration kSameFault = std::chrono::seconds{60};
/// All that share something are down, each at most so long after another: a slow cascade.
inline constexpr core::Duration kCascadeStep = std::chrono::minutes{10};

/// Divides `alarms` into groups, in the order of their first alarm. `resources`: incident -> what its streams were
/// found to share before. The order of `alarms` changes nothing but the members' indices.
[[nodiscard]] std::vector<AlarmGroup> correlate(const Topology& topology, std::span<const LiveAlarm> alarms,
                                                const std::map<std::string, std::string>& resources);

/// "Encoder enc7", "Host cdn.example", "CDN edge2": a resource as a title names it.
[[nodiscard]] std::string resource_title(const std::string& resource);

}  // namespace sightline::incidents
