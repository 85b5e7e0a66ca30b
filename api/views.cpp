// SPDX-License-Identifier: Apache-2.0
#include "api/views.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"

namespace sightline::api {
namespace {

using core::json_number;
using core::json_string;

/// Comma-separated `items`, each by `write`.
template <class Items, class Write>
std::string joined(const Items& items, const Write& write) {
    std::string out;
    for (const auto& item : items) {
        if (!out.empty()) out += ',';
        out += write(item);
    }
    return out;
}

std::string or_null(const std::string& text) {
    return text.empty() ? "null" : json_string(text);
}

std::string track_json(const core::Track& track) {
    std::string out =
        fmt::format(R"({{"id":{},"kind":"{}","pid":{},"language":{},"codec":{})", json_string(track.subject.track),
                    core::name(track.kind), track.pid ? std::to_string(*track.pid) : "null", or_null(track.language),
                    or_null(track.codec));
    if (track.kind == core::TrackKind::Video) {
        out += fmt::format(R"(,"width":{},"height":{},"fps":{},"interlaced":{})", track.width, track.height,
                           json_number(track.fps), track.interlaced);
    }
    if (track.kind == core::TrackKind::Audio)
        out += fmt::format(R"(,"channels":{},"sample_rate":{})", track.channels, track.sample_rate);
    return out + fmt::format(R"(,"watched":{},"not_watched":{}}})", track.watched, or_null(track.not_watched));
}

std::string condition_json(const alarms::ConditionView& condition) {
    return fmt::format(
        R"({{"condition":{},"track":{},"verdict":"{}","since":{{"media_s":{},"utc":{}}}}})",
        json_string(condition.condition), or_null(condition.subject.track), core::name(condition.verdict),
        json_number(condition.since.media ? std::optional(core::to_seconds(*condition.since.media)) : std::nullopt, 3),
        condition.since.utc ? json_string(core::to_rfc3339(*condition.since.utc)) : "null");
}

}  // namespace

std::string stream_json(const engine::StreamView& stream) {
    const auto alarm = [](const core::AlarmTransition& transition) { return core::to_json(transition); };
    std::string out = fmt::format(
        R"({{"id":{},"name":{},"url":{},"state":"{}","severity":{},"since":{},"reason":{},"link":{{"state":{},"reason":{}}})",
        json_string(stream.id), json_string(stream.name), json_string(stream.url), engine::name(stream.health),
        stream.worst ? json_string(core::name(*stream.worst)) : "null", json_string(core::to_rfc3339(stream.since)),
        or_null(stream.reason), json_string(stream.link), or_null(stream.link_reason));
    out += fmt::format(
        R"(,"air":"{}","depth":"{}","format":{},"bitrate_bps":{},"tracks":[{}],"not_watched":[{}])",
        core::name(stream.air), core::name(stream.depth), or_null(stream.format),
        stream.measurements.contains("bitrate.mux") ? json_number(stream.measurements.at("bitrate.mux"), 0) : "null",
        joined(stream.tracks, track_json), joined(stream.not_watched, json_string));
    out += fmt::format(R"(,"measurements":{{{}}})", joined(stream.measurements, [](const auto& item) {
                           return json_string(item.first) + ":" + json_number(item.second);
                       }));
    out += fmt::format(R"(,"alarms":[{}],"last_alarm":{},"conditions":[{}])", joined(stream.open, alarm),
                       stream.last ? core::to_json(*stream.last) : "null", joined(stream.conditions, condition_json));
    out += fmt::format(
        R"(,"tags":{{{}}},"runbook":{})",
        joined(stream.tags, [](const auto& tag) { return json_string(tag.first) + ":" + json_string(tag.second); }),
        or_null(stream.runbook));
    out += fmt::format(
        R"(,"packets":{},"continuity_errors":{},"bytes":{},"worker":{{"pid":{},"restarts":{}}},"thumbnail_at":{}}})",
        stream.packets, stream.continuity_errors, stream.bytes,
        stream.worker_pid ? std::to_string(*stream.worker_pid) : "null", stream.worker_restarts,
        stream.still ? json_string(core::to_rfc3339(stream.still_at)) : "null");
    return out;
}

std::string streams_json(const engine::ProbeState& state) {
    return fmt::format(R"({{"probe":{},"at":{},"streams":[{}]}})", json_string(state.probe),
                       json_string(core::to_rfc3339(state.at)),
                       joined(state.streams, [](const auto& stream) { return stream_json(*stream); }));
}

std::string alarms_json(const std::vector<core::AlarmTransition>& alarms) {
    return fmt::format(R"({{"alarms":[{}]}})", joined(alarms, [](const core::AlarmTransition& transition) {
                           return core::to_json(transition);
                       }));
}

std::string open_alarms_json(const engine::ProbeState& state) {
    std::vector<core::AlarmTransition> open = state.own;
    for (const auto& stream : state.streams) open.insert(open.end(), stream->open.begin(), stream->open.end());
    std::stable_sort(open.begin(), open.end(), [](const auto& a, const auto& b) { return a.severity > b.severity; });
    return alarms_json(open);
}

std::string paths_json(const std::vector<config::Path>& paths) {
    const auto point = [](const config::PathPoint& one) {
        return fmt::format(R"({{"streams":[{}],"delay_s":{}}})", joined(one.any_of, json_string),
                           json_number(core::to_seconds(one.delay), 3));
    };
    return fmt::format(R"({{"paths":[{}]}})", joined(paths, [&](const config::Path& path) {
                           return fmt::format(R"({{"id":{},"points":[{}]}})", json_string(path.id),
                                              joined(path.points, point));
                       }));
}

std::string limits_json(const std::vector<engine::MeasurementLimit>& limits) {
    return fmt::format(R"({{"limits":[{}]}})", joined(limits, [](const engine::MeasurementLimit& limit) {
                           return fmt::format(
                               R"({{"measurement":{},"unit":{},"rule":{},"severity":"{}","below":{},"above":{}}})",
                               json_string(limit.measurement), json_string(limit.unit), json_string(limit.rule),
                               core::name(limit.severity), json_number(limit.below), json_number(limit.above));
                       }));
}

std::string watch_json(core::UtcTime from, const std::vector<incidents::WatchChange>& log) {
    return fmt::format(R"({{"from":"{}","changes":[{}]}})", core::to_rfc3339(from),
                       joined(log, [](const incidents::WatchChange& change) {
                           return fmt::format(R"({{"at":"{}","air":"{}","watched":{},"maintenance":{}}})",
                                              core::to_rfc3339(change.at), core::name(change.air), change.watched,
                                              change.maintenance);
                       }));
}

std::string probe_json(const engine::ProbeState& state) {
    const auto notifier = [](const engine::NotifierView& view) {
        return fmt::format(R"({{"name":{},"delivered":{},"failed":{},"given_up":{},"waiting":{},"oldest_s":{}}})",
                           json_string(view.name), view.delivered, view.failed, view.given_up, view.waiting,
                           json_number(view.oldest_s, 3));
    };
    return fmt::format(
        R"({{"probe":{},"version":{},"started":{},"at":{},"ready":{},"clock_synchronised":{},"store_error":{},"notifiers":[{}],"counters":{{{}}}}})",
        json_string(state.probe), json_string(state.version), json_string(core::to_rfc3339(state.started)),
        json_string(core::to_rfc3339(state.at)), state.ready, state.clock_synchronised, or_null(state.store_error),
        joined(state.notifiers, notifier), joined(state.counters, [](const auto& item) {
            return json_string(item.first) + ":" + json_number(item.second);
        }));
}

}  // namespace sightline::api
