// SPDX-License-Identifier: Apache-2.0
// Snapshots of a wall in few words, for the tests of what it knows and decides.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ui/command.hpp"
#include "ui/history.hpp"
#include "ui/order.hpp"
#include "ui/snapshot_builder.hpp"
#include "ui/tile_facts.hpp"
#include "ui/words.hpp"

namespace sightline::ui::test {

using namespace std::chrono_literals;
using core::Severity;

inline core::UtcTime utc(int seconds) {
    return core::UtcTime{} + std::chrono::seconds{1'000'000 + seconds};
}
inline core::ArrivalTime arrival(core::Duration at) {
    return core::ArrivalTime{} + at;
}

inline AlarmView alarm(const std::string& id, Severity severity, int since,
                       const std::string& condition = "video.black") {
    AlarmView view;
    view.id = id;
    view.severity = severity;
    view.since = utc(since);
    view.condition = condition;
    return view;
}

inline StreamState stream(const std::string& id, std::vector<AlarmView> alarms = {}) {
    StreamState state;
    state.key = {"p", id};
    state.name = id;
    state.watch = Watch::Watched;
    state.alarms = std::move(alarms);
    return state;
}

inline WallSnapshot wall(std::vector<StreamState> streams) {
    WallSnapshot snapshot;
    ProbeState probe;
    probe.id = "p";
    probe.link = LinkState::Live;
    probe.last_answer = arrival(0s);
    snapshot.probes = {probe};
    snapshot.streams = std::move(streams);
    return snapshot;
}

/// A stream as a probe's API tells of it.
inline link::StreamReport news_report(link::StreamHealth health) {
    link::StreamReport report;
    report.id = "news";
    report.name = "News HD";
    report.url = "srt://x:1";
    report.health = health;
    report.link_state = "connected";
    return report;
}
/// What the API of the probe "hall", which answers, has told.
inline std::shared_ptr<link::ApiState> live_state(std::vector<link::StreamReport> reports = {}) {
    auto streams = std::make_shared<link::StreamsReport>();
    streams->probe = "hall";
    streams->streams = std::move(reports);
    auto state = std::make_shared<link::ApiState>();
    state->link = link::ApiLink::Live;
    state->streams = std::move(streams);
    return state;
}

inline std::string order_of(const std::vector<const StreamState*>& streams) {
    std::string out;
    for (const StreamState* one : streams) out += one->key.stream + " ";
    return out;
}

inline core::AlarmTransition transition(const std::string& id, core::AlarmState state, Severity severity, int since,
                                        int at) {
    core::AlarmTransition one;
    one.id = id;
    one.state = state;
    one.severity = severity;
    one.stream = "s";
    one.condition = "video.black";
    one.since.utc = utc(since);
    one.at.utc = utc(at);
    if (state == core::AlarmState::Cleared) one.until = core::AlarmTime{std::nullopt, utc(at)};
    return one;
}

inline TileSpec stream_tile(const std::string& id, std::optional<int> tally = {}) {
    TileSpec tile;
    tile.kind = TileKind::Stream;
    tile.bound = id;
    tile.tally = tally;
    return tile;
}

}  // namespace sightline::ui::test
