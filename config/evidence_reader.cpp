// SPDX-License-Identifier: Apache-2.0
#include "config/evidence_reader.hpp"

#include <fmt/format.h>

#include "config/stream_reader.hpp"
#include "config/values.hpp"

namespace sightline::config {
namespace {

using namespace std::chrono_literals;

void read_size(MapReader& map, std::string_view name, std::int64_t& out, std::int64_t least, std::int64_t most,
               const char* allowed) {
    const YamlNode* node = map.take(name);
    if (node == nullptr) return;
    const auto valid = [&](const std::string& text) {
        const auto size = parse_bytes(text);
        return size && *size >= least && *size <= most ? size : std::nullopt;
    };
    if (const auto size = read_value<std::int64_t>(map.scope(), *node, map.key(name), allowed, valid)) out = *size;
}

}  // namespace

Evidence read_evidence(Scope& scope, const YamlNode* node, const std::string& store) {
    Evidence out;
    const std::size_t slash = store.rfind('/');
    out.folder = slash == std::string::npos ? "evidence" : store.substr(0, slash) + "/evidence";
    if (node == nullptr) return out;
    if (node->scalar()) {
        const char* allowed = "on, off, or a map such as {ring: 64MiB, quota: 4GiB}";
        const auto on = read_value<bool>(scope, *node, "evidence", allowed, parse_switch);
        out.enabled = on.value_or(true);
        return out;
    }
    MapReader map(scope, *node, "evidence", "on, off, or a map such as {ring: 64MiB, quota: 4GiB}");
    map.flag("enabled", out.enabled);
    std::string folder;
    map.text("folder", folder, "a folder's path");
    if (!folder.empty()) out.folder = path_from(scope.folder, folder);
    read_size(map, "ring", out.ring_bytes, 1LL << 20, 16LL << 30, "a size from 1MiB to 16GiB, such as 64MiB");
    read_size(map, "quota", out.quota_bytes, 1LL << 20, 1LL << 44, "a size from 1MiB to 16384GiB, such as 4GiB");
    map.duration("before", out.before, 0s, 10min);
    map.duration("after", out.after, 0s, 10min);
    if (const YamlNode* rate = map.take("per_minute")) {
        if (const auto value = read_whole(scope, *rate, map.key("per_minute"), 1, 600))
            out.per_minute = static_cast<int>(*value);
    }
    map.finish();
    return out;
}

std::string evidence_line(const Evidence& evidence, const std::string& shown_folder) {
    return fmt::format(
        "evidence: {{enabled: {}, folder: {}, ring: {}, quota: {}, before: {}, after: {}, per_minute: {}}}",
        evidence.enabled, shown_folder, evidence.ring_bytes, evidence.quota_bytes, core::to_text(evidence.before),
        core::to_text(evidence.after), evidence.per_minute);
}

}  // namespace sightline::config
