// SPDX-License-Identifier: Apache-2.0
// What a probe's API answers (docs/api.md), as values. The bytes are foreign: bounded, cleaned, refused in words.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/alarm.hpp"
#include "core/media.hpp"
#include "core/result.hpp"
#include "core/rules.hpp"
#include "core/stream_spec.hpp"
#include "core/time.hpp"

namespace sightline::link {

enum class StreamHealth : std::uint8_t { Good, Alarm, Unknown, Standby };

struct StreamReport {
    std::string id, name, url;
    StreamHealth health = StreamHealth::Unknown;
    std::optional<core::Severity> severity;
    std::optional<core::UtcTime> since;
    std::string reason;
    std::string link_state, link_reason;  ///< "connected", "unreachable", … and why
    core::AirState air = core::AirState::OnAir;
    core::DepthMode depth = core::DepthMode::Full;
    std::string format;
    std::optional<double> bitrate_bps;
    std::vector<core::Track> tracks;
    std::map<std::string, double> measurements;
    std::vector<core::AlarmTransition> alarms;  ///< open ones
    std::map<std::string, std::string> tags;
    std::string runbook;
    std::optional<core::UtcTime> thumbnail_at;
    std::uint64_t worker_restarts = 0;
    std::optional<std::uint64_t> continuity_errors;
};

struct StreamsReport {
    std::string probe;
    std::optional<core::UtcTime> at;
    std::vector<StreamReport> streams;
};

/// One alarm of an incident.
struct IncidentAlarm {
    std::string id, stream, condition, role, follows;  ///< role: cause, consequence, member
    core::Severity severity = core::Severity::Warning;
    bool open = true;
};

struct IncidentReport {
    std::string id;
    std::uint64_t sequence = 1;
    std::string state;  ///< open, acknowledged, resolved, closed
    core::Severity severity = core::Severity::Warning;
    std::string title, cause_kind, cause_name, cause_stream, why;
    std::optional<core::UtcTime> since, opened_at, acknowledged_at, resolved_at, snoozed_until;
    std::string acknowledged_by, owner, snoozed_by, snooze_reason, path, runbook;
    bool maintenance = false;
    int returns = 0;
    std::vector<IncidentAlarm> alarms;
    struct Entry {
        std::optional<core::UtcTime> at;
        std::string who, kind, text;
    };
    std::vector<Entry> timeline;  ///< of a single incident's answer only
};

/// One path as the probe is configured: of several streams of a point one suffices.
struct PathReport {
    std::string id;
    struct Point {
        std::vector<std::string> streams;
        double delay_s = 0;
        friend bool operator==(const Point&, const Point&) = default;
    };
    std::vector<Point> points;  ///< from the source on
    friend bool operator==(const PathReport&, const PathReport&) = default;
};

/// From `at` on, until the next one, a stream was on air or not, watched or not.
struct WatchReport {
    core::UtcTime at;
    core::AirState air = core::AirState::OnAir;
    bool watched = false, maintenance = false;
    friend bool operator==(const WatchReport&, const WatchReport&) = default;
};

/// From where on a stream's rules count what is measured.
struct LimitReport {
    std::string measurement, unit, rule;
    core::Severity severity = core::Severity::Warning;
    std::optional<double> below, above;
    friend bool operator==(const LimitReport&, const LimitReport&) = default;
};

struct ProbeFacts {
    std::string probe, version, store_error;
    bool clock_synchronised = false;
};

/// Longest answer that is read.
inline constexpr std::size_t kMostReportBytes = 64U << 20;

/// @return Corrupt naming the member that is wrong. Members that are not known are ignored.
[[nodiscard]] core::Result<StreamsReport> parse_streams(std::string_view json);
[[nodiscard]] core::Result<std::vector<core::AlarmTransition>> parse_alarms(std::string_view json);
[[nodiscard]] core::Result<std::vector<IncidentReport>> parse_incidents(std::string_view json);
[[nodiscard]] core::Result<IncidentReport> parse_incident(std::string_view json);
[[nodiscard]] core::Result<std::vector<PathReport>> parse_paths(std::string_view json);
[[nodiscard]] core::Result<std::vector<LimitReport>> parse_limits(std::string_view json);
/// Oldest first, whatever order they came in.
[[nodiscard]] core::Result<std::vector<WatchReport>> parse_watch(std::string_view json);
[[nodiscard]] core::Result<ProbeFacts> parse_probe(std::string_view json);
/// The words of {"error":{"message":…}}; empty where there are none.
[[nodiscard]] std::string error_words(std::string_view json);

}  // namespace sightline::link
