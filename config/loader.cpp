// SPDX-License-Identifier: Apache-2.0
#include "config/loader.hpp"

#include <fmt/format.h>

#include <array>

#include "config/evidence_reader.hpp"
#include "config/incidents_reader.hpp"
#include "config/notifier_reader.hpp"
#include "config/section_reader.hpp"
#include "config/stream_reader.hpp"
#include "core/text.hpp"

namespace sightline::config {
namespace {

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return {};
    return slash == 0 ? "/" : path.substr(0, slash);
}

void read_version(MapReader& map) {
    if (const YamlNode* node = map.need("version", "1")) {
        const auto is_one = [](const std::string& text) { return text == "1" ? std::optional(1) : std::nullopt; };
        (void)read_value<int>(map.scope(), *node, "version", "1", is_one);
    }
}

Config read_config(Scope& scope, const YamlNode& root) {
    Config out;
    MapReader map(scope, root, "", "a map that begins with version: 1 and streams:");
    if (!map.valid()) return out;
    read_version(map);
    map.text("probe", out.probe, "this probe's name");
    read_zone(map, "timezone", out.timezone);
    const YamlNode* streams = map.need("streams", kStreamsAllowed);
    RuleBook rules(scope);
    rules.read_sets(map.take("rules"), streams);
    out.rule_sets = rules.layers();
    if (streams != nullptr) out.streams = read_streams(scope, *streams, rules, out.timezone);
    StreamIds ids;
    for (const core::StreamSpec& stream : out.streams) ids.push_back(stream.id);
    if (const YamlNode* paths = map.take("paths")) out.paths = read_paths(scope, *paths, ids);
    if (const YamlNode* notify = map.take("notify"))
        out.notify = read_notifiers(scope, *notify, {ids, out.paths, out.timezone});
    if (const YamlNode* incidents = map.take("incidents")) {
        std::vector<std::string> names;
        for (const Notifier& notifier : out.notify) names.push_back(notifier.name);
        out.incidents = read_incidents(scope, *incidents, names);
    }
    const YamlNode* evidence = map.take("evidence");
    if (const YamlNode* reports = map.take("reports")) out.reports = read_reports(scope, *reports);
    const YamlNode* store = map.take("store");
    read_store_and_api(scope, store, map.take("api"), out);
    out.evidence = read_evidence(scope, evidence, out.store_sqlite);
    if (const YamlNode* heartbeat = map.take("heartbeat")) out.heartbeat = read_heartbeat(scope, *heartbeat);
    if (const YamlNode* workers = map.take("workers")) read_workers(scope, *workers, out);
    if (const YamlNode* words = map.take("stdout")) {
        if (const auto index = read_word(scope, *words, "stdout", {"json", "none"})) out.stdout_json = *index == 0;
    }
    map.finish();
    return out;
}

}  // namespace

tl::expected<Config, LoadProblems> parse(std::string_view text, const std::string& path, const Surroundings& around) {
    Problems problems(path);
    const auto root = parse_yaml(text, problems);
    if (!root) return tl::unexpected(problems.lines());
    Scope scope{around, problems, folder_of(path), {}, {}};
    Config config = read_config(scope, *root);
    if (!problems.empty()) return tl::unexpected(problems.lines());
    config.file = path;
    config.written = std::move(scope.written);
    config.secrets = std::move(scope.secrets);
    return config;
}

tl::expected<Config, LoadProblems> load(const std::string& path, const Surroundings& around) {
    if (!around.read_file) return tl::unexpected(LoadProblems{core::clean_utf8(path) + ": files are not read here"});
    const auto text = around.read_file(path, kMostFileBytes);
    if (!text) return tl::unexpected(LoadProblems{core::clean_utf8(fmt::format("{}: {}", path, text.error().message))});
    return parse(*text, path, around);
}

std::string joined(const LoadProblems& problems) {
    std::string out;
    for (const std::string& line : problems) out += (out.empty() ? "" : "\n") + line;
    return out;
}

}  // namespace sightline::config
