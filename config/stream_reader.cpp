// SPDX-License-Identifier: Apache-2.0
#include "config/stream_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/values.hpp"
#include "core/text.hpp"

namespace sightline::config {
namespace {

constexpr int kMostSide = 32'768;

bool is_none(const YamlNode& node) {
    return node.scalar() && node.text == "none";
}

/// A codec as FFmpeg names it: lower-case letters, digits, _.
void read_codec(MapReader& map, std::optional<std::string>& out) {
    struct Alias {
        std::string_view said, meant;
    };
    static constexpr std::array<Alias, 9> kAliases{{{"h265", "hevc"},
                                                    {"h.265", "hevc"},
                                                    {"h.264", "h264"},
                                                    {"avc", "h264"},
                                                    {"mpeg2", "mpeg2video"},
                                                    {"ac-3", "ac3"},
                                                    {"e-ac-3", "eac3"},
                                                    {"mpeg1audio", "mp2"},
                                                    {"he-aac", "aac"}}};
    const YamlNode* node = map.take("codec");
    if (node == nullptr) return;
    const std::string allowed = "a codec as FFmpeg names it, such as h264, hevc, mpeg2video, aac, mp2, ac3, eac3";
    const auto text = read_text(map.scope(), *node, map.key("codec"), allowed);
    if (!text) return;
    for (const Alias& alias : kAliases) {
        if (*text != alias.said) continue;
        map.scope().problems.add(
            node->line, map.key("codec"),
            fmt::format("got {}, allowed {}; did you mean \"{}\"?", shown(*node), allowed, alias.meant));
        return;
    }
    if (text->find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos || text->size() > 32) {
        refuse(map.scope(), *node, map.key("codec"), allowed);
        return;
    }
    out = *text;
}

void read_count(MapReader& map, std::string_view name, std::int64_t most, std::optional<int>& out) {
    const YamlNode* node = map.take(name);
    if (node == nullptr) return;
    if (const auto value = read_whole(map.scope(), *node, map.key(name), 1, most)) out = static_cast<int>(*value);
}

core::ExpectVideo read_expect_video(Scope& scope, const YamlNode& node, const std::string& path) {
    core::ExpectVideo out;
    if (is_none(node)) {
        out.none = true;
        return out;
    }
    MapReader map(scope, node, path, "none or a map such as {codec: h264, width: 1920, height: 1080, fps: 25}");
    read_codec(map, out.codec);
    read_count(map, "width", kMostSide, out.width);
    read_count(map, "height", kMostSide, out.height);
    if (const YamlNode* fps = map.take("fps")) {
        out.fps = read_value<double>(scope, *fps, map.key("fps"),
                                     "frames per second up to 1000, such as 25, 29.97 or 30000/1001", parse_frame_rate);
    }
    if (const YamlNode* value = map.take("interlaced")) {
        out.interlaced = read_value<bool>(scope, *value, map.key("interlaced"), "true or false", parse_switch);
    }
    map.finish();
    return out;
}

core::ExpectAudio read_expect_track(Scope& scope, const YamlNode& node, const std::string& path) {
    core::ExpectAudio out;
    MapReader map(scope, node, path, "a map such as {channels: 2, language: eng}");
    read_codec(map, out.codec);
    if (const YamlNode* language = map.take("language")) {
        out.language = read_value<std::string>(
            scope, *language, map.key("language"), "an ISO 639-2 code of three letters such as eng",
            [](const std::string& text) {
                const bool letters = std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
                return letters && text.size() == 3 ? std::optional(text) : std::nullopt;
            });
    }
    read_count(map, "channels", 64, out.channels);
    read_count(map, "sample_rate", 768'000, out.sample_rate);
    map.finish();
    return out;
}

std::vector<core::ExpectAudio> read_expect_audio(Scope& scope, const YamlNode& node, const std::string& path) {
    std::vector<core::ExpectAudio> out;
    if (is_none(node)) return out;
    if (!node.list() || node.items.empty()) {
        refuse(scope, node, path, "none or a list such as [{channels: 2, language: eng}]");
        return out;
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        out.push_back(read_expect_track(scope, node.items[i], fmt::format("{}[{}]", path, i)));
    }
    return out;
}

void read_expect_bitrate(Scope& scope, const YamlNode& node, const std::string& path, core::Expect& out) {
    MapReader map(scope, node, path, "a map such as {min: 4M, max: 12M}");
    const std::string allowed = "a bitrate such as 800k or 4M";
    if (const YamlNode* least = map.take("min")) {
        out.bitrate_min_bps = read_value<double>(scope, *least, map.key("min"), allowed, parse_bitrate);
    }
    if (const YamlNode* most = map.take("max")) {
        out.bitrate_max_bps = read_value<double>(scope, *most, map.key("max"), allowed, parse_bitrate);
        if (out.bitrate_min_bps && out.bitrate_max_bps && *out.bitrate_max_bps <= *out.bitrate_min_bps) {
            scope.problems.add(most->line, map.key("max"),
                               fmt::format("got {}, allowed is more than min, which is {}", shown(*most),
                                           bitrate_text(*out.bitrate_min_bps)));
        }
    }
    map.finish();
}

/// Gives `bitrate.low` and `bitrate.high` the limits that `expect:` states, where a trigger has none of its own.
void take_limits(const core::Expect& expect, core::RuleSet& rules) {
    for (core::Rule& rule : rules) {
        const bool low = rule.name == "bitrate.low";
        if (!low && rule.name != "bitrate.high") continue;
        for (auto& [severity, trigger] : rule.triggers) {
            auto* limits = std::get_if<core::OutsideLimits>(&trigger);
            if (limits == nullptr || limits->below || limits->above) continue;
            if (low) limits->below = expect.bitrate_min_bps;
            if (!low) limits->above = expect.bitrate_max_bps;
        }
    }
}

void read_tags(MapReader& stream, std::map<std::string, std::string>& out) {
    const YamlNode* node = stream.take("tags");
    if (node == nullptr) return;
    MapReader tags(stream.scope(), *node, stream.key("tags"), "a map such as {site: london}");
    for (const Entry& entry : node->entries) {
        if (!is_id(entry.key)) {
            stream.scope().problems.add(entry.line, tags.key(entry.key.substr(0, 64)),
                                        fmt::format("got a wrong tag name, allowed {}", kIdAllowed));
            continue;
        }
        std::string value;
        tags.text(entry.key, value, "a text");
        if (!value.empty()) out[entry.key] = std::move(value);
    }
}

/// "streams.news" where the id can be read, else "streams[3]".
std::string path_of(const YamlNode& node, std::size_t index) {
    for (const Entry& entry : node.entries) {
        if (entry.key == "id" && entry.value.scalar() && is_id(entry.value.text)) return "streams." + entry.value.text;
    }
    return fmt::format("streams[{}]", index);
}

core::StreamSpec read_stream(Scope& scope, const YamlNode& node, const std::string& path, RuleBook& rules,
                             const std::string& zone) {
    core::StreamSpec out;
    MapReader map(scope, node, path, "a map such as {id: news, url: srt://10.0.0.5:9000}");
    if (!map.valid()) return out;
    if (const YamlNode* id = map.need("id", kIdAllowed)) {
        const auto valid = [](const std::string& text) { return is_id(text) ? std::optional(text) : std::nullopt; };
        out.id = read_value<std::string>(scope, *id, map.key("id"), kIdAllowed, valid).value_or("");
    }
    out.name = out.id;
    map.text("name", out.name, "a text");
    read_input(map, out.input);
    if (const YamlNode* expect = map.take("expect")) read_expect(scope, *expect, map.key("expect"), out.expect);
    out.rules = rules.resolve(map.take("rules"), {node.line, path});
    take_limits(out.expect, out.rules);
    out.air.zone = zone;
    read_zone(map, "timezone", out.air.zone);
    if (const YamlNode* air = map.take("on_air")) read_air(scope, *air, map.key("on_air"), out.air);
    read_tags(map, out.tags);
    map.text("runbook", out.runbook, "a text, mostly a URL", Encoding::Url);
    map.finish();
    return out;
}

}  // namespace

bool is_id(std::string_view text) {
    if (text.empty() || text.size() > 64) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!word && (i == 0 || (c != '.' && c != '_' && c != '-'))) return false;
    }
    return true;
}

