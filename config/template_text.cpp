// SPDX-License-Identifier: Apache-2.0
// Texts with placeholders: "{{title | cut 80}}".
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/values.hpp"
#include "config/vendor_template.hpp"
#include "core/text.hpp"

namespace sightline::config {
namespace {

using Kind = TemplateFilter::Kind;

constexpr std::array<std::string_view, 65> kNames{
    // both payloads
    "type", "id", "sequence", "state", "severity", "since", "message", "path", "tags", "runbook", "links", "dedup_key",
    "probe", "duration_s", "event_id", "sent_at",
    // an alarm's
    "stream", "condition", "rule", "previous", "service", "rendition", "leg", "track", "language", "pid", "at", "until",
    "exact", "uncertainty_s", "value", "threshold", "unit", "flaps",
    // an incident's
    "title", "cause", "why", "opened_at", "notified_at", "acknowledged_at", "acknowledged_by", "resolved_at",
    "closed_at", "closed_by", "owner", "snoozed_until", "snooze_reason", "snoozed_by", "reason", "escalation",
    "timeline", "maintenance", "returns", "alarms", "merged_into",
    // made from them (incidents/template_view.hpp)
    "payload", "transition", "summary", "details", "source", "component", "since_utc", "until_utc", "expires_at",
    "runbook_url"};

struct FilterSpec {
    std::string_view name;
    Kind kind;
    enum class Takes { Nothing, Number, Word } takes;
};
constexpr std::array<FilterSpec, 11> kFilters{{{"cut", Kind::Cut, FilterSpec::Takes::Number},
                                               {"bytes", Kind::Bytes, FilterSpec::Takes::Number},
                                               {"key", Kind::Key, FilterSpec::Takes::Number},
                                               {"map", Kind::Map, FilterSpec::Takes::Word},
                                               {"or", Kind::Or, FilterSpec::Takes::Word},
                                               {"json", Kind::Json, FilterSpec::Takes::Nothing},
                                               {"list", Kind::List, FilterSpec::Takes::Nothing},
                                               {"mrkdwn", Kind::Mrkdwn, FilterSpec::Takes::Nothing},
                                               {"markdown", Kind::Markdown, FilterSpec::Takes::Nothing},
                                               {"upper", Kind::Upper, FilterSpec::Takes::Nothing},
                                               {"lower", Kind::Lower, FilterSpec::Takes::Nothing}}};
constexpr std::int64_t kMostCharacters = 65'536;

std::optional<TemplateFilter> parse_filter(std::string_view text, std::string& why) {
    const std::size_t colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    const auto spec = std::find_if(kFilters.begin(), kFilters.end(), [&](const auto& f) { return f.name == name; });
    if (spec == kFilters.end()) {
        why = fmt::format(
            "no filter is called \"{}\"; there are cut:N, bytes:N, key:N, map:NAME, or:TEXT, json, list, "
            "mrkdwn, markdown, upper, lower",
            core::clean_utf8(name));
        return std::nullopt;
    }
    TemplateFilter out;
    out.kind = spec->kind;
    const bool given = colon != std::string_view::npos && colon + 1 < text.size();
    if (given != (spec->takes != FilterSpec::Takes::Nothing)) {
        why = fmt::format("the filter {} {}", name,
                          given ? "takes nothing after a colon" : "needs a value after a colon");
        return std::nullopt;
    }
    if (!given) return out;
    out.word = std::string(text.substr(colon + 1));
    if (spec->takes == FilterSpec::Takes::Number) {
        const auto number = parse_whole(out.word);
        if (!number || *number < 40 || *number > kMostCharacters) {
            why = fmt::format("the filter {} takes a whole number from 40 to {}", name, kMostCharacters);
            return std::nullopt;
        }
        out.number = static_cast<std::size_t>(*number);
        out.word.clear();
    }
    return out;
}

std::optional<TemplatePart> parse_placeholder(std::string_view inside, std::string& why) {
    TemplatePart part;
    std::size_t bar = inside.find('|');
    part.name = std::string(inside.substr(0, bar));
    const bool sound = !part.name.empty() && part.name.size() <= 128 && part.name.front() != '.' &&
                       part.name.back() != '.' && part.name.find_first_of(" ${}\t") == std::string::npos;
    if (!sound) {
        why = "a placeholder is ${name} or ${name|filter}, without spaces";
        return std::nullopt;
    }
    while (bar != std::string_view::npos) {
        const std::size_t begin = bar + 1;
        bar = inside.find('|', begin);
        auto filter = parse_filter(inside.substr(begin, bar == std::string_view::npos ? bar : bar - begin), why);
        if (!filter) return std::nullopt;
        part.filters.push_back(std::move(*filter));
    }
    return part;
}

}  // namespace

std::span<const std::string_view> template_names() {
    return kNames;
}

std::optional<TemplateText> parse_template_text(std::string_view text, std::string& why) {
    TemplateText out;
    std::string literal;
    const auto flush = [&] {
        if (literal.empty()) return;
        TemplatePart part;
        part.literal = std::exchange(literal, {});
        out.push_back(std::move(part));
    };
    for (std::size_t i = 0; i < text.size();) {
        if (text.substr(i, 3) == "$${") {
            literal += "${";
            i += 3;
        } else if (text.substr(i, 2) == "${") {
            const std::size_t end = text.find('}', i);
            if (end == std::string_view::npos) {
                why = "a ${ without its }";
                return std::nullopt;
            }
            auto part = parse_placeholder(text.substr(i + 2, end - i - 2), why);
            if (!part) return std::nullopt;
            flush();
            out.push_back(std::move(*part));
            i = end + 1;
        } else {
            literal += text[i++];
        }
    }
    flush();
    return out;
}

}  // namespace sightline::config
