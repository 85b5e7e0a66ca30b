// SPDX-License-Identifier: Apache-2.0
// What a running probe knows, as one immutable snapshot: the API, the terminal table, /metrics and the wall read it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alarms/alarm_engine.hpp"
#include "core/alarm.hpp"
#include "core/incident.hpp"
#include "core/media.hpp"
#include "core/stream_spec.hpp"
#include "core/time.hpp"

namespace sightline::engine {

enum class StreamHealth : std::uint8_t {
    Good,     ///< watched, no alarm open
    Alarm,    ///< at least one alarm open: `worst`
    Unknown,  ///< not watched at present: connecting, worker restarting, quarantined, nothing of it can be decoded
    Standby,  ///< standby or off air, no alarm open
};
[[nodiscard]] const char* name(StreamHealth health);

/// One stream now.
struct StreamView {
    std::string id, name, url;  ///< url: secrets masked
    StreamHealth health = StreamHealth::Unknown;
    std::optional<core::Severity> worst;
    core::UtcTime since{};  ///< of `health` and `worst`
    std::string reason;     ///< in words, why it is not good: the worst alarm's message or the link's trouble
    std::string link;       ///< "connecting", "connected", "unreachable", "ended", "failed", "starting", "quarantined"
    std::string link_reason;
    std::string format;
    std::vector<core::Track> tracks;
    std::vector<std::string> not_watched;  ///< what of the input is never fetched, in words
    core::AirState air = core::AirState::OnAir;
    core::DepthMode depth = core::DepthMode::Full;
    /// Newest value by name, of the last minute: "bitrate.mux", "audio.level/audio:1/0", "srt.rtt_ms".
    std::map<std::string, double> measurements;
    std::vector<core::AlarmTransition> open;    ///< worst first
    std::optional<core::AlarmTransition> last;  ///< newest transition ever seen here
    std::vector<alarms::ConditionView> conditions;
    std::map<std::string, std::string> tags;
    std::string runbook;
    std::optional<int> worker_pid;
    std::uint64_t worker_restarts = 0;
    std::uint64_t packets = 0, continuity_errors = 0, bytes = 0;
    std::shared_ptr<const std::string> still;  ///< JPEG, newest; null: none yet
    core::UtcTime still_at{};
};

/// One receiver of notifications now.
struct NotifierView {
    std::string name;
    std::uint64_t delivered = 0, failed = 0, given_up = 0, waiting = 0;
    double oldest_s = 0;  ///< age of the oldest undelivered one
};

struct ProbeState {
    std::string probe, version;
    core::UtcTime started{}, at{};
    bool ready = false;  ///< every stream has been given to a worker
    bool clock_synchronised = true;
    std::string store_error;                                       ///< empty: the store can be written
    std::vector<std::shared_ptr<const StreamView>> streams;        ///< in the configuration's order
    std::vector<std::shared_ptr<const core::Incident>> incidents;  ///< not closed, oldest first
    bool flood = false;                                            ///< lesser incidents are told in digests
    std::vector<core::AlarmTransition> own;  ///< open alarms of the probe itself (stream "_probe")
    std::vector<NotifierView> notifiers;
    std::map<std::string, double> counters;  ///< "dropped_measurements_total", …
};

/// One event for those who listen along (SSE): numbered without gaps from 1 since the probe started.
struct ProbeEvent {
    std::uint64_t number = 0;
    std::string type;  ///< "alarm", "stream", "incident"
    std::string json;
};

}  // namespace sightline::engine
