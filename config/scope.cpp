// SPDX-License-Identifier: Apache-2.0
#include "config/scope.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/values.hpp"
#include "core/text.hpp"

namespace sightline::config {
namespace {

constexpr std::size_t kMostShownBytes = 80;

std::string shortened(std::string text) {
    if (text.size() <= kMostShownBytes) return text;
    std::size_t cut = kMostShownBytes;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;
    return text.substr(0, cut) + "…";
}

}  // namespace

std::string shown(const YamlNode& node, Shown may) {
    switch (node.kind) {
        case YamlNode::Kind::Null:
            return "nothing";
        case YamlNode::Kind::List:
            return node.items.empty() ? "an empty list" : "a list";
        case YamlNode::Kind::Map:
            return "a map";
        case YamlNode::Kind::Scalar:
            break;
    }
    if (may == Shown::Never) return "***";
    return fmt::format("\"{}\"", shortened(core::mask_secrets(core::clean_utf8(node.text))));
}

void refuse(Scope& scope, const YamlNode& node, std::string_view key, std::string_view allowed, Shown may) {
    scope.problems.add(node.line, key, fmt::format("got {}, allowed {}", shown(node, may), allowed));
}

std::optional<std::string> read_text(Scope& scope, const YamlNode& node, std::string_view key, std::string_view allowed,
                                     Encoding encoding, Shown may) {
    if (!node.scalar() || node.text.empty()) {
        refuse(scope, node, key, allowed, may);
        return std::nullopt;
    }
    auto expanded = expand(node.text, encoding, scope.around, scope.folder);
    if (!expanded) {
        scope.problems.add(node.line, key, fmt::format("{}; allowed {}", expanded.error().message, allowed));
        return std::nullopt;
    }
    if (core::clean_utf8(expanded->text) != expanded->text || expanded->text.size() > kMostTextBytes) {
        scope.problems.add(node.line, key,
                           fmt::format("got line breaks, control characters or more than {} bytes, allowed {}",
                                       kMostTextBytes, allowed));
        return std::nullopt;
    }
    if (!expanded->secrets.empty()) scope.written[expanded->text] = node.text;
    scope.secrets.insert(scope.secrets.end(), expanded->secrets.begin(), expanded->secrets.end());
    return std::move(expanded->text);
}

std::optional<core::Duration> read_duration(Scope& scope, const YamlNode& node, std::string_view key,
                                            core::Duration least, core::Duration most) {
    const std::string allowed = fmt::format("a duration from {} to {}, such as 250ms, 3s, 15m, 2h, 1d",
                                            core::to_text(least), core::to_text(most));
    return read_value<core::Duration>(scope, node, key, allowed,
                                      [&](const std::string& text) -> std::optional<core::Duration> {
                                          const auto duration = core::parse_duration(text);
                                          if (!duration || *duration < least || *duration > most) return std::nullopt;
                                          return *duration;
                                      });
}

std::optional<std::int64_t> read_whole(Scope& scope, const YamlNode& node, std::string_view key, std::int64_t least,
                                       std::int64_t most) {
    return read_value<std::int64_t>(scope, node, key, fmt::format("a whole number from {} to {}", least, most),
                                    [&](const std::string& text) -> std::optional<std::int64_t> {
                                        const auto value = parse_whole(text);
                                        if (!value || *value < least || *value > most) return std::nullopt;
                                        return value;
                                    });
}

std::optional<std::size_t> read_word(Scope& scope, const YamlNode& node, std::string_view key,
                                     const std::vector<std::string>& words) {
    const std::string allowed = join(words);
    const auto text = read_text(scope, node, key, allowed);
    if (!text) return std::nullopt;
    const auto found = std::find(words.begin(), words.end(), *text);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    scope.problems.add(node.line, key,
                       fmt::format("got {}, allowed {}{}", shown(node), allowed, did_you_mean(node.text, words)));
    return std::nullopt;
}

std::vector<const YamlNode*> read_list(Scope& scope, const YamlNode& node, std::string_view key,
                                       std::string_view allowed) {
    if (node.scalar()) return {&node};
    std::vector<const YamlNode*> out;
    if (!node.list() || node.items.empty()) {
        refuse(scope, node, key, allowed);
        return out;
    }
    for (const YamlNode& item : node.items) out.push_back(&item);
    return out;
}

MapReader::MapReader(Scope& scope, const YamlNode& node, std::string path, std::string_view allowed)
    : scope_(scope), node_(node), path_(std::move(path)) {
    if (!node.map()) refuse(scope, node, path_, allowed);
}

const YamlNode* MapReader::take(std::string_view key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
    for (const Entry& entry : node_.entries) {
        if (entry.key == key) return &entry.value;
    }
    return nullptr;
}

const YamlNode* MapReader::need(std::string_view name, std::string_view allowed) {
    const YamlNode* value = take(name);
    if (value == nullptr && valid()) {
        scope_.problems.add(node_.line, key(name), fmt::format("is missing, allowed {}", allowed));
    }
    return value;
}

std::string MapReader::key(std::string_view name) const {
    return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

void MapReader::text(std::string_view name, std::string& out, std::string_view allowed, Encoding encoding, Shown may) {
    if (const YamlNode* node = take(name)) {
        if (auto value = read_text(scope_, *node, key(name), allowed, encoding, may)) out = std::move(*value);
    }
}

void MapReader::duration(std::string_view name, core::Duration& out, core::Duration least, core::Duration most) {
    if (const YamlNode* node = take(name)) {
        if (const auto value = read_duration(scope_, *node, key(name), least, most)) out = *value;
    }
}

void MapReader::flag(std::string_view name, bool& out) {
    if (const YamlNode* node = take(name)) {
        if (const auto value = read_value<bool>(scope_, *node, key(name), "true or false", parse_switch)) out = *value;
    }
}

void MapReader::finish() {
    for (const Entry& entry : node_.entries) {
        if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
        scope_.problems.add(entry.line, key(entry.key.substr(0, 64)),
                            fmt::format("unknown key{}; allowed {}", did_you_mean(entry.key, known_), join(known_)));
    }
}

}  // namespace sightline::config
