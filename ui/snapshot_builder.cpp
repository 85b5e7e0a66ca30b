// SPDX-License-Identifier: Apache-2.0
#include "ui/snapshot_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <tuple>

#include "core/text.hpp"
#include "core/url.hpp"
#include "ui/command.hpp"
#include "ui/order.hpp"
#include "ui/tile_facts.hpp"

namespace sightline::ui {
namespace {

std::string transport_of(const std::string& url) {
    const std::string scheme = url.substr(0, url.find("://"));
    if (scheme == "http" || scheme == "https") return url.find(".mpd") != std::string::npos ? "DASH" : "HLS";
    if (scheme.size() > 8 || scheme == url) return {};
    std::string upper = scheme;
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return upper;
}

const core::Track* first_track(const link::StreamReport& stream, core::TrackKind kind) {
    for (const core::Track& track : stream.tracks)
        if (track.kind == kind) return &track;
    return nullptr;
}

std::string format_of(const core::Track* video) {
    if (video == nullptr || video->height == 0) return {};
    const double rate = video->interlaced ? video->fps * 2 : video->fps;
    std::string text = fmt::format("{}{}", video->height, video->interlaced ? 'i' : 'p');
    if (rate > 0) text += fmt::format("{:.4g}", rate);
    return text;
}

std::string codec_of(const core::Track* video, const core::Track* audio) {
    std::string text;
    if (video != nullptr) {
        text = video->codec == "h264" ? "H.264" : video->codec == "hevc" ? "H.265" : video->codec;
        if (video->width > 0) text += fmt::format(" {}\xC3\x97{}", video->width, format_of(video));
    }
    if (audio != nullptr) {
        std::string codec = audio->codec;
        for (char& c : codec) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        text += (text.empty() ? "" : " \xC2\xB7 ") + codec;
        if (audio->channels > 0) text += audio->channels == 6 ? " 5.1" : fmt::format(" {}.0", audio->channels);
        if (!audio->language.empty()) text += " " + audio->language;
    }
    return text;
}

/// What an incident says about one alarm.
struct AlarmFate {
    const link::IncidentReport* incident = nullptr;
    const link::IncidentAlarm* alarm = nullptr;
};
using Fates = std::map<std::string, AlarmFate>;

AlarmView alarm_view(const core::AlarmTransition& alarm, const StreamKey& key, const Fates& fates,
                     const std::map<std::string, std::string>& names) {
    AlarmView view;
    view.id = alarm.id;
    view.sequence = alarm.sequence;
    view.stream = key;
    view.condition = alarm.condition;
    view.severity = alarm.severity;
    view.text = condition_words(alarm.condition);
    view.message = alarm.message;
    view.since = alarm.since.utc;
    const auto fate = fates.find(alarm.id);
    if (fate == fates.end()) return view;
    const link::IncidentReport& incident = *fate->second.incident;
    // An alarm that is worse than what was acknowledged makes the desk open the incident again; until its word comes
    // the incident's severity still tells.
    view.acknowledged = incident.state == "acknowledged" && alarm.severity <= incident.severity;
    view.acknowledged_by = incident.acknowledged_by;
    view.snoozed_until = incident.snoozed_until;
    if (fate->second.alarm->role == "consequence") {
        const std::string& cause =
            fate->second.alarm->follows.empty() ? incident.cause_stream : fate->second.alarm->follows;
        const auto name = names.find(cause);
        view.follows = name != names.end() ? name->second : cause.empty() ? incident.title : cause;
    }
    return view;
}

void look_at_watch(const link::StreamReport& from, StreamState& to) {
    const bool signal_alarm = std::any_of(from.alarms.begin(), from.alarms.end(), [](const auto& alarm) {
        return alarm.condition == "signal.lost" || alarm.condition == "signal.unreachable";
    });
    if (signal_alarm || from.link_state == "unreachable" || from.link_state == "failed") {
        to.watch = Watch::Lost;
        to.watch_reason = !from.link_reason.empty() ? from.link_reason : from.reason;
    } else if (from.health == link::StreamHealth::Unknown) {
        to.watch = Watch::NotWatched;
        to.watch_reason = from.reason;
    } else {
        to.watch = Watch::Watched;
    }
    if (to.watch_reason.empty() && to.watch != Watch::Watched) to.watch_reason = from.link_state;
    if (to.watch == Watch::Lost && !to.transport.empty() && !to.watch_reason.starts_with(to.transport))
        to.watch_reason = to.transport + ": " + to.watch_reason;
}

StreamState stream_state(const link::StreamReport& from, const std::string& probe, const Fates& fates,
                         const std::map<std::string, std::string>& names) {
    StreamState to;
    to.key = {probe, from.id};
    to.name = from.name;
    to.url = from.url;
    to.transport = transport_of(from.url);
    const core::Track* video = first_track(from, core::TrackKind::Video);
    const core::Track* audio = first_track(from, core::TrackKind::Audio);
    to.format = format_of(video);
    to.codec = codec_of(video, audio);
    to.bitrate_bps = from.bitrate_bps;
    to.air = from.air;
    to.last_picture = from.thumbnail_at;
    to.depth = from.depth;
    for (const auto& [name, value] : from.tags) to.tags.push_back(name + "=" + value);
    to.tracks = from.tracks;
    to.runbook = from.runbook;
    to.measurements = from.measurements;
    to.worker_restarts = from.worker_restarts;
    look_at_watch(from, to);
    for (const core::AlarmTransition& alarm : from.alarms) to.alarms.push_back(alarm_view(alarm, to.key, fates, names));
    std::sort(to.alarms.begin(), to.alarms.end(), [](const AlarmView& a, const AlarmView& b) { return before(a, b); });
    return to;
}

IncidentView incident_view(const link::IncidentReport& from, const std::string& probe) {
    IncidentView to;
    to.id = from.id;
    to.sequence = from.sequence;
    to.state = from.state;
    to.severity = from.severity;
    to.title = from.title;
    to.why = from.why;
    // "NEWS HD: no packets for 2 s", because of "no packets for 2 s": said once.
    const std::string again = ": " + to.why;
    if (!to.why.empty() && to.title.size() > again.size() && to.title.ends_with(again))
        to.title.resize(to.title.size() - again.size());
    to.since = from.since ? from.since : from.opened_at;
    to.owner = from.owner;
    to.acknowledged_by = from.acknowledged_by;
    to.snoozed_until = from.snoozed_until;
    to.snooze_reason = from.snooze_reason;
    to.runbook = from.runbook;
    to.probe = probe;
    to.maintenance = from.maintenance;
    for (const link::IncidentAlarm& alarm : from.alarms) {
        to.alarms.push_back(alarm.id);
        const StreamKey key{probe, alarm.stream};
        if (!alarm.stream.empty() && std::find(to.streams.begin(), to.streams.end(), key) == to.streams.end())
            to.streams.push_back(key);
    }
    return to;
}

IncidentView lone_alarm(const core::AlarmTransition& alarm, const std::string& probe,
                        const std::map<std::string, std::string>& names) {
    IncidentView view;
    view.id = alarm.id;
    view.sequence = alarm.sequence;
    view.state = "open";
    view.severity = alarm.severity;
    const auto name = names.find(alarm.stream);
    view.title = (name != names.end()    ? name->second + ": "
                  : alarm.stream.empty() ? std::string()
                                         : alarm.stream + ": ") +
                 condition_words(alarm.condition);
    view.why = alarm.message;
    view.since = alarm.since.utc;
    view.probe = probe;
    view.from_desk = false;
    view.alarms = {alarm.id};
    if (!alarm.stream.empty()) view.streams = {{probe, alarm.stream}};
    return view;
}

ProbeState probe_state(const link::ApiState& from, const std::string& id) {
    ProbeState to;
    to.id = id;
    to.address = from.address;
    switch (from.link) {
        case link::ApiLink::Connecting:
            to.link = LinkState::Connecting;
            break;
        case link::ApiLink::Live:
            to.link = LinkState::Live;
            break;
        case link::ApiLink::Silent:
            to.link = LinkState::Silent;
            break;
        case link::ApiLink::Refused:
            to.link = LinkState::Refused;
            break;
    }
    to.last_answer = from.last_answer;
    to.error = from.error;
    to.clock_synchronised = from.facts.clock_synchronised;
    return to;
}

/// The probe's paths, and each stream's place in the first that has it.
void add_paths(WallSnapshot& wall, const std::vector<link::PathReport>& paths, const std::string& probe) {
    for (const link::PathReport& from : paths) {
        PathState to{probe, from.id, {}};
        for (const link::PathReport::Point& point : from.points)
            to.points.push_back({point.streams, core::from_seconds(std::clamp(point.delay_s, 0.0, 86'400.0))});
        for (std::size_t n = 0; n < to.points.size(); ++n)
            for (StreamState& stream : wall.streams) {
                const auto& ids = to.points[n].streams;
                if (stream.key.probe != probe || !stream.path.empty()) continue;
                if (std::find(ids.begin(), ids.end(), stream.key.stream) == ids.end()) continue;
                stream.path = from.id;
                stream.point = fmt::format("{}/{}", n + 1, to.points.size());
            }
        wall.paths.push_back(std::move(to));
    }
}

/// Of all its alarms: the incident's own is that of the last ones that were open.
core::Severity worst_of(const link::IncidentReport& incident) {
    core::Severity worst = core::Severity::Info;
    for (const link::IncidentAlarm& alarm : incident.alarms)
        if (alarm.role != "consequence") worst = std::max(worst, alarm.severity);
    return worst;
}

/// Nobody has acknowledged it, and it was bad enough to wait for somebody who does.
bool latches(const link::IncidentReport& incident, core::Severity latch) {
    return incident.acknowledged_by.empty() && !incident.snoozed_until && !incident.maintenance &&
           worst_of(incident) >= latch;
}

/// Onto its streams what is over of `incident`; the worst stays, of as bad ones that which says more, then the newest.
void latch_alarms(WallSnapshot& wall, const link::IncidentReport& incident, const std::string& probe,
                  core::Severity latch) {
    for (const link::IncidentAlarm& alarm : incident.alarms) {
        if (alarm.open || alarm.role == "consequence" || alarm.severity < latch) continue;
        const auto stream = std::find_if(wall.streams.begin(), wall.streams.end(), [&](const StreamState& one) {
            return one.key.probe == probe && one.key.stream == alarm.stream;
        });
        if (stream == wall.streams.end()) continue;
        const LatchedView made{alarm.severity, alarm.condition, incident.since ? incident.since : incident.opened_at};
        const auto rank = [](const LatchedView& one) {
            return std::tuple(one.severity, -static_cast<int>(telling_place(one.condition)), one.since);
        };
        if (!stream->latched || rank(*stream->latched) < rank(made)) stream->latched = made;
    }
}

void add_latched(WallSnapshot& wall, const link::ApiState& state, const std::string& probe, core::Severity latch) {
    if (state.incidents)
        for (const link::IncidentReport& incident : *state.incidents)
            if (incident.state == "open" && latches(incident, latch)) latch_alarms(wall, incident, probe, latch);
    if (!state.over) return;
    for (const link::IncidentReport& incident : *state.over) {
        if (incident.state != "resolved" || !latches(incident, latch)) continue;
        latch_alarms(wall, incident, probe, latch);
        IncidentView view = incident_view(incident, probe);
        view.over = true;
        view.severity = worst_of(incident);
        wall.incidents.push_back(std::move(view));
    }
}

void add_probe(WallSnapshot& wall, const link::ApiState& state, std::optional<core::Severity> latch) {
    std::string id = state.streams ? state.streams->probe : std::string();
    if (id.empty()) id = state.address;
    wall.probes.push_back(probe_state(state, id));
    Fates fates;
    if (state.incidents) {
        for (const link::IncidentReport& incident : *state.incidents) {
            wall.incidents.push_back(incident_view(incident, id));
            for (const link::IncidentAlarm& alarm : incident.alarms) fates[alarm.id] = {&incident, &alarm};
        }
    }
    std::map<std::string, std::string> names;
    if (state.streams) {
        for (const link::StreamReport& stream : state.streams->streams) names[stream.id] = stream.name;
        for (const link::StreamReport& stream : state.streams->streams)
            wall.streams.push_back(stream_state(stream, id, fates, names));
    }
    if (state.paths) add_paths(wall, *state.paths, id);
    if (latch && state.incidents_served) add_latched(wall, state, id, *latch);
    if (!state.incidents_served && state.open) {
        for (const core::AlarmTransition& alarm : *state.open)
            if (alarm.severity != core::Severity::Info) wall.incidents.push_back(lone_alarm(alarm, id, names));
    }
}

}  // namespace

WallSnapshot build_snapshot(const std::vector<std::shared_ptr<const link::ApiState>>& states,
                            std::optional<core::Severity> latch) {
    WallSnapshot wall;
    for (const auto& state : states) add_probe(wall, *state, latch);
    std::sort(wall.incidents.begin(), wall.incidents.end(),
              [](const IncidentView& a, const IncidentView& b) { return before(a, b); });
    return wall;
}

CommandTarget target_of(const Command& command) {
    CommandTarget target;
    target.probe = command.stream.probe;
    const std::string stream = "/api/v1/streams/" + core::percent_encode(command.stream.stream);
    const std::string incident = "/api/v1/incidents/" + core::percent_encode(command.id);
    std::string body = "{\"operator\":" + core::json_string(command.operator_name);
    const auto post = [&](const std::string& verb, const std::string& label) {
        target.command = {incident + "/" + verb, body + "}", label + " " + command.id};
    };
    switch (command.kind) {
        case CommandKind::Acknowledge:
            if (!command.note.empty()) body += ",\"note\":" + core::json_string(command.note);
            post("ack", "acknowledge");
            break;
        case CommandKind::Unacknowledge:
            post("unack", "unacknowledge");
            break;
        case CommandKind::Snooze:
            body +=
                ",\"for\":" + core::json_string(core::to_text(command.duration.value_or(std::chrono::minutes{30}))) +
                ",\"reason\":" + core::json_string(command.note);
            post("snooze", "snooze");
            break;
        case CommandKind::Unsnooze:
            post("unsnooze", "end the snooze of");
            break;
        case CommandKind::Note:
            body += ",\"note\":" + core::json_string(command.note);
            post("note", "note on");
            break;
        case CommandKind::SetAir:
            target.command = {stream + "/air",
                              command.air ? fmt::format("{{\"state\":\"{}\"}}", core::name(*command.air))
                                          : std::string("{\"state\":null}"),
                              (command.air ? std::string(core::name(*command.air)) : std::string("calendar")) +
                                  " for " + command.stream.stream};
            break;
        case CommandKind::SaveLayout:
            break;
        case CommandKind::Focus:
            target.command = {stream + "/focus", command.wanted ? R"({"wanted":true})" : R"({"wanted":false})", {}};
            break;
    }
    return target;
}

}  // namespace sightline::ui
