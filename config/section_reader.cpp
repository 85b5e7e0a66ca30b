// SPDX-License-Identifier: Apache-2.0
#include "config/section_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/stream_reader.hpp"
#include "config/values.hpp"
#include "core/text.hpp"
#include "core/url.hpp"

namespace sightline::config {
namespace {

constexpr std::size_t kMostShifts = 24;

PathPoint read_point(Scope& scope, const YamlNode& node, const std::string& key, const StreamIds& streams) {
    PathPoint out;
    if (node.scalar()) {
        read_stream_id(scope, node, key, streams, out.any_of);
        return out;
    }
    const std::string allowed = "a stream's id, {stream: ID, delay: 20s} or {any: [ID, ID], delay: 20s}";
    MapReader map(scope, node, key, allowed);
    const YamlNode* one = map.take("stream");
    const YamlNode* any = map.take("any");
    if (map.valid() && (one == nullptr) == (any == nullptr)) refuse(scope, node, key, allowed);
    if (one != nullptr) read_stream_id(scope, *one, map.key("stream"), streams, out.any_of);
    if (any != nullptr) {
        for (const YamlNode* item : read_list(scope, *any, map.key("any"), "a list of streams")) {
            read_stream_id(scope, *item, map.key("any"), streams, out.any_of);
        }
    }
    map.duration("delay", out.delay, {}, std::chrono::hours{24});
    map.finish();
    return out;
}

Path read_path(Scope& scope, const YamlNode& node, const std::string& key, const StreamIds& streams) {
    Path out;
    MapReader map(scope, node, key, "a map such as {id: news-hd, points: [news-enc, news-origin]}");
    if (const YamlNode* id = map.need("id", kIdAllowed)) {
        const auto valid = [](const std::string& text) { return is_id(text) ? std::optional(text) : std::nullopt; };
        out.id = read_value<std::string>(scope, *id, map.key("id"), kIdAllowed, valid).value_or("");
    }
    if (const YamlNode* points = map.need("points", "a list of one or more streams")) {
        if (!points->list() || points->items.empty()) {
            refuse(scope, *points, map.key("points"), "a list of one or more streams");
        }
        for (std::size_t i = 0; i < points->items.size(); ++i) {
            out.points.push_back(
                read_point(scope, points->items[i], fmt::format("{}[{}]", map.key("points"), i), streams));
        }
    }
    map.finish();
    return out;
}

}  // namespace

void read_stream_id(Scope& scope, const YamlNode& node, const std::string& key, const StreamIds& streams,
                    std::vector<std::string>& out) {
    const auto id = read_text(scope, node, key, "the id of a stream");
    if (!id) return;
    if (std::find(streams.begin(), streams.end(), *id) == streams.end()) {
        if (scope.problems.full()) return;
        scope.problems.add(node.line, key,
                           fmt::format("got {}, allowed are the streams {}{}", shown(node), join(streams),
                                       did_you_mean(*id, streams)));
        return;
    }
    if (std::find(out.begin(), out.end(), *id) != out.end()) {
        scope.problems.add(node.line, key, fmt::format("got {} again, allowed is each stream once", shown(node)));
        return;
    }
    out.push_back(*id);
}

void read_http_url(MapReader& map, const YamlNode& node, std::string_view name, std::string& out, Shown may) {
    Scope& scope = map.scope();
    const auto text = read_text(scope, node, map.key(name), kHttpAllowed, Encoding::Url, may);
    if (!text) return;
    const auto url = core::parse_url(*text);
    if (url && (url->scheme == "http" || url->scheme == "https") && !url->host.empty()) {
        out = *text;
    } else {
        refuse(scope, node, map.key(name), kHttpAllowed, may);
    }
}

void check_unique(Scope& scope, const YamlNode& list, std::string_view section, std::string_view key,
                  const std::vector<std::string>& names) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto first = std::find(names.begin(), names.end(), names[i]);
        if (names[i].empty() || first == names.begin() + static_cast<std::ptrdiff_t>(i)) continue;
        const auto at = static_cast<std::size_t>(first - names.begin());
        scope.problems.add(list.items[i].line, fmt::format("{}[{}].{}", section, i, key),
                           fmt::format("got \"{}\" again, first in line {}; allowed is each {} once", names[i],
                                       list.items[at].line, key));
    }
}

std::vector<Path> read_paths(Scope& scope, const YamlNode& node, const StreamIds& streams) {
    std::vector<Path> out;
    std::vector<std::string> names;
    if (!node.list()) refuse(scope, node, "paths", "a list of paths");
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        out.push_back(read_path(scope, node.items[i], fmt::format("paths[{}]", i), streams));
        names.push_back(out.back().id);
    }
    check_unique(scope, node, "paths", "id", names);
    return out;
}

std::optional<Heartbeat> read_heartbeat(Scope& scope, const YamlNode& node) {
    Heartbeat out;
    MapReader map(scope, node, "heartbeat", "a map such as {url: \"https://hooks.example/alive\", every: 30s}");
    if (const YamlNode* url = map.need("url", kHttpAllowed)) read_http_url(map, *url, "url", out.url);
    map.duration("every", out.every, std::chrono::seconds{1}, std::chrono::hours{24});
    map.finish();
    return out.url.empty() ? std::nullopt : std::optional(out);
}

Reports read_reports(Scope& scope, const YamlNode& node) {
    Reports out;
    MapReader map(scope, node, "reports", "a map such as {timezone: Europe/London, shifts: [\"06:00\", \"18:00\"]}");
    read_zone(map, "timezone", out.timezone);
    if (const YamlNode* shifts = map.take("shifts")) {
        const std::string allowed = "up to 24 rising times of day such as [\"06:00\", \"14:00\", \"22:00\"]";
        out.shifts.clear();
        for (const YamlNode* item : read_list(scope, *shifts, "reports.shifts", allowed)) {
            const auto start = read_value<int>(scope, *item, "reports.shifts", allowed, parse_time_of_day);
            if (!start) continue;
            if (out.shifts.size() >= kMostShifts || (!out.shifts.empty() && *start <= out.shifts.back())) {
                refuse(scope, *item, "reports.shifts", allowed);
                break;
            }
            out.shifts.push_back(*start);
        }
    }
    map.finish();
    return out;
}

void read_workers(Scope& scope, const YamlNode& node, Config& out) {
    MapReader map(scope, node, "workers", "a map such as {memory: 1GiB}");
    if (const YamlNode* memory = map.take("memory")) {
        const auto bytes = read_value<std::int64_t>(
            scope, *memory, "workers.memory", "a size from 64MiB to 64GiB, such as 1GiB", [](const std::string& text) {
                const auto size = parse_bytes(text);
                const bool fits = size && *size >= 64LL << 20 && *size <= 64LL << 30;
                return fits ? size : std::nullopt;
            });
        if (bytes) out.worker_memory_bytes = *bytes;
    }
    map.finish();
}

}  // namespace sightline::config
