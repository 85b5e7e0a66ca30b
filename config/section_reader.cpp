// SPDX-License-Identifier: Apache-2.0
#include "config/section_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/stream_reader.hpp"
#include "config/values.hpp"
#include "core/text.hpp"
#include "core/url.hpp"

namespace sightline::config {
namespace {

constexpr std::string_view kHttpAllowed = "an http or https URL such as https://hooks.example/x";

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

void read_http_url(MapReader& map, const YamlNode& node, std::string& out) {
    Scope& scope = map.scope();
    const auto text = read_text(scope, node, map.key("url"), kHttpAllowed, Encoding::Url);
    if (!text) return;
    const auto url = core::parse_url(*text);
    if (url && (url->scheme == "http" || url->scheme == "https") && !url->host.empty()) {
        out = *text;
    } else {
        refuse(scope, node, map.key("url"), kHttpAllowed);
    }
}

void read_webhook(MapReader& map, Notifier& out) {
    if (const YamlNode* url = map.need("url", kHttpAllowed)) read_http_url(map, *url, out.url);
    map.text("secret", out.secret, "a text, best as ${NAME} or ${file:PATH}", Encoding::Plain, Shown::Never);
    const YamlNode* headers = map.take("headers");
    if (headers == nullptr) return;
    MapReader reader(map.scope(), *headers, map.key("headers"), "a map such as {Authorization: \"Bearer ${TOKEN}\"}");
    for (const Entry& entry : headers->entries) {
        std::string value;
        reader.text(entry.key, value, "a header's value", Encoding::Plain, Shown::Never);
        if (!value.empty()) out.headers[entry.key] = std::move(value);
        const bool clean = core::clean_utf8(entry.key) == entry.key;
        if (!clean || entry.key.empty() || entry.key.find_first_of(" :\t") != std::string::npos) {
            map.scope().problems.add(entry.line, reader.key(entry.key.substr(0, 64)),
                                     "got a wrong header name, allowed are letters, digits and -");
        }
    }
}

void read_exec(MapReader& map, Notifier& out) {
    const std::string allowed = "a list of the program and its arguments, such as [/usr/local/bin/page, --to, noc]";
    const YamlNode* command = map.need("command", allowed);
    if (command == nullptr) return;
    if (!command->list()) {
        refuse(map.scope(), *command, map.key("command"), allowed);
        return;
    }
    for (const YamlNode* item : read_list(map.scope(), *command, map.key("command"), allowed)) {
        if (auto word = read_text(map.scope(), *item, map.key("command"), allowed))
            out.command.push_back(std::move(*word));
    }
    if (!out.command.empty() && !out.command.front().starts_with('/')) {
        map.scope().problems.add(
            command->line, map.key("command"),
            fmt::format("got {}, allowed is the program's full path, beginning with /", shown(command->items.front())));
    }
}

void read_filters(MapReader& map, Notifier& out, const StreamIds& streams) {
    Scope& scope = map.scope();
    if (const YamlNode* severity = map.take("severity")) {
        for (const YamlNode* item : read_list(scope, *severity, map.key("severity"), "a list of severities")) {
            static constexpr std::array<core::Severity, 5> kSeverities{core::Severity::Critical, core::Severity::Major,
                                                                       core::Severity::Minor, core::Severity::Warning,
                                                                       core::Severity::Info};
            const auto index =
                read_word(scope, *item, map.key("severity"), {"critical", "major", "minor", "warning", "info"});
            if (index) out.severities.insert(kSeverities[*index]);
        }
    }
    if (const YamlNode* ids = map.take("streams")) {
        for (const YamlNode* item : read_list(scope, *ids, map.key("streams"), "a list of streams")) {
            read_stream_id(scope, *item, map.key("streams"), streams, out.streams);
        }
    }
}

Notifier read_notifier(Scope& scope, const YamlNode& node, const std::string& path, const StreamIds& streams) {
    Notifier out;
    MapReader map(scope, node, path, "a map such as {name: noc, type: webhook, url: \"https://hooks.example/x\"}");
    if (const YamlNode* name = map.need("name", kIdAllowed)) {
        const auto valid = [](const std::string& text) { return is_id(text) ? std::optional(text) : std::nullopt; };
        out.name = read_value<std::string>(scope, *name, map.key("name"), kIdAllowed, valid).value_or("");
    }
    std::optional<std::size_t> type;
    if (const YamlNode* word = map.need("type", "webhook, exec"))
        type = read_word(scope, *word, map.key("type"), {"webhook", "exec"});
    if (type == std::size_t{0}) read_webhook(map, out);
    if (type == std::size_t{1}) {
        out.type = NotifierType::Exec;
        read_exec(map, out);
    }
    read_filters(map, out, streams);
    map.duration("timeout", out.timeout, std::chrono::milliseconds{100}, std::chrono::minutes{5});
    map.duration("give_up", out.give_up, std::chrono::minutes{1}, std::chrono::hours{24 * 30});
    // Of an unknown type no key is known to be wrong.
    if (type) map.finish();
    return out;
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

}  // namespace

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

std::vector<Notifier> read_notifiers(Scope& scope, const YamlNode& node, const StreamIds& streams) {
    std::vector<Notifier> out;
    std::vector<std::string> names;
    if (!node.list()) refuse(scope, node, "notify", "a list of receivers");
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        out.push_back(read_notifier(scope, node.items[i], fmt::format("notify[{}]", i), streams));
        names.push_back(out.back().name);
    }
    check_unique(scope, node, "notify", "name", names);
    return out;
}

std::optional<Heartbeat> read_heartbeat(Scope& scope, const YamlNode& node) {
    Heartbeat out;
    MapReader map(scope, node, "heartbeat", "a map such as {url: \"https://hooks.example/alive\", every: 30s}");
    if (const YamlNode* url = map.need("url", kHttpAllowed)) read_http_url(map, *url, out.url);
    map.duration("every", out.every, std::chrono::seconds{1}, std::chrono::hours{24});
    map.finish();
    return out.url.empty() ? std::nullopt : std::optional(out);
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
