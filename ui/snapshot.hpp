// SPDX-License-Identifier: Apache-2.0
// All that the wall knows at one moment, immutable. The clients of the probes make it; the views draw it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/alarm.hpp"
#include "core/media.hpp"
#include "core/rules.hpp"
#include "core/stream_spec.hpp"
#include "core/time.hpp"
#include "link/probe_report.hpp"
#include "link/tally_receiver.hpp"
#include "ui/clock_zone.hpp"

namespace sightline::ui {

struct StillPicture;

/// Names one stream on the whole wall: probe id and stream id.
struct StreamKey {
    std::string probe;
    std::string stream;
    friend auto operator<=>(const StreamKey&, const StreamKey&) = default;
    friend bool operator==(const StreamKey&, const StreamKey&) = default;
};

enum class LinkState : std::uint8_t { Connecting, Live, Silent, Refused };

/// One probe the wall is attached to.
struct ProbeState {
    std::string id;       ///< the probe's own name; until it has told it, its address
    std::string address;  ///< as given on the command line, without secrets
    LinkState link = LinkState::Connecting;
    std::optional<core::ArrivalTime> last_answer;
    std::string error;  ///< why not Live, in words
    bool clock_synchronised = false;
};

/// How a stream stands, before any alarm.
enum class Watch : std::uint8_t {
    Watched,
    NotWatched,  ///< `watch_reason` says why; never drawn like a good one
    Lost,        ///< no signal
};

/// An open alarm of one stream, as a tile and the list show it.
struct AlarmView {
    std::string id;
    std::uint64_t sequence = 1;
    StreamKey stream;
    std::string condition;
    core::Severity severity = core::Severity::Warning;
    std::string text;  ///< short, for the bar: "Black + silence"
    std::string message;
    std::optional<core::UtcTime> since;
    bool acknowledged = false;
    std::string acknowledged_by;
    std::optional<core::UtcTime> snoozed_until;
    std::string follows;  ///< the stream it is a consequence of, else empty
};

struct IncidentView {
    std::string id;
    std::uint64_t sequence = 1;
    std::string state;  ///< "open", "acknowledged", "resolved", "closed"
    core::Severity severity = core::Severity::Warning;
    std::string title, why;
    std::optional<core::UtcTime> since;
    std::string owner, acknowledged_by;
    std::optional<core::UtcTime> snoozed_until;
    std::string snooze_reason, runbook;
    std::vector<StreamKey> streams;
    std::vector<std::string> alarms;  ///< ids
    std::string probe;                ///< whose incident it is
    std::string follows;              ///< the incident or stream it is a consequence of, else empty
    bool from_desk = true;            ///< false: the probe has no desk, and this is one alarm of it
    bool maintenance = false;
    bool over = false;  ///< resolved before anybody acknowledged it: shown until somebody does
};

/// A fault of a stream that is over and that nobody has acknowledged.
struct LatchedView {
    core::Severity severity = core::Severity::Warning;
    std::string condition;
    std::optional<core::UtcTime> since;
};

struct StreamState {
    StreamKey key;
    std::string name;       ///< for the UMD
    std::string transport;  ///< "SRT", "HLS", …
    std::string format;     ///< "1080i50"
    std::string codec;      ///< "H.264 + AAC 2.0"
    std::optional<double> bitrate_bps;
    core::AirState air = core::AirState::OnAir;
    std::optional<core::UtcTime> air_changes;
    Watch watch = Watch::NotWatched;
    std::string watch_reason;
    std::optional<core::UtcTime> last_picture;
    core::DepthMode depth = core::DepthMode::Full;
    std::string path, point;  ///< where it stands in its programme's path ("news-hd", "2/3"), else empty
    std::vector<std::string> tags;
    std::vector<core::Track> tracks;
    std::vector<AlarmView> alarms;  ///< worst first
    std::optional<LatchedView> latched;
    std::string url;  ///< secrets masked
    std::string runbook;
    std::map<std::string, double> measurements;  ///< as the API names them
    std::uint64_t worker_restarts = 0;
    std::shared_ptr<const StillPicture> still;  ///< of a remote probe: its newest small picture; may be null
};

/// One number of a stream over the last minutes, one value a second, newest last; not a number where nothing was said.
struct Trend {
    std::string measurement;
    std::vector<float> values;
};

/// The monitoring points of one programme, from the source on.
struct PathState {
    std::string probe, id;
    struct Point {
        std::vector<std::string> streams;  ///< ids; of several one suffices
        core::Duration delay{};            ///< how much later the signal comes here than to the first point
    };
    std::vector<Point> points;
};

/// What became of a command.
struct Outcome {
    std::string text;
    bool done = false;
    core::ArrivalTime at{};
};

/// Threading: immutable once published (core::Published).
struct WallSnapshot {
    std::uint64_t revision = 0;  ///< rises with every change
    std::vector<ProbeState> probes;
    std::vector<StreamState> streams;               ///< in the probes' order, then the configuration's
    std::vector<IncidentView> incidents;            ///< worst first
    std::vector<PathState> paths;                   ///< of all probes
    std::string room;                               ///< heading
    ClockZone zone;                                 ///< of the clock and of all times of day
    std::shared_ptr<const link::TallyBoard> tally;  ///< null where nobody listens
    core::Duration tally_stale{};                   ///< told longer ago than this is stale; zero: never
    std::string tally_error;                        ///< why nobody listens, though the layout says so
    std::vector<Outcome> outcomes;                  ///< of the last commands, newest last
    StreamKey focus;                                ///< the stream in full view; what follows is about it
    std::shared_ptr<const std::vector<core::AlarmTransition>> history;  ///< its probe's transitions, newest first
    std::vector<Trend> trends;
    std::shared_ptr<const std::vector<link::LimitReport>> limits;  ///< of its rules; may be null
    std::shared_ptr<const std::vector<link::WatchReport>> watch;   ///< when it was; null: not known
    std::shared_ptr<const link::IncidentReport> detail;            ///< its incident with the timeline
};

}  // namespace sightline::ui
