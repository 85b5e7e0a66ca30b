// SPDX-License-Identifier: Apache-2.0
#include "ui/umd_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace sightline::ui {
namespace {

constexpr std::string_view kTag = "tag:";
constexpr std::string_view kValue = "value:";

using Field = std::string (*)(const StreamState& stream);
struct Known {
    std::string_view name;
    Field value;
};
constexpr std::array kFields{
    Known{"format", [](const StreamState& stream) { return stream.format; }},
    Known{"bitrate", [](const StreamState& stream) { return bitrate_words(stream); }},
    Known{"codec", [](const StreamState& stream) { return stream.codec; }},
    Known{"transport", [](const StreamState& stream) { return stream.transport; }},
    Known{"path",
          [](const StreamState& stream) { return stream.path.empty() ? "" : stream.path + " " + stream.point; }},
    Known{"id", [](const StreamState& stream) { return stream.key.stream; }},
    Known{"probe", [](const StreamState& stream) { return stream.key.probe; }}};

const Known* known_field(std::string_view name) {
    const auto* at = std::find_if(kFields.begin(), kFields.end(), [&](const Known& k) { return k.name == name; });
    return at == kFields.end() ? nullptr : at;
}

bool good_field(std::string_view name) {
    for (const std::string_view prefix : {kTag, kValue})
        if (name.starts_with(prefix)) return name.size() > prefix.size();
    return known_field(name) != nullptr;
}

std::string field_value(std::string_view name, const StreamState& stream) {
    if (name.starts_with(kTag)) {
        const std::string wanted = std::string(name.substr(kTag.size())) + "=";
        for (const std::string& tag : stream.tags)
            if (tag.starts_with(wanted)) return tag.substr(wanted.size());
        return {};
    }
    if (name.starts_with(kValue)) {
        const auto at = stream.measurements.find(std::string(name.substr(kValue.size())));
        return at == stream.measurements.end() || !std::isfinite(at->second) ? "" : fmt::format("{:.4g}", at->second);
    }
    const Known* known = known_field(name);
    return known == nullptr ? std::string() : known->value(stream);
}

bool separator(std::string_view text) {
    while (!text.empty()) {
        if (text.starts_with("\xC2\xB7")) {  // ·
            text.remove_prefix(2);
        } else if (std::string_view(" |/,-").find(text.front()) != std::string_view::npos) {
            text.remove_prefix(1);
        } else {
            return false;
        }
    }
    return true;
}

}  // namespace

bool umd_template_good(std::string_view line) {
    while (true) {
        const std::size_t open = line.find_first_of("{}");
        if (open == std::string_view::npos) return true;
        const std::size_t close = line.find('}', open);
        if (line[open] == '}' || close == std::string_view::npos) return false;
        if (!good_field(line.substr(open + 1, close - open - 1))) return false;
        line.remove_prefix(close + 1);
    }
}

std::string_view umd_fields_allowed() {
    return "text with {format}, {bitrate}, {codec}, {transport}, {path}, {id}, {probe}, {tag:NAME} or "
           "{value:MEASUREMENT}";
}

std::string umd_line(std::string_view line, const StreamState& stream) {
    std::string out;
    std::string between;  // separators that wait for something to separate
    bool fields = false;
    bool any = false;
    while (!line.empty()) {
        const std::size_t open = std::min(line.find('{'), line.size());
        const std::string_view literal = line.substr(0, open);
        if (separator(literal)) {
            if (between.empty()) between = literal;  // a field that was left out takes the second one along
        } else {
            out += std::exchange(between, {});
            out += literal;
        }
        line.remove_prefix(open);
        if (line.empty()) break;
        const std::size_t close = std::min(line.find('}'), line.size() - 1);
        const std::string value = field_value(line.substr(1, close - 1), stream);
        fields = true;
        line.remove_prefix(close + 1);
        if (value.empty()) {
            if (out.empty()) between.clear();
            continue;
        }
        any = true;
        if (!out.empty()) out += between;
        between.clear();
        out += value;
    }
    return fields && !any ? std::string() : out;
}

std::vector<std::string> umd_lines(const std::vector<std::string>& templates, const StreamState& stream, bool known) {
    std::vector<std::string> lines;
    for (const std::string& line : templates) lines.push_back(known ? umd_line(line, stream) : std::string());
    return lines;
}

std::string bitrate_words(const StreamState& stream) {
    if (!stream.bitrate_bps || !(*stream.bitrate_bps > 0)) return {};
    return *stream.bitrate_bps >= 1e6 ? fmt::format("{:.1f}M", *stream.bitrate_bps / 1e6)
                                      : fmt::format("{:.0f}k", *stream.bitrate_bps / 1e3);
}

}  // namespace sightline::ui
