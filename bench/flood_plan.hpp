// SPDX-License-Identifier: Apache-2.0
// The flood of issue-sized figures: 5,000 alarms in 60 s over 1,000 streams, the same ones every time.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "core/alarm.hpp"
#include "incidents/desk.hpp"

namespace sightline::bench {

inline constexpr int kStreams = 1'000, kAlarms = 5'000, kTicks = 600;  // of 100 ms

/// Ten sites of ten encoders of ten streams.
inline config::Config flood_fleet(const std::string& file) {
    config::Config config;
    config.probe = "bench";
    config.store_sqlite = file;
    for (int n = 0; n < kStreams; ++n) {
        core::StreamSpec spec;
        spec.id = spec.name = fmt::format("s{:04}", n);
        spec.input.url = "srt://10.0.0.1:9000";
        spec.tags = {{"site", fmt::format("x{}", n / 100)}, {"encoder", fmt::format("e{}", n / 10)}};
        config.streams.push_back(std::move(spec));
    }
    config.incidents.group_by = {"site", "encoder"};
    config.notify.resize(1);
    config.notify[0].name = "noc";
    config.notify[0].about = config::NotifyAbout::Incidents;
    return config;
}

struct Fault {
    int tick, stream;
    const char* condition;
    core::Severity severity;
};

/// Three sites lose their uplink at 5, 20 and 35 s; lesser faults come and go everywhere.
inline std::vector<Fault> flood_faults() {
    std::vector<Fault> all;
    std::mt19937 random(7);
    const auto pick = [&random](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
    for (const auto& [site, tick] : {std::pair{2, 50}, std::pair{5, 200}, std::pair{8, 350}}) {
        for (int n = site * 100; n < site * 100 + 100; ++n) {
            all.push_back({tick + pick(50), n, "signal.lost", core::Severity::Critical});
            all.push_back({tick + 55 + pick(50), n, "video.missing", core::Severity::Critical});
        }
    }
    constexpr const char* kLesser[] = {"audio.loudness", "ts.continuity",         "video.format",
                                       "audio.silence",  "audio.channel_missing", "caption.missing"};
    while (all.size() < kAlarms) {
        all.push_back({pick(kTicks), pick(kStreams), kLesser[pick(6)],
                       pick(2) == 0 ? core::Severity::Warning : core::Severity::Minor});
    }
    std::sort(all.begin(), all.end(),
              [](const Fault& a, const Fault& b) { return std::tie(a.tick, a.stream) < std::tie(b.tick, b.stream); });
    return all;
}

/// Turns faults into transitions: one that is open already clears and comes back.
class FloodStage {
public:
    std::vector<core::AlarmTransition> operator()(const Fault& fault, incidents::Desk& desk, core::UtcTime now) {
        std::vector<core::AlarmTransition> said;
        core::AlarmTransition& alarm = open_[{fault.stream, fault.condition}];
        if (!alarm.id.empty()) {
            alarm.state = core::AlarmState::Cleared;
            ++alarm.sequence;
            alarm.at.utc = now;
            alarm.until = alarm.at;
            said.push_back(alarm);
        }
        alarm = {};
        alarm.id = desk.next_alarm_id();
        alarm.stream = fmt::format("s{:04}", fault.stream);
        alarm.condition = alarm.rule = fault.condition;
        alarm.severity = fault.severity;
        alarm.message = fault.condition;
        alarm.since.utc = alarm.at.utc = now;
        said.push_back(alarm);
        return said;
    }

private:
    std::map<std::pair<int, std::string>, core::AlarmTransition> open_;
};

}  // namespace sightline::bench
