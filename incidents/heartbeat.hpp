// SPDX-License-Identifier: Apache-2.0
// Tells a receiver at a steady pace that this probe lives, so that silence means something.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/rules.hpp"
#include "core/time.hpp"
#include "incidents/http_send.hpp"

namespace sightline::incidents {

/// What a heartbeat says beside "alive".
struct HeartbeatCounts {
    std::size_t streams = 0;
    std::size_t streams_in_alarm = 0;
    std::map<core::Severity, std::size_t> open_alarms;
    std::size_t owed = 0;  ///< deliveries
    std::optional<core::Duration> oldest_owed;
};

struct HeartbeatSettings {
    std::string url;
    std::string probe;
    core::Duration every = std::chrono::seconds{30};
};

/// One line of JSON: {"type":"heartbeat","probe":…,"sequence":…,"sent_at":…,"every_s":…,"uptime_s":…,"streams":{…},
/// "alarms":{…},"outbox":{…}}.
[[nodiscard]] std::string heartbeat_body(const HeartbeatSettings& settings, const HeartbeatCounts& counts,
                                         std::uint64_t sequence, core::Duration uptime, core::UtcTime now);

/// POSTs at once and then every `every`. A beat is never repeated and never queued: where the one before has not been
/// answered yet, it is given up.
///
/// Threading: the loop's thread.
class Heartbeat {
public:
    struct Metrics {
        std::uint64_t sent = 0, failed = 0;
        std::string last_error;  ///< empty since the last success
    };
    Heartbeat(net::EventLoop& loop, HttpSend http, HeartbeatSettings settings, std::function<HeartbeatCounts()> counts);
    Heartbeat(const Heartbeat&) = delete;
    Heartbeat& operator=(const Heartbeat&) = delete;

    [[nodiscard]] const Metrics& metrics() const { return metrics_; }

private:
    void beat();

    net::EventLoop& loop_;
    HttpSend http_;
    HeartbeatSettings settings_;
    std::function<HeartbeatCounts()> counts_;
    core::ArrivalTime started_;
    std::uint64_t sequence_ = 0;
    Metrics metrics_;
    net::EventLoop::Handle first_, timer_, request_;
};

}  // namespace sightline::incidents
