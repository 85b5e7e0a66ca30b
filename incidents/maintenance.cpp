// SPDX-License-Identifier: Apache-2.0
#include "incidents/maintenance.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "alarms/calendar.hpp"
#include "config/values.hpp"
#include "core/text.hpp"

namespace sightline::incidents {
namespace {

using On = MaintenanceWindow::On;
using nlohmann::json;

constexpr std::array<std::pair<On, const char*>, 4> kOnWords{
    {{On::Stream, "stream"}, {On::Tag, "tag"}, {On::Path, "path"}, {On::Probe, "probe"}}};
constexpr int kDayMinutes = 1440;
constexpr std::size_t kMostText = 4'000;
constexpr std::size_t kMostSpans = 100;

tl::unexpected<core::Error> wrong(const std::string& what) {
    return core::fail(core::ErrorCode::InvalidConfig, what);
}

core::AirCalendar plan_of(const MaintenanceWindow& window) {
    core::AirCalendar plan;
    plan.zone = window.zone;
    plan.on_air = window.weekly;
    return plan;
}

core::Result<std::string> text_of(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return std::string{};
    if (!found->is_string()) return wrong(std::string(key) + ": allowed is a text");
    return core::clean_utf8(found->get<std::string>());
}

core::Result<std::optional<core::UtcTime>> time_of(const json& object, const char* key) {
    const auto text = text_of(object, key);
    if (!text) return tl::unexpected<core::Error>(text.error());
    if (text->empty()) return std::optional<core::UtcTime>{};
    const auto time = core::parse_rfc3339(*text);
    if (!time) {
        return wrong(std::string(key) + ": got \"" + *text + "\", allowed is a time such as 2026-11-22T03:00:00Z");
    }
    return std::optional(*time);
}

core::Result<std::vector<core::WeeklySpan>> weekly_of(const json& object) {
    std::vector<core::WeeklySpan> spans;
    const auto found = object.find("weekly");
    if (found == object.end() || found->is_null()) return spans;
    const std::string allowed = ", allowed is a list of spans such as \"Mon-Fri 02:00-04:00\"";
    if (!found->is_array() || found->size() > kMostSpans) return wrong("weekly: got something else" + allowed);
    for (const json& item : *found) {
        const auto read = item.is_string() ? config::parse_weekly(item.get<std::string>()) : std::nullopt;
        if (!read) {
            return wrong("weekly: got " + (item.is_string() ? core::json_string(item.get<std::string>()) : "no text") +
                         allowed);
        }
        spans.insert(spans.end(), read->begin(), read->end());
    }
    return config::joined(std::move(spans));
}

}  // namespace

const char* name(On on) {
    for (const auto& [known, word] : kOnWords) {
        if (known == on) return word;
    }
    return "";
}

std::string to_json(const MaintenanceWindow& window) {
    std::string spans;
    for (const core::WeeklySpan& span : window.weekly) {
        for (int begin = span.begin_minute; begin < span.end_minute;) {
            const int end = std::min(span.end_minute, (begin / kDayMinutes + 1) * kDayMinutes);
            spans += (spans.empty() ? "" : ",") + core::json_string(config::weekly_text({begin, end}));
            begin = end;
        }
    }
    const auto time = [](core::UtcTime at) { return '"' + core::to_rfc3339(at) + '"'; };
    return "{\"id\":" + core::json_string(window.id) + ",\"on\":\"" + name(window.on) +
           "\",\"name\":" + core::json_string(window.name) + ",\"from\":" + time(window.from) +
           ",\"to\":" + (window.to ? time(*window.to) : "null") + ",\"weekly\":[" + spans +
           "],\"zone\":" + core::json_string(window.zone) + ",\"reason\":" + core::json_string(window.reason) +
           ",\"who\":" + core::json_string(window.who) + ",\"created\":" + time(window.created) + '}';
}

core::Result<MaintenanceWindow> maintenance_from_json(const std::string& text, core::UtcTime now) {
    const json object = json::parse(text, nullptr, false);
    if (!object.is_object()) return wrong("a maintenance window is a JSON object");
    MaintenanceWindow window;
    const auto take = [&object](const char* key, std::string& out) -> core::Result<void> {
        auto read = text_of(object, key);
        if (!read) return tl::unexpected<core::Error>(read.error());
        if (!read->empty()) out = std::move(*read);
        return {};
    };
    std::string on = "stream";
    for (const auto& [key, out] :
         std::initializer_list<std::pair<const char*, std::string*>>{{"id", &window.id},
                                                                     {"on", &on},
                                                                     {"name", &window.name},
                                                                     {"zone", &window.zone},
                                                                     {"reason", &window.reason},
                                                                     {"who", &window.who}}) {
        if (auto done = take(key, *out); !done) return tl::unexpected<core::Error>(done.error());
    }
    const auto* const word =
        std::find_if(kOnWords.begin(), kOnWords.end(), [&on](const auto& row) { return on == row.second; });
    if (word == kOnWords.end()) return wrong("on: got \"" + on + "\", allowed are stream, tag, path, probe");
    window.on = word->first;
    const auto from = time_of(object, "from");
    const auto to = time_of(object, "to");
    const auto created = time_of(object, "created");
    auto weekly = weekly_of(object);
    if (!from) return tl::unexpected<core::Error>(from.error());
    if (!to) return tl::unexpected<core::Error>(to.error());
    if (!created) return tl::unexpected<core::Error>(created.error());
    if (!weekly) return tl::unexpected<core::Error>(weekly.error());
    window.from = from->value_or(now);
    window.to = *to;
    window.created = created->value_or(now);
    window.weekly = std::move(*weekly);
    if (auto sound = check(window); !sound) return tl::unexpected<core::Error>(sound.error());
    return window;
}

core::Result<void> check(const MaintenanceWindow& window) {
    if (window.on == On::Probe) {
        if (!window.name.empty()) return wrong("name: allowed is nothing for maintenance of the whole probe");
    } else if (window.name.empty()) {
        return wrong(std::string("name: missing, allowed is ") +
                     (window.on == On::Tag ? "a tag such as site=london" : "an id"));
    }
    const std::size_t equals = window.name.find('=');
    if (window.on == On::Tag && (equals == 0 || equals == std::string::npos || equals + 1 == window.name.size())) {
        return wrong("name: got \"" + window.name + "\", allowed is a tag such as site=london");
    }
    for (const std::string* text : {&window.name, &window.reason, &window.who}) {
        if (text->size() > kMostText) return wrong("a text of more than 4000 bytes");
    }
    if (window.to && *window.to <= window.from) return wrong("to: allowed is a time after from");
    if (!window.to && window.weekly.empty()) return wrong("to: missing; without it, weekly is needed");
    if (auto loaded = alarms::WeeklyCalendar::load(plan_of(window)); !loaded)
        return wrong("zone: " + loaded.error().message);
    return {};
}

core::Result<void> check_known(const MaintenanceWindow& window, const config::Config& config) {
    const auto is_named = [&](const auto& one) { return one.id == window.name; };
    const auto tagged = [&](const core::StreamSpec& stream) {
        return std::any_of(stream.tags.begin(), stream.tags.end(),
                           [&](const auto& tag) { return tag.first + '=' + tag.second == window.name; });
    };
    const auto& streams = config.streams;
    const auto& paths = config.paths;
    const auto unknown = [&](const char* what) {
        return core::fail(core::ErrorCode::NotFound, what + (" \"" + window.name + '"'));
    };
    if (window.on == On::Stream && std::none_of(streams.begin(), streams.end(), is_named))
        return unknown("no stream is called");
    if (window.on == On::Tag && std::none_of(streams.begin(), streams.end(), tagged))
        return unknown("no stream has the tag");
    if (window.on == On::Path && std::none_of(paths.begin(), paths.end(), is_named))
        return unknown("no path is called");
    return {};
}

struct MaintenanceCalendar::Entry {
    std::optional<alarms::WeeklyCalendar> weekly;  // empty: all of [from, to)
};

MaintenanceCalendar::MaintenanceCalendar(std::vector<MaintenanceWindow> windows) : windows_(std::move(windows)) {
    entries_.reserve(windows_.size());
    for (const MaintenanceWindow& window : windows_) {
        Entry entry;
        if (!window.weekly.empty()) {
            auto loaded = alarms::WeeklyCalendar::load(plan_of(window));
            entry.weekly = loaded ? std::move(*loaded) : alarms::WeeklyCalendar(plan_of(window), core::TimeZone{});
        }
        entries_.push_back(std::move(entry));
    }
}
MaintenanceCalendar::MaintenanceCalendar() = default;
MaintenanceCalendar::~MaintenanceCalendar() = default;
MaintenanceCalendar::MaintenanceCalendar(MaintenanceCalendar&&) noexcept = default;
MaintenanceCalendar& MaintenanceCalendar::operator=(MaintenanceCalendar&&) noexcept = default;

bool MaintenanceCalendar::active(std::size_t window, core::UtcTime time) const {
    const MaintenanceWindow& found = windows_[window];
    if (time < found.from || (found.to && time >= *found.to)) return false;
    const auto& weekly = entries_[window].weekly;
    return !weekly || weekly->at(time) == core::AirState::OnAir;
}

const MaintenanceWindow* MaintenanceCalendar::covers(const std::string& stream,
                                                     const std::map<std::string, std::string>& tags,
                                                     const std::vector<std::string>& paths, core::UtcTime time) const {
    const auto concerns = [&](const MaintenanceWindow& window) {
        switch (window.on) {
            case On::Stream:
                return window.name == stream;
            case On::Tag:
                return std::any_of(tags.begin(), tags.end(),
                                   [&](const auto& tag) { return tag.first + '=' + tag.second == window.name; });
            case On::Path:
                return std::find(paths.begin(), paths.end(), window.name) != paths.end();
            case On::Probe:
                return true;
        }
        return false;
    };
    for (std::size_t n = 0; n < windows_.size(); ++n) {
        if (concerns(windows_[n]) && active(n, time)) return &windows_[n];
    }
    return nullptr;
}

std::optional<core::UtcTime> MaintenanceCalendar::next_change(core::UtcTime time) const {
    std::optional<core::UtcTime> next;
    const auto at = [&](std::optional<core::UtcTime> when) {
        if (when && *when > time && (!next || *when < *next)) next = when;
    };
    for (std::size_t n = 0; n < windows_.size(); ++n) {
        const MaintenanceWindow& window = windows_[n];
        at(window.from);
        at(window.to);
        if (entries_[n].weekly) at(entries_[n].weekly->next_change(std::max(time, window.from)));
    }
    return next;
}

}  // namespace sightline::incidents
