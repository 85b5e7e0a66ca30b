// SPDX-License-Identifier: Apache-2.0
#include "config/incidents_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/values.hpp"

namespace sightline::config {
namespace {

using namespace std::chrono_literals;

constexpr core::Duration kDay = 24h;

void read_number(MapReader& map, std::string_view name, int& out, int least, int most) {
    const YamlNode* node = map.take(name);
    if (node == nullptr) return;
    if (const auto value = read_whole(map.scope(), *node, map.key(name), least, most)) out = static_cast<int>(*value);
}

void read_group(Scope& scope, const YamlNode& node, Incidents& out) {
    MapReader map(scope, node, "incidents.group", "a map such as {streams: 3, percent: 50%, within: 30s}");
    read_number(map, "streams", out.group_streams, 2, 1'000);
    map.duration("within", out.group_within, 1s, 1h);
    if (const YamlNode* percent = map.take("percent")) {
        const auto value = read_value<double>(scope, *percent, map.key("percent"), "a part from 1% to 100%",
                                              [](const std::string& text) {
                                                  const auto read = parse_percent(text);
                                                  return read && *read >= 1 && *read <= 100 ? read : std::nullopt;
                                              });
        if (value) out.group_percent = *value;
    }
    if (const YamlNode* by = map.take("by")) {
        for (const YamlNode* item : read_list(scope, *by, map.key("by"), "a list of tags, or host")) {
            if (auto tag = read_text(scope, *item, map.key("by"), "a tag, or host"))
                out.group_by.push_back(std::move(*tag));
        }
    }
    map.finish();
}

void read_flood(Scope& scope, const YamlNode& node, Incidents& out) {
    MapReader map(scope, node, "incidents.flood", "a map such as {above: 10, below: 5, within: 10m, digest: 5m}");
    read_number(map, "above", out.flood_begin, 1, 100'000);
    read_number(map, "below", out.flood_end, 1, 100'000);
    map.duration("within", out.flood_within, 1s, kDay);
    map.duration("digest", out.digest_every, 10s, kDay);
    if (out.flood_end > out.flood_begin) refuse(scope, node, "incidents.flood", "below up to above");
    map.finish();
}

EscalationStep read_step(Scope& scope, const YamlNode& node, const std::string& path,
                         const std::vector<std::string>& notifiers) {
    EscalationStep out;
    MapReader map(scope, node, path, "a map such as {after: 10m, notify: [manager]}");
    if (const YamlNode* after = map.need("after", "a duration from 10s to 7d"))
        out.after = read_duration(scope, *after, map.key("after"), 10s, 7 * kDay).value_or(10min);
    if (const YamlNode* names = map.need("notify", "a list of receivers")) {
        for (const YamlNode* item : read_list(scope, *names, map.key("notify"), "a list of receivers")) {
            const auto index = read_word(scope, *item, map.key("notify"), notifiers);
            if (index) out.notify.push_back(notifiers[*index]);
        }
    }
    map.finish();
    return out;
}

}  // namespace

Incidents read_incidents(Scope& scope, const YamlNode& node, const std::vector<std::string>& notifiers) {
    Incidents out;
    MapReader map(scope, node, "incidents", "a map such as {gather: 2s, repeat: 30m}");
    map.duration("gather", out.gather, {}, 5min);
    map.duration("resolve_after", out.resolve_after, {}, 1h);
    map.duration("tell_resolved_after", out.tell_resolved_after, {}, kDay);
    map.duration("reopen_within", out.reopen_within, {}, kDay);
    map.duration("close_after", out.close_after, 1min, 30 * kDay);
    map.duration("repeat", out.repeat, {}, 7 * kDay);
    if (const YamlNode* group = map.take("group")) read_group(scope, *group, out);
    if (const YamlNode* flood = map.take("flood")) read_flood(scope, *flood, out);
    if (const YamlNode* steps = map.take("escalate")) {
        if (!steps->list())
            refuse(scope, *steps, "incidents.escalate", "a list such as [{after: 10m, notify: [manager]}]");
        for (std::size_t n = 0; n < steps->items.size(); ++n) {
            out.escalate.push_back(
                read_step(scope, steps->items[n], fmt::format("incidents.escalate[{}]", n), notifiers));
        }
        std::stable_sort(out.escalate.begin(), out.escalate.end(),
                         [](const EscalationStep& a, const EscalationStep& b) { return a.after < b.after; });
    }
    map.finish();
    return out;
}

std::vector<std::string> incidents_lines(const Incidents& incidents) {
    const auto text = [](core::Duration duration) { return core::to_text(duration); };
    std::vector<std::string> lines{
        "incidents:",
        "  gather: " + text(incidents.gather),
        fmt::format("  group: {{streams: {}, percent: {}, within: {}{}}}", incidents.group_streams,
                    quantity_text(incidents.group_percent, "%"), text(incidents.group_within),
                    incidents.group_by.empty() ? "" : fmt::format(", by: [{}]", fmt::join(incidents.group_by, ", "))),
        "  resolve_after: " + text(incidents.resolve_after),
        "  tell_resolved_after: " + text(incidents.tell_resolved_after),
        "  reopen_within: " + text(incidents.reopen_within),
        "  close_after: " + text(incidents.close_after),
        fmt::format("  flood: {{above: {}, below: {}, within: {}, digest: {}}}", incidents.flood_begin,
                    incidents.flood_end, text(incidents.flood_within), text(incidents.digest_every)),
        "  repeat: " + text(incidents.repeat)};
    if (!incidents.escalate.empty()) lines.emplace_back("  escalate:");
    for (const EscalationStep& step : incidents.escalate)
        lines.push_back(
            fmt::format("    - {{after: {}, notify: [{}]}}", text(step.after), fmt::join(step.notify, ", ")));
    return lines;
}

}  // namespace sightline::config
