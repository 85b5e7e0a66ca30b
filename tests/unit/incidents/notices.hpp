// SPDX-License-Identifier: Apache-2.0
// Alarms for the incidents tests.
#pragma once

#include <string>
#include <vector>

#include "incidents/records.hpp"

namespace sightline::incidents {

inline constexpr core::UtcTime kNoon{std::chrono::seconds{1'795'262'400}};  // 2026-11-21T12:00:00Z

inline core::AlarmTransition transition(const std::string& id, std::uint64_t sequence, core::AlarmState state,
                                        core::Severity severity = core::Severity::Warning) {
    core::AlarmTransition alarm;
    alarm.id = id;
    alarm.sequence = sequence;
    alarm.state = state;
    alarm.stream = "news";
    alarm.condition = "video.black";
    alarm.rule = "video.black";
    alarm.severity = severity;
    alarm.subject.track = "video:1";
    alarm.pid = 256;
    alarm.since = {std::chrono::milliseconds{12'480}, kNoon};
    alarm.at = {std::chrono::milliseconds{15'480}, kNoon + std::chrono::seconds{3}};
    alarm.value = 0.998;
    alarm.threshold = 0.98;
    alarm.unit = "ratio";
    alarm.message = "picture is black";
    if (state == core::AlarmState::Cleared) {
        alarm.until = core::AlarmTime{std::chrono::milliseconds{18'520}, kNoon + std::chrono::milliseconds{6'040}};
        alarm.duration_s = 6.04;
    }
    return alarm;
}

inline RoutedNotice routed(core::AlarmTransition alarm, std::vector<std::string> notifiers) {
    AlarmFacts facts{"probe-a", "news-hd", {{"site", "london"}}, "https://wiki.example/enc7", {}};
    return {{std::move(alarm), std::move(facts)}, std::move(notifiers)};
}

inline Batch one(RoutedNotice notice) {
    Batch batch;
    batch.notices.push_back(std::move(notice));
    return batch;
}

}  // namespace sightline::incidents
