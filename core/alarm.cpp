// SPDX-License-Identifier: Apache-2.0
#include "core/alarm.hpp"

#include <fmt/format.h>

#include "core/json_members.hpp"
#include "core/text.hpp"

namespace sightline::core {
namespace {

std::string json_time(const std::optional<AlarmTime>& time) {
    if (!time) return "null";
    return fmt::format(R"({{"media_s":{},"utc":{}}})",
                       json_number(time->media ? std::optional(to_seconds(*time->media)) : std::nullopt, 3),
                       time->utc ? json_string(to_rfc3339(*time->utc)) : "null");
}

std::string json_or_null(const std::string& text) {
    return text.empty() ? "null" : json_string(text);
}

using nlohmann::json;

std::optional<double> number_of(const json& object, const char* key) {
    const json* value = member(object, key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number()) throw WrongMember{key};
    return value->get<double>();
}

std::optional<int> integer_of(const json& object, const char* key) {
    const std::optional<double> number = number_of(object, key);
    if (!number) return std::nullopt;
    if (*number < -2e9 || *number > 2e9) throw WrongMember{key};
    return static_cast<int>(*number);
}

std::optional<Severity> severity_of(const json& object, const char* key) {
    const std::string word = text_of(object, key);
    if (word.empty()) return std::nullopt;
    const auto severity = severity_from(word);
    if (!severity) throw WrongMember{key};
    return severity;
}

std::optional<AlarmTime> time_of(const json& object, const char* key) {
    const json* value = member(object, key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_object()) throw WrongMember{key};
    AlarmTime time;
    if (const auto media = number_of(*value, "media_s")) {
        if (*media < -9e9 || *media > 9e9) throw WrongMember{key};
        time.media = from_seconds(*media);
    }
    if (const std::string utc = text_of(*value, "utc"); !utc.empty()) {
        const auto parsed = parse_rfc3339(utc);
        if (!parsed) throw WrongMember{key};
        time.utc = *parsed;
    }
    return time;
}

AlarmState state_of(const json& object) {
    const std::string word = text_of(object, "state", true);
    for (const AlarmState state : {AlarmState::Raised, AlarmState::Changed, AlarmState::Cleared}) {
        if (word == name(state)) return state;
    }
    throw WrongMember{"state"};
}

}  // namespace

std::string to_json(const AlarmTransition& alarm) {
    return to_json(alarm, {});
}

std::string to_json(const AlarmTransition& alarm, const std::string& extra) {
    std::string out = R"({"type":"alarm")";
    const auto add = [&out](std::string_view key, std::string_view value) {
        out += fmt::format(R"(,"{}":{})", key, value);
    };
    add("id", json_string(alarm.id));
    add("sequence", fmt::format("{}", alarm.sequence));
    add("state", json_string(name(alarm.state)));
    add("stream", json_string(alarm.stream));
    add("condition", json_string(alarm.condition));
    add("rule", json_string(alarm.rule));
    add("severity", json_string(name(alarm.severity)));
    if (alarm.previous) add("previous", json_string(name(*alarm.previous)));
    add("track", json_or_null(alarm.subject.track));
    if (alarm.subject.service != 0) add("service", fmt::format("{}", alarm.subject.service));
    if (!alarm.subject.rendition.empty()) add("rendition", json_string(alarm.subject.rendition));
    if (!alarm.subject.leg.empty()) add("leg", json_string(alarm.subject.leg));
    if (!alarm.language.empty()) add("language", json_string(alarm.language));
    add("pid", alarm.pid ? fmt::format("{}", *alarm.pid) : "null");
    add("since", json_time(alarm.since));
    add("at", json_time(alarm.at));
    if (alarm.state == AlarmState::Cleared) {
        add("until", json_time(alarm.until));
        add("duration_s", json_number(alarm.duration_s, 3));
    }
    add("exact", alarm.exact ? "true" : "false");
    if (!alarm.exact) add("uncertainty_s", json_number(alarm.uncertainty_s, 3));
    add("value", json_number(alarm.value));
    add("threshold", json_number(alarm.threshold));
    add("unit", json_or_null(alarm.unit));
    if (alarm.flaps > 0) add("flaps", fmt::format("{}", alarm.flaps));
    add("message", json_string(alarm.message));
    if (!extra.empty()) out += ',' + extra;
    return out += '}';
}

Result<AlarmTransition> alarm_from_json(const std::string& text) {
    const json object = json::parse(text, nullptr, false);
    if (!object.is_object()) return fail(ErrorCode::Corrupt, "an alarm is not a JSON object");
    try {
        AlarmTransition alarm;
        alarm.id = text_of(object, "id", true);
        const auto sequence = number_of(object, "sequence");
        if (!sequence || *sequence < 1 || *sequence > 9e15) throw WrongMember{"sequence"};
        alarm.sequence = static_cast<std::uint64_t>(*sequence);
        alarm.state = state_of(object);
        alarm.stream = text_of(object, "stream", true);
        alarm.condition = text_of(object, "condition", true);
        alarm.rule = text_of(object, "rule", true);
        const auto severity = severity_of(object, "severity");
        if (!severity) throw WrongMember{"severity"};
        alarm.severity = *severity;
        alarm.previous = severity_of(object, "previous");
        alarm.subject.track = text_of(object, "track");
        const int service = integer_of(object, "service").value_or(0);
        if (service < 0 || service > 65'535) throw WrongMember{"service"};
        alarm.subject.service = static_cast<std::uint16_t>(service);
        alarm.subject.rendition = text_of(object, "rendition");
        alarm.subject.leg = text_of(object, "leg");
        alarm.language = text_of(object, "language");
        alarm.pid = integer_of(object, "pid");
        alarm.since = time_of(object, "since").value_or(AlarmTime{});
        alarm.at = time_of(object, "at").value_or(AlarmTime{});
        alarm.until = time_of(object, "until");
        alarm.duration_s = number_of(object, "duration_s");
        if (const json* exact = member(object, "exact")) {
            if (!exact->is_boolean()) throw WrongMember{"exact"};
            alarm.exact = exact->get<bool>();
        }
        alarm.uncertainty_s = number_of(object, "uncertainty_s");
        alarm.value = number_of(object, "value");
        alarm.threshold = number_of(object, "threshold");
        alarm.unit = text_of(object, "unit");
        alarm.flaps = integer_of(object, "flaps").value_or(0);
        alarm.message = text_of(object, "message");
        return alarm;
    } catch (const WrongMember& wrong) {
        return fail(ErrorCode::Corrupt, fmt::format("the alarm's \"{}\" is missing or of the wrong type", wrong.key));
    }
}

}  // namespace sightline::core
