// SPDX-License-Identifier: Apache-2.0
#include "incidents/forming_groups.hpp"

#include <algorithm>

#include "incidents/explanation.hpp"

namespace sightline::incidents {
namespace {

using core::UtcTime;

/// Its causes are of the kind that something shared may bring about.
bool shared_kind(const IncidentCase& one) {
    return std::any_of(one.data.alarms.begin(), one.data.alarms.end(), [](const core::IncidentAlarm& alarm) {
        return alarm.role == core::AlarmRole::Cause && points_at_shared(alarm.condition);
    });
}

}  // namespace

FormingGroups::FormingGroups(const Topology& topology, const std::map<std::uint64_t, IncidentCase>& cases, UtcTime now)
    : topology_(topology), now_(now) {
    const bool any =
        std::any_of(cases.begin(), cases.end(), [](const auto& one) { return one.second.wants_to_call(); });
    if (!any) return;
    for (const auto& [order, one] : cases) {
        if (one.memory.flood || !one.awake() || now - one.news_since() >= topology.settings().group_within) continue;
        const TopologyStream* stream = topology.find(one.data.cause.stream);
        if (stream == nullptr || !shared_kind(one)) continue;
        for (const std::string& resource : stream->shares) by_resource_[resource].push_back(&one);
    }
}

std::optional<UtcTime> FormingGroups::waits_until(const IncidentCase& one) const {
    if (!one.wants_to_call() || !one.memory.gathers || !shared_kind(one)) return std::nullopt;
    const TopologyStream* stream = topology_.find(one.data.cause.stream);
    if (stream == nullptr) return std::nullopt;
    const config::Incidents& settings = topology_.settings();
    const auto least = static_cast<std::size_t>(std::max(2, settings.group_streams));
    std::optional<UtcTime> until;
    for (const std::string& resource : stream->shares) {
        const auto found = by_resource_.find(resource);
        if (found == by_resource_.end()) continue;
        std::size_t streams = 0;
        bool called = false;
        UtcTime newest = one.news_since();
        for (const IncidentCase* other : found->second) {
            if (other->data.severity < one.data.severity) continue;
            streams += other->data.cause.kind == core::CauseKind::Resource ? least : 1;
            called = called || other->memory.told;
            newest = std::max(newest, other->news_since());
        }
        const UtcTime end = std::min(newest + settings.gather, one.news_since() + settings.group_within);
        if (streams >= least && called && end > now_) until = std::max(until.value_or(end), end);
    }
    return until;
}

}  // namespace sightline::incidents
