// SPDX-License-Identifier: Apache-2.0
#include "link/probe_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/text.hpp"
#include "link/checked_json.hpp"

namespace sightline::link {
namespace {

using nlohmann::json;

template <class T, class Read>
core::Result<T> reading(std::string_view what, std::string_view text, const Read& read) {
    const auto corrupt = [&](std::string_view why) {
        return core::fail(core::ErrorCode::Corrupt, fmt::format("the probe's {}: {}", what, why));
    };
    if (text.size() > kMostReportBytes) return corrupt("longer than 64 MiB");
    const json parsed = json::parse(text, nullptr, false);
    if (parsed.is_discarded()) return corrupt("not JSON");
    try {
        return read(parsed);
    } catch (const BadMember& bad) {
        return corrupt(bad.what);
    }
}

std::optional<core::UtcTime> time_of(const CheckedObject& object, const char* key) {
    const std::string text = object.text(key);
    if (text.empty()) return std::nullopt;
    const auto time = core::parse_rfc3339(text);
    if (!time) throw BadMember{fmt::format("\"{}\" is no time", key)};
    return *time;
}

core::Severity severity_of(const CheckedObject& object, const char* key) {
    const std::string word = object.text(key);
    const auto severity = core::severity_from(word);
    if (!severity) throw BadMember{fmt::format("\"{}\" is no severity: {}", key, word)};
    return *severity;
}

template <class Enum, std::size_t N>
Enum word_of(const CheckedObject& object, const char* key, const std::array<std::pair<const char*, Enum>, N>& words,
             Enum fallback) {
    const std::string word = object.text(key);
    for (const auto& [text, value] : words) {
        if (word == text) return value;
    }
    return fallback;
}

constexpr std::array kHealth{std::pair{"good", StreamHealth::Good}, std::pair{"alarm", StreamHealth::Alarm},
                             std::pair{"unknown", StreamHealth::Unknown}, std::pair{"standby", StreamHealth::Standby}};
constexpr std::array kAir{std::pair{"on_air", core::AirState::OnAir}, std::pair{"standby", core::AirState::Standby},
                          std::pair{"off_air", core::AirState::OffAir}};
constexpr std::array kTrackWords{std::pair{"video", core::TrackKind::Video}, std::pair{"audio", core::TrackKind::Audio},
                                 std::pair{"subtitle", core::TrackKind::Subtitle},
                                 std::pair{"data", core::TrackKind::Data}};

core::AlarmTransition read_alarm(const json& item) {
    auto alarm = core::alarm_from_json(item.dump(-1, ' ', false, json::error_handler_t::replace));
    if (!alarm) throw BadMember{alarm.error().message};
    return std::move(*alarm);
}

core::Track read_track(const json& item) {
    const CheckedObject object(item);
    core::Track track;
    track.subject.track = object.text("id");
    track.kind = word_of(object, "kind", kTrackWords, core::TrackKind::None);
    track.pid = object.optional_integer<int>("pid", 0, 0x1FFF);
    track.language = object.text("language");
    track.codec = object.text("codec");
    track.width = object.integer("width", 0, 1 << 20, 0);
    track.height = object.integer("height", 0, 1 << 20, 0);
    track.fps = object.number("fps").value_or(0);
    track.interlaced = object.flag("interlaced", false);
    track.channels = object.integer("channels", 0, 1024, 0);
    track.sample_rate = object.integer("sample_rate", 0, 10'000'000, 0);
    track.watched = object.flag("watched", true);
    track.not_watched = object.text("not_watched");
    return track;
}

StreamReport read_stream(const json& item) {
    const CheckedObject object(item);
    StreamReport stream;
    stream.id = object.text("id");
    if (stream.id.empty()) throw BadMember{"a stream without \"id\""};
    stream.name = object.text("name", stream.id);
    stream.url = object.text("url");
    stream.health = word_of(object, "state", kHealth, StreamHealth::Unknown);
    if (object.has("severity")) stream.severity = severity_of(object, "severity");
    stream.since = time_of(object, "since");
    stream.reason = object.text("reason");
    if (const json* link = object.find("link")) {
        const CheckedObject words(*link);
        stream.link_state = words.text("state");
        stream.link_reason = words.text("reason");
    }
    stream.air = word_of(object, "air", kAir, core::AirState::OnAir);
    stream.depth = core::depth_from(object.text("depth", "full")).value_or(core::DepthMode::Full);
    stream.format = object.text("format");
    stream.bitrate_bps = object.number("bitrate_bps");
    object.list("tracks", [&](const json& track) { stream.tracks.push_back(read_track(track)); });
    object.members("measurements", [&](const std::string& name, const json& value) {
        if (value.is_number()) stream.measurements[name] = value.get<double>();
    });
    object.list("alarms", [&](const json& alarm) { stream.alarms.push_back(read_alarm(alarm)); });
    object.members("tags", [&](const std::string& name, const json& value) {
        if (value.is_string()) stream.tags[name] = core::clean_utf8(value.get_ref<const std::string&>());
    });
    stream.runbook = object.text("runbook");
    stream.thumbnail_at = time_of(object, "thumbnail_at");
    if (const json* worker = object.find("worker"))
        stream.worker_restarts = CheckedObject(*worker).integer<std::uint64_t>("restarts", 0, UINT64_MAX, 0);
    stream.continuity_errors = object.optional_integer<std::uint64_t>("continuity_errors", 0, UINT64_MAX);
    return stream;
}

void read_cause(const CheckedObject& object, IncidentReport& incident) {
    const json* cause = object.find("cause");
    if (cause == nullptr) return;
    const CheckedObject words(*cause);
    incident.cause_kind = words.text("kind");
    incident.cause_name = words.text("name");
    incident.cause_stream = words.text("stream");
}

IncidentReport read_incident(const json& item) {
    const CheckedObject object(item);
    IncidentReport incident;
    incident.id = object.text("id");
    if (incident.id.empty()) throw BadMember{"an incident without \"id\""};
    incident.sequence = object.integer<std::uint64_t>("sequence", 0, UINT64_MAX, 1);
    incident.state = object.text("state");
    incident.severity = severity_of(object, "severity");
    incident.title = object.text("title");
    incident.why = object.text("why");
    read_cause(object, incident);
    incident.since = time_of(object, "since");
    incident.opened_at = time_of(object, "opened_at");
    incident.acknowledged_at = time_of(object, "acknowledged_at");
    incident.resolved_at = time_of(object, "resolved_at");
    incident.snoozed_until = time_of(object, "snoozed_until");
    incident.acknowledged_by = object.text("acknowledged_by");
    incident.owner = object.text("owner");
    incident.snoozed_by = object.text("snoozed_by");
    incident.snooze_reason = object.text("snooze_reason");
    incident.path = object.text("path");
    incident.runbook = object.text("runbook");
    incident.maintenance = object.flag("maintenance", false);
    incident.returns = object.integer("returns", 0, 1 << 30, 0);
    object.list("alarms", [&](const json& raw) {
        const CheckedObject alarm(raw);
        incident.alarms.push_back({alarm.text("id"), alarm.text("stream"), alarm.text("condition"), alarm.text("role"),
                                   alarm.text("follows"), severity_of(alarm, "severity"), alarm.flag("open", true)});
    });
    object.list("timeline", [&](const json& raw) {
        const CheckedObject entry(raw);
        incident.timeline.push_back({time_of(entry, "at"), entry.text("who"), entry.text("kind"), entry.text("text")});
    });
    return incident;
}

}  // namespace

core::Result<StreamsReport> parse_streams(std::string_view text) {
    return reading<StreamsReport>("streams", text, [](const json& parsed) {
        const CheckedObject object(parsed);
        StreamsReport report;
        report.probe = object.text("probe");
        report.at = time_of(object, "at");
        object.list("streams", [&](const json& item) { report.streams.push_back(read_stream(item)); });
        return report;
    });
}

core::Result<std::vector<core::AlarmTransition>> parse_alarms(std::string_view text) {
    return reading<std::vector<core::AlarmTransition>>("alarms", text, [](const json& parsed) {
        const json* list = CheckedObject(parsed).find("alarms");
        constexpr std::size_t kMost = 20'000;  // more than a list of the store ever has
        if (list == nullptr || !list->is_array() || list->size() > kMost) throw BadMember{"\"alarms\" is no list"};
        std::vector<core::AlarmTransition> alarms;
        for (const json& item : *list) alarms.push_back(read_alarm(item));
        return alarms;
    });
}

core::Result<std::vector<IncidentReport>> parse_incidents(std::string_view text) {
    return reading<std::vector<IncidentReport>>("incidents", text, [](const json& parsed) {
        std::vector<IncidentReport> incidents;
        const CheckedObject object(parsed);
        if (!object.has("incidents")) throw BadMember{"\"incidents\" is missing"};
        object.list("incidents", [&](const json& item) { incidents.push_back(read_incident(item)); });
        return incidents;
    });
}

core::Result<IncidentReport> parse_incident(std::string_view text) {
    return reading<IncidentReport>("incident", text, read_incident);
}

core::Result<std::vector<PathReport>> parse_paths(std::string_view text) {
    return reading<std::vector<PathReport>>("paths", text, [](const json& parsed) {
        std::vector<PathReport> paths;
        CheckedObject(parsed).list("paths", [&](const json& raw) {
            const CheckedObject object(raw);
            PathReport path;
            path.id = object.text("id");
            object.list("points", [&](const json& item) {
                const CheckedObject words(item);
                PathReport::Point point;
                words.list("streams", [&](const json& stream) {
                    if (!stream.is_string()) throw BadMember{"\"streams\" is no list of ids"};
                    point.streams.push_back(core::clean_utf8(stream.get_ref<const std::string&>()));
                });
                point.delay_s = words.number("delay_s").value_or(0);
                path.points.push_back(std::move(point));
            });
            paths.push_back(std::move(path));
        });
        return paths;
    });
}

core::Result<std::vector<LimitReport>> parse_limits(std::string_view text) {
    return reading<std::vector<LimitReport>>("limits", text, [](const json& parsed) {
        std::vector<LimitReport> limits;
        CheckedObject(parsed).list("limits", [&](const json& raw) {
            const CheckedObject object(raw);
            limits.push_back({object.text("measurement"), object.text("unit"), object.text("rule"),
                              severity_of(object, "severity"), object.number("below"), object.number("above")});
        });
        return limits;
    });
}

core::Result<std::vector<WatchReport>> parse_watch(std::string_view text) {
    return reading<std::vector<WatchReport>>("watch log", text, [](const json& parsed) {
        std::vector<WatchReport> log;
        CheckedObject(parsed).list("changes", [&](const json& raw) {
            const CheckedObject object(raw);
            const auto at = time_of(object, "at");
            if (!at) throw BadMember{"\"at\" is missing"};
            log.push_back({*at, word_of(object, "air", kAir, core::AirState::OnAir), object.flag("watched", false),
                           object.flag("maintenance", false)});
        });
        std::sort(log.begin(), log.end(), [](const WatchReport& a, const WatchReport& b) { return a.at < b.at; });
        return log;
    });
}

core::Result<ProbeFacts> parse_probe(std::string_view text) {
    return reading<ProbeFacts>("answer about itself", text, [](const json& parsed) {
        const CheckedObject object(parsed);
        return ProbeFacts{object.text("probe"), object.text("version"), object.text("store_error"),
                          object.flag("clock_synchronised", false)};
    });
}

std::string error_words(std::string_view text) {
    if (text.size() > kMostReportBytes) return {};
    const json parsed = json::parse(text, nullptr, false);
    if (!parsed.is_object()) return {};
    const auto error = parsed.find("error");
    if (error == parsed.end() || !error->is_object()) return {};
    const auto message = error->find("message");
    if (message == error->end() || !message->is_string()) return {};
    return core::clean_utf8(message->get_ref<const std::string&>());
}

}  // namespace sightline::link
