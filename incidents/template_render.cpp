// SPDX-License-Identifier: Apache-2.0
#include "incidents/template_render.hpp"

#include "core/text.hpp"
#include "core/url.hpp"
#include "incidents/payload.hpp"
#include "incidents/template_view_impl.hpp"

namespace sightline::incidents {
namespace {

using config::TemplateFilter;
using config::TemplatePart;
using config::TemplateText;
using config::TemplateValue;
using config::VendorTemplate;
using Json = nlohmann::ordered_json;

std::string escaped_mrkdwn(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&') {
            out += "&amp;";
        } else if (c == '<') {
            out += "&lt;";
        } else if (c == '>') {
            out += "&gt;";
        } else {
            out += c;
        }
    }
    return out;
}

/// A backslash before what CommonMark gives a meaning to; a line end becomes the end of a paragraph.
std::string escaped_markdown(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\n') {
            out += "\n\n";
            continue;
        }
        if (std::string_view("\\`*_{}[]<>()#+!|~").find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

std::string cased(std::string text, bool up) {
    for (char& c : text) {
        if (up && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (!up && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

std::string mapped(const VendorTemplate& vendor, const std::string& map, const std::string& key) {
    const auto found = vendor.maps.find(map);
    if (found == vendor.maps.end()) return {};
    auto entry = found->second.find(key);
    if (entry == found->second.end()) entry = found->second.find("*");
    return entry == found->second.end() ? std::string{} : entry->second;
}

std::string filtered(std::string text, const TemplateFilter& filter, const VendorTemplate& vendor) {
    switch (filter.kind) {
        case TemplateFilter::Kind::Cut:
            return cut_characters(text, filter.number);
        case TemplateFilter::Kind::Bytes:
            return cut_bytes(text, filter.number);
        case TemplateFilter::Kind::Key:
            return plain_key(text, filter.number);
        case TemplateFilter::Kind::Map:
            return mapped(vendor, filter.word, text);
        case TemplateFilter::Kind::Or:
            return text.empty() ? filter.word : text;
        case TemplateFilter::Kind::Mrkdwn:
            return escaped_mrkdwn(text);
        case TemplateFilter::Kind::Markdown:
            return escaped_markdown(text);
        case TemplateFilter::Kind::Upper:
            return cased(std::move(text), true);
        case TemplateFilter::Kind::Lower:
            return cased(std::move(text), false);
        case TemplateFilter::Kind::Json:  // what text_of() gave is that already
        case TemplateFilter::Kind::List:
            break;
    }
    return text;
}

std::string filled(const TemplatePart& part, const VendorTemplate& vendor, const TemplateView& view) {
    if (part.name.empty()) return part.literal;
    std::string text = text_of(view.impl().at(part.name));
    for (const TemplateFilter& filter : part.filters) text = filtered(std::move(text), filter, vendor);
    return text;
}

Json build(const TemplateValue& value, const VendorTemplate& vendor, const TemplateView& view);

/// One placeholder alone.
Json alone(const TemplatePart& part, const VendorTemplate& vendor, const TemplateView& view) {
    const Json& value = view.impl().at(part.name);
    if (part.filters.empty()) return value;
    if (part.filters.front().kind != TemplateFilter::Kind::List) return filled(part, vendor, view);
    Json list = Json::array();
    if (value.is_object()) {
        for (const auto& [key, item] : value.items()) list.push_back(key + ":" + text_of(item));
    }
    return list;
}

bool is_left_out(const TemplateValue& value, const VendorTemplate& vendor, const TemplateView& view) {
    if (value.kind == TemplateValue::Kind::Map) return !value.condition.empty() && view.empty(value.condition);
    if (value.kind != TemplateValue::Kind::Text || value.text.size() != 1 || value.text[0].name.empty()) return false;
    // A number or false is something to say; nothing is not.
    const Json made = alone(value.text[0], vendor, view);
    return made.is_null() || (made.is_string() && made.get_ref<const std::string&>().empty());
}

/// Name of a label: letters, digits and _.
std::string label_name(const std::string& prefix, const std::string& tag) {
    std::string out = prefix;
    for (const char c : tag) {
        const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        out += fits ? c : '_';
    }
    return out;
}

Json build_map(const TemplateValue& value, const VendorTemplate& vendor, const TemplateView& view) {
    Json out = Json::object();
    for (const TemplateValue& member : value.members) {
        if (!is_left_out(member, vendor, view)) out[member.name] = build(member, vendor, view);
    }
    if (value.tag_prefix) {
        for (const auto& [tag, text] : view.tags()) {
            if (!text.empty()) out[label_name(*value.tag_prefix, tag)] = text;
        }
    }
    return out;
}

Json build(const TemplateValue& value, const VendorTemplate& vendor, const TemplateView& view) {
    switch (value.kind) {
        case TemplateValue::Kind::Literal:
            return Json::parse(value.literal, nullptr, /*allow_exceptions=*/false);
        case TemplateValue::Kind::Text:
            if (value.text.size() == 1 && !value.text[0].name.empty()) return alone(value.text[0], vendor, view);
            return render_text(value.text, vendor, view);
        case TemplateValue::Kind::List: {
            Json out = Json::array();
            for (const TemplateValue& item : value.items) {
                if (!is_left_out(item, vendor, view)) out.push_back(build(item, vendor, view));
            }
            return out;
        }
        case TemplateValue::Kind::Map:
            return build_map(value, vendor, view);
    }
    return nullptr;
}

std::string dumped(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string render_text(const TemplateText& text, const VendorTemplate& vendor, const TemplateView& view) {
    std::string out;
    for (const TemplatePart& part : text) out += filled(part, vendor, view);
    return out;
}

std::string render_url(const TemplateText& text, const VendorTemplate& vendor, const TemplateView& view) {
    std::string out;
    for (const TemplatePart& part : text) {
        const bool setting = part.name.starts_with("setting.");
        const config::VendorSetting* known = setting ? vendor.setting(std::string_view(part.name).substr(8)) : nullptr;
        const bool whole = part.name.empty() || (known != nullptr && known->url && out.empty());
        out += whole ? filled(part, vendor, view) : core::percent_encode(filled(part, vendor, view));
    }
    return out;
}

std::string render_header(const TemplateText& text, const VendorTemplate& vendor, const TemplateView& view) {
    return cut_bytes(core::clean_utf8(render_text(text, vendor, view)), kMostHeaderBytes);
}

std::string render_json(const TemplateValue& value, const VendorTemplate& vendor, const TemplateView& view) {
    return dumped(build(value, vendor, view));
}

std::string join_lists(const std::vector<std::string>& bodies) {
    Json all = Json::array();
    for (const std::string& body : bodies) {
        const Json list = Json::parse(body, nullptr, false);
        if (!list.is_array()) return {};
        for (const Json& item : list) all.push_back(item);
    }
    return dumped(all);
}

std::string text_in_answer(std::string_view body, std::string_view place) {
    const Json json = Json::parse(body, nullptr, false);
    return json.is_discarded() ? std::string{} : core::clean_utf8(text_of(value_at(json, place)));
}

std::string cut_characters(std::string_view text, std::size_t characters) {
    std::size_t count = 0;
    std::size_t last = 0;  // where the last character that may stay begins
    for (std::size_t i = 0; i < text.size(); ++i) {
        if ((static_cast<unsigned char>(text[i]) & 0xc0U) == 0x80U) continue;
        if (++count == characters) last = i;
        if (count > characters) return std::string(text.substr(0, last)) + "…";
    }
    return std::string(text);
}

std::string cut_bytes(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return std::string(text);
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0U) == 0x80U) --bytes;
    return std::string(text.substr(0, bytes));
}

std::string plain_key(std::string_view text, std::size_t bytes) {
    constexpr std::size_t kDigestDigits = 16;
    std::string out;
    for (const char c : text) {
        const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          std::string_view("._:/#;@=-").find(c) != std::string_view::npos;
        out += fits ? c : '_';
    }
    if (out == text && out.size() <= bytes) return out;
    const std::size_t room = bytes > kDigestDigits + 1 ? bytes - kDigestDigits - 1 : 0;
    return out.substr(0, room) + '#' + hmac_sha256_hex("key", text).substr(0, kDigestDigits);
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8U | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k) out += i + k > bytes.size() ? '=' : kDigits[group >> (18 - 6 * k) & 0x3fU];
    }
    return out;
}

}  // namespace sightline::incidents
