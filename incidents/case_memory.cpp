// SPDX-License-Identifier: Apache-2.0
// CaseMemory as the store keeps it.
#include <nlohmann/json.hpp>

#include "incidents/incident_case.hpp"

namespace sightline::incidents {
namespace {

using core::UtcTime;
using nlohmann::json;

json time_json(const std::optional<UtcTime>& time) {
    return time ? json(time->time_since_epoch().count()) : json(nullptr);
}

bool flag(const json& object, const char* key) {
    const auto at = object.find(key);
    return at != object.end() && at->is_boolean() && at->get<bool>();
}

std::string text(const json& object, const char* key) {
    const auto at = object.find(key);
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

std::int64_t whole(const json& object, const char* key) {
    const auto at = object.find(key);
    return at != object.end() && at->is_number_integer() ? at->get<std::int64_t>() : 0;
}

std::optional<UtcTime> time(const json& object, const char* key) {
    const auto at = object.find(key);
    if (at == object.end() || !at->is_number_integer()) return std::nullopt;
    return UtcTime{core::Duration{at->get<std::int64_t>()}};
}

core::Severity severity(const json& object, const char* key) {
    return core::severity_from(text(object, key)).value_or(core::Severity::Info);
}

}  // namespace

std::string to_json(const CaseMemory& memory) {
    json streams = json::array();
    for (const std::string& stream : memory.silent_streams) streams.push_back(stream);
    const json object = {{"told", memory.told},
                         {"digested", memory.digested},
                         {"held_at", time_json(memory.held_at)},
                         {"worsened_at", time_json(memory.worsened_at)},
                         {"end_told", memory.end_told},
                         {"gathers", memory.gathers},
                         {"told_severity", core::name(memory.told_severity)},
                         {"told_cause", memory.told_cause},
                         {"cause_changed", time_json(memory.cause_changed)},
                         {"silent_severity", core::name(memory.silent_severity)},
                         {"silent_streams", streams},
                         {"first_call", time_json(memory.first_call)},
                         {"last_call", time_json(memory.last_call)},
                         {"escalation", memory.escalation},
                         {"good_since", time_json(memory.good_since)},
                         {"came_back", memory.came_back},
                         {"by_hand", memory.by_hand},
                         {"resource", memory.resource},
                         {"maintenance_ended", memory.maintenance_ended},
                         {"flood", memory.flood},
                         {"entries", memory.entries}};
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

CaseMemory case_memory_from_json(const std::string& given) {
    CaseMemory memory;
    const json object = json::parse(given, nullptr, false);
    if (!object.is_object()) return memory;
    memory.told = flag(object, "told");
    memory.digested = flag(object, "digested");
    memory.held_at = time(object, "held_at");
    memory.worsened_at = time(object, "worsened_at");
    memory.end_told = flag(object, "end_told");
    memory.gathers = flag(object, "gathers");
    memory.told_severity = severity(object, "told_severity");
    memory.told_cause = text(object, "told_cause");
    memory.cause_changed = time(object, "cause_changed");
    memory.silent_severity = severity(object, "silent_severity");
    if (const auto streams = object.find("silent_streams"); streams != object.end() && streams->is_array()) {
        for (const json& stream : *streams) {
            if (stream.is_string()) memory.silent_streams.insert(stream.get<std::string>());
        }
    }
    memory.first_call = time(object, "first_call");
    memory.last_call = time(object, "last_call");
    memory.escalation = static_cast<int>(whole(object, "escalation"));
    memory.good_since = time(object, "good_since");
    memory.came_back = flag(object, "came_back");
    memory.by_hand = flag(object, "by_hand");
    memory.resource = text(object, "resource");
    memory.maintenance_ended = flag(object, "maintenance_ended");
    memory.flood = flag(object, "flood");
    memory.entries = static_cast<std::uint64_t>(whole(object, "entries"));
    return memory;
}

}  // namespace sightline::incidents