void read_zone(MapReader& map, std::string_view name, std::string& out) {
    const YamlNode* node = map.take(name);
    if (node == nullptr) return;
    const std::string allowed = "an IANA time zone that this machine knows, such as UTC or Europe/London";
    const auto text = read_text(map.scope(), *node, map.key(name), allowed);
    if (!text) return;
    const auto& exists = map.scope().around.zone_exists;
    if (exists ? exists(*text) : *text == "UTC") {
        out = *text;
    } else {
        refuse(map.scope(), *node, map.key(name), allowed);
    }
}

void read_expect(Scope& scope, const YamlNode& node, const std::string& path, core::Expect& out) {
    MapReader map(scope, node, path, "a map such as {video: {codec: h264}, audio: none, bitrate: {min: 4M}}");
    if (const YamlNode* video = map.take("video")) out.video = read_expect_video(scope, *video, map.key("video"));
    if (const YamlNode* audio = map.take("audio")) out.audio = read_expect_audio(scope, *audio, map.key("audio"));
    if (const YamlNode* bitrate = map.take("bitrate")) read_expect_bitrate(scope, *bitrate, map.key("bitrate"), out);
    map.finish();
}

void read_air(Scope& scope, const YamlNode& node, const std::string& path, core::AirCalendar& out) {
    static constexpr std::array<core::AirState, 3> kStates{core::AirState::OnAir, core::AirState::Standby,
                                                           core::AirState::OffAir};
    const std::vector<std::string> words{"on_air", "standby", "off_air"};
    if (node.scalar()) {
        if (const auto index = read_word(scope, node, path, words)) out.fixed = kStates[*index];
        return;
    }
    MapReader map(scope, node, path, "on_air, standby, off_air or a map such as {weekly: [\"Mon-Sun 06:00-24:00\"]}");
    const std::string allowed = "spans such as \"Mon-Fri 06:00-24:00\" or \"Sat,Sun 22:00-02:00\"";
    if (const YamlNode* weekly = map.need("weekly", allowed)) {
        for (const YamlNode* item : read_list(scope, *weekly, map.key("weekly"), allowed)) {
            const auto spans =
                read_value<std::vector<core::WeeklySpan>>(scope, *item, map.key("weekly"), allowed, parse_weekly);
            if (spans) out.on_air.insert(out.on_air.end(), spans->begin(), spans->end());
        }
    }
    out.on_air = joined(std::move(out.on_air));
    if (const YamlNode* otherwise = map.take("otherwise")) {
        const auto index = read_word(scope, *otherwise, map.key("otherwise"), {"standby", "off_air"});
        if (index) out.otherwise = kStates[*index + 1];
    }
    map.finish();
}

std::vector<core::StreamSpec> read_streams(Scope& scope, const YamlNode& node, RuleBook& rules,
                                           const std::string& zone) {
    std::vector<core::StreamSpec> out;
    // An empty list is a wish: a probe that is set up before its first stream. A missing one is a slip.
    if (!node.list()) {
        refuse(scope, node, "streams", kStreamsAllowed);
        return out;
    }
    if (node.items.size() > kMostStreams) {
        scope.problems.add(node.line, "streams",
                           fmt::format("got {} streams, allowed are up to {}", node.items.size(), kMostStreams));
        return out;
    }
    std::map<std::string, int> lines;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        core::StreamSpec stream = read_stream(scope, node.items[i], path_of(node.items[i], i), rules, zone);
        if (!stream.id.empty()) {
            const auto [first, fresh] = lines.emplace(stream.id, node.items[i].line);
            if (!fresh) {
                scope.problems.add(node.items[i].line, fmt::format("streams[{}].id", i),
                                   fmt::format("got \"{}\" again, first in line {}; allowed is each id once", stream.id,
                                               first->second));
            }
        }
        out.push_back(std::move(stream));
    }
    return out;
}

}  // namespace sightline::config
