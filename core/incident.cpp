// SPDX-License-Identifier: Apache-2.0
#include "core/incident.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/json_members.hpp"
#include "core/text.hpp"

namespace sightline::core {
namespace {

constexpr std::array<std::pair<IncidentState, const char*>, 4> kStates{{{IncidentState::Open, "open"},
                                                                        {IncidentState::Acknowledged, "acknowledged"},
                                                                        {IncidentState::Resolved, "resolved"},
                                                                        {IncidentState::Closed, "closed"}}};
constexpr std::array<std::pair<CauseKind, const char*>, 5> kKinds{{{CauseKind::Point, "point"},
                                                                   {CauseKind::Resource, "resource"},
                                                                   {CauseKind::Stream, "stream"},
                                                                   {CauseKind::Probe, "probe"},
                                                                   {CauseKind::Redundancy, "redundancy"}}};
constexpr std::array<std::pair<AlarmRole, const char*>, 3> kRoles{
    {{AlarmRole::Cause, "cause"}, {AlarmRole::Consequence, "consequence"}, {AlarmRole::Member, "member"}}};

template <class Table, class Value>
const char* word_of(const Table& table, Value value) {
    for (const auto& [key, word] : table) {
        if (key == value) return word;
    }
    return "";
}

std::string text_or_null(const std::string& text) {
    return text.empty() ? "null" : json_string(text);
}

std::string time_or_null(const std::optional<UtcTime>& time) {
    return time ? '"' + to_rfc3339(*time) + '"' : "null";
}

/// Builds the object; each call adds one key.
class Writer {
public:
    void raw(std::string_view key, std::string_view value) { out_ += fmt::format(R"(,"{}":{})", key, value); }
    void text(std::string_view key, const std::string& value) { raw(key, text_or_null(value)); }
    void time(std::string_view key, const std::optional<UtcTime>& value) { raw(key, time_or_null(value)); }
    [[nodiscard]] std::string take() { return std::move(out_) + '}'; }

private:
    std::string out_ = R"({"type":"incident")";
};

std::string alarms_json(const std::vector<IncidentAlarm>& alarms, std::size_t most) {
    std::string out = "[";
    for (std::size_t n = 0; n < std::min(most, alarms.size()); ++n) {
        const IncidentAlarm& alarm = alarms[n];
        if (n > 0) out += ',';
        out +=
            fmt::format(R"({{"id":{},"stream":{},"condition":{},"severity":"{}","open":{},"role":"{}","follows":{}}})",
                        json_string(alarm.id), json_string(alarm.stream), json_string(alarm.condition),
                        name(alarm.severity), alarm.open, name(alarm.role), text_or_null(alarm.follows));
    }
    return out + ']';
}

std::string timeline_json(const std::vector<TimelineEntry>& timeline) {
    std::string out = "[";
    for (const TimelineEntry& entry : timeline) {
        if (out.size() > 1) out += ',';
        out += fmt::format(R"({{"at":"{}","who":{},"kind":{},"text":{}}})", to_rfc3339(entry.at),
                           json_string(entry.who), json_string(entry.kind), json_string(entry.text));
    }
    return out + ']';
}

std::string tags_json(const std::map<std::string, std::string>& tags) {
    std::string out = "{";
    for (const auto& [key, value] : tags) {
        if (out.size() > 1) out += ',';
        out += json_string(key) + ':' + json_string(value);
    }
    return out + '}';
}

using nlohmann::json;

bool flag_of(const json& object, const char* key) {
    const json* value = member(object, key);
    if (value == nullptr) return false;
    if (!value->is_boolean()) throw WrongMember{key};
    return value->get<bool>();
}

std::int64_t whole_of(const json& object, const char* key, std::int64_t least) {
    const json* value = member(object, key);
    if (value == nullptr || !value->is_number_integer()) throw WrongMember{key};
    const auto number = value->get<std::int64_t>();
    if (number < least || number > (1LL << 53)) throw WrongMember{key};
    return number;
}

std::optional<UtcTime> utc_of(const json& object, const char* key) {
    const std::string text = text_of(object, key);
    if (text.empty()) return std::nullopt;
    const auto time = parse_rfc3339(text);
    if (!time) throw WrongMember{key};
    return *time;
}

UtcTime need_time(const json& object, const char* key) {
    const auto time = utc_of(object, key);
    if (!time) throw WrongMember{key};
    return *time;
}

template <class Table>
auto choice_of(const json& object, const char* key, const Table& table) {
    const std::string word = text_of(object, key, true);
    for (const auto& [value, known] : table) {
        if (word == known) return value;
    }
    throw WrongMember{key};
}

Severity severity_of(const json& object) {
    const auto severity = severity_from(text_of(object, "severity", true));
    if (!severity) throw WrongMember{"severity"};
    return *severity;
}

template <class Read>
void each(const json& object, const char* key, Read read) {
    const json* list = member(object, key);
    if (list == nullptr) return;
    if (!list->is_array()) throw WrongMember{key};
    for (const json& item : *list) {
        if (!item.is_object()) throw WrongMember{key};
        read(item);
    }
}

IncidentAlarm alarm_of(const json& object) {
    IncidentAlarm alarm;
    alarm.id = text_of(object, "id", true);
    alarm.stream = text_of(object, "stream", true);
    alarm.condition = text_of(object, "condition", true);
    alarm.severity = severity_of(object);
    alarm.open = flag_of(object, "open");
    alarm.role = choice_of(object, "role", kRoles);
    alarm.follows = text_of(object, "follows");
    return alarm;
}

IncidentCause cause_of(const json& object) {
    const json* cause = member(object, "cause");
    if (cause == nullptr || !cause->is_object()) throw WrongMember{"cause"};
    return {choice_of(*cause, "kind", kKinds), text_of(*cause, "name"), text_of(*cause, "stream")};
}

std::map<std::string, std::string> tags_of(const json& object) {
    std::map<std::string, std::string> tags;
    const json* found = member(object, "tags");
    if (found == nullptr) return tags;
    if (!found->is_object()) throw WrongMember{"tags"};
    for (const auto& [key, value] : found->items()) {
        if (!value.is_string()) throw WrongMember{"tags"};
        tags[key] = value.get<std::string>();
    }
    return tags;
}

Incident incident_of(const json& object) {
    Incident incident;
    incident.id = text_of(object, "id", true);
    incident.sequence = static_cast<std::uint64_t>(whole_of(object, "sequence", 1));
    incident.state = choice_of(object, "state", kStates);
    incident.severity = severity_of(object);
    incident.title = text_of(object, "title");
    incident.cause = cause_of(object);
    incident.why = text_of(object, "why");
    incident.since = need_time(object, "since");
    incident.opened_at = need_time(object, "opened_at");
    incident.notified_at = utc_of(object, "notified_at");
    incident.acknowledged_at = utc_of(object, "acknowledged_at");
    incident.acknowledged_by = text_of(object, "acknowledged_by");
    incident.resolved_at = utc_of(object, "resolved_at");
    incident.closed_at = utc_of(object, "closed_at");
    incident.closed_by = text_of(object, "closed_by");
    incident.owner = text_of(object, "owner");
    incident.snoozed_until = utc_of(object, "snoozed_until");
    incident.snoozed_by = text_of(object, "snoozed_by");
    incident.snooze_reason = text_of(object, "snooze_reason");
    incident.maintenance = flag_of(object, "maintenance");
    incident.returns = static_cast<int>(std::min<std::int64_t>(whole_of(object, "returns", 0), 1'000'000'000));
    incident.path = text_of(object, "path");
    incident.runbook = text_of(object, "runbook");
    incident.tags = tags_of(object);
    each(object, "alarms", [&](const json& item) { incident.alarms.push_back(alarm_of(item)); });
    if (member(object, "alarm_count") != nullptr) {
        const auto count = static_cast<std::size_t>(whole_of(object, "alarm_count", 0));
        incident.more_alarms = count - std::min(count, incident.alarms.size());
    }
    incident.merged_into = text_of(object, "merged_into");
    each(object, "timeline", [&](const json& item) {
        incident.timeline.push_back(
            {need_time(item, "at"), text_of(item, "who", true), text_of(item, "kind", true), text_of(item, "text")});
    });
    return incident;
}

}  // namespace

const char* name(IncidentState state) {
    return word_of(kStates, state);
}
const char* name(CauseKind kind) {
    return word_of(kKinds, kind);
}
const char* name(AlarmRole role) {
    return word_of(kRoles, role);
}

std::optional<IncidentState> incident_state_from(std::string_view word) {
    for (const auto& [state, known] : kStates) {
        if (word == known) return state;
    }
    return std::nullopt;
}

std::string to_json(const Incident& incident, IncidentForm form, const std::string& extra) {
    Writer out;
    out.raw("id", json_string(incident.id));
    out.raw("sequence", fmt::format("{}", incident.sequence));
    out.raw("state", json_string(name(incident.state)));
    out.raw("severity", json_string(name(incident.severity)));
    out.raw("title", json_string(incident.title));
    out.raw("cause", fmt::format(R"({{"kind":"{}","name":{},"stream":{}}})", name(incident.cause.kind),
                                 text_or_null(incident.cause.name), text_or_null(incident.cause.stream)));
    out.raw("why", json_string(incident.why));
    out.time("since", incident.since);
    out.time("opened_at", incident.opened_at);
    out.time("notified_at", incident.notified_at);
    out.time("acknowledged_at", incident.acknowledged_at);
    out.text("acknowledged_by", incident.acknowledged_by);
    out.time("resolved_at", incident.resolved_at);
    out.time("closed_at", incident.closed_at);
    out.text("closed_by", incident.closed_by);
    out.text("owner", incident.owner);
    out.time("snoozed_until", incident.snoozed_until);
    out.text("snoozed_by", incident.snoozed_by);
    out.text("snooze_reason", incident.snooze_reason);
    out.raw("maintenance", incident.maintenance ? "true" : "false");
    out.raw("returns", fmt::format("{}", incident.returns));
    out.text("path", incident.path);
    out.text("runbook", incident.runbook);
    out.raw("tags", tags_json(incident.tags));
    out.raw("alarms", alarms_json(incident.alarms, form.most_alarms));
    out.raw("alarm_count", fmt::format("{}", incident.alarms.size() + incident.more_alarms));
    out.text("merged_into", incident.merged_into);
    if (form.timeline) out.raw("timeline", timeline_json(incident.timeline));
    std::string text = out.take();
    if (!extra.empty()) {
        text.back() = ',';
        text += extra + '}';
    }
    return text;
}

Result<Incident> incident_from_json(const std::string& text) {
    const json object = json::parse(text, nullptr, false);
    if (!object.is_object()) return fail(ErrorCode::Corrupt, "an incident is not a JSON object");
    try {
        return incident_of(object);
    } catch (const WrongMember& wrong) {
        return fail(ErrorCode::Corrupt,
                    fmt::format("the incident's \"{}\" is missing or of the wrong type", wrong.key));
    }
}

}  // namespace sightline::core
