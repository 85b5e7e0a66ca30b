// SPDX-License-Identifier: Apache-2.0
#include "config/vendor_template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "config/suggestion.hpp"
#include "config/tree.hpp"
#include "config/values.hpp"
#include "core/text.hpp"

namespace sightline::config {
namespace {

using Kind = TemplateFilter::Kind;
using When = VendorTemplate::When;

constexpr std::array<std::string_view, 5> kMethods{"GET", "POST", "PUT", "PATCH", "DELETE"};
constexpr std::array<std::pair<std::string_view, When>, 4> kWhens{
    {{"create", When::Create}, {"update", When::Update}, {"resolve", When::Resolve}, {"merge", When::Merge}}};
/// Keys of a notifier that a setting may not be called.
constexpr std::array<std::string_view, 12> kReserved{"about", "name",  "type",  "template", "severity", "streams",
                                                     "tags",  "paths", "hours", "timeout",  "give_up",  "timezone"};

bool word_like(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

template <class List>
bool holds(const List& list, std::string_view item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

/// Walks one template's tree.
class Reader {
public:
    Reader(Problems& problems, VendorTemplate& out) : problems_(problems), out_(out) {}

    void read(const YamlNode& root);

private:
    using Keys = std::vector<std::string>;
    void add(int line, const std::string& key, const std::string& message) { problems_.add(line, key, message); }
    bool is_map(const YamlNode& node, const std::string& key, const char* allowed) {
        if (!node.map()) add(node.line, key, fmt::format("is no map; allowed is {}", allowed));
        return node.map();
    }
    void only(const YamlNode& node, const std::string& key, const Keys& known);
    std::string scalar(const YamlNode& node, const std::string& key, const char* allowed);
    bool flag(const YamlNode& node, const std::string& key);
    core::Duration duration(const YamlNode& node, const std::string& key);
    std::vector<int> statuses(const YamlNode& node, const std::string& key);
    TemplateText text(const YamlNode& node, const std::string& key);
    TemplateText text_of(const std::string& written, int line, const std::string& key);
    TemplateValue value(const YamlNode& node, const std::string& key);
    TemplateValue map_value(const YamlNode& node, const std::string& key);
    void check_url(const TemplateText& url, int line, const std::string& key);
    void name_used(const std::string& name, int line, const std::string& key);
    std::string setting_name(const YamlNode& node, const std::string& key);
    void settings(const YamlNode& node);
    void maps(const YamlNode& node);
    void requests(const YamlNode& node);
    VendorRequest request(const YamlNode& node, const std::string& key);
    void keep(const YamlNode& node, const std::string& key, VendorRequest& out);
    void collect_kept(const YamlNode& requests);

    Problems& problems_;
    VendorTemplate& out_;
    std::set<std::string> kept_;
};

void Reader::only(const YamlNode& node, const std::string& key, const Keys& known) {
    for (const Entry& entry : node.entries) {
        if (holds(known, entry.key)) continue;
        add(entry.line, key.empty() ? entry.key : key + "." + entry.key,
            fmt::format("is unknown, allowed {}{}", join(known), did_you_mean(entry.key, known)));
    }
}

std::string Reader::scalar(const YamlNode& node, const std::string& key, const char* allowed) {
    if (node.scalar() && !node.text.empty()) return node.text;
    add(node.line, key, fmt::format("allowed is {}", allowed));
    return {};
}

bool Reader::flag(const YamlNode& node, const std::string& key) {
    const auto value = node.scalar() ? parse_switch(node.text) : std::nullopt;
    if (!value) add(node.line, key, "allowed is true or false");
    return value.value_or(false);
}

core::Duration Reader::duration(const YamlNode& node, const std::string& key) {
    const auto value = core::parse_duration(node.scalar() ? node.text : std::string{});
    if (value && *value >= std::chrono::milliseconds{10} && *value <= std::chrono::hours{1}) return *value;
    add(node.line, key, "allowed is a duration from 10ms to 1h");
    return {};
}

std::vector<int> Reader::statuses(const YamlNode& node, const std::string& key) {
    std::vector<int> out;
    const auto one = [&](const YamlNode& item) {
        const auto number = item.scalar() ? parse_whole(item.text) : std::nullopt;
        if (number && *number >= 200 && *number <= 599) return out.push_back(static_cast<int>(*number));
        add(item.line, key, "allowed are HTTP statuses from 200 to 599");
    };
    if (!node.list()) one(node);
    for (const YamlNode& item : node.items) one(item);
    return out;
}

void Reader::name_used(const std::string& name, int line, const std::string& key) {
    const auto names = template_names();
    const std::size_t dot = name.find('.');
    const std::string root = name.substr(0, dot);
    const std::string rest = dot == std::string::npos ? "" : name.substr(dot + 1);
    if (root == "setting") {
        if (out_.setting(rest) != nullptr) return;
        Keys declared;
        for (const VendorSetting& setting : out_.settings) declared.push_back(setting.name);
        add(line, key,
            fmt::format("${{{}}}: no such setting; declared are {}{}", core::clean_utf8(name), join(declared),
                        did_you_mean(rest, declared)));
    } else if (root == "kept") {
        if (kept_.count(rest) == 0)
            add(line, key,
                fmt::format("${{{}}}: no request keeps \"{}\"", core::clean_utf8(name), core::clean_utf8(rest)));
    } else if (!holds(names, root)) {
        Keys all(names.begin(), names.end());
        all.insert(all.end(), {"setting", "kept"});
        add(line, key,
            fmt::format("${{{}}}: there is no such value{}", core::clean_utf8(name), did_you_mean(root, all)));
    }
}

TemplateText Reader::text_of(const std::string& written, int line, const std::string& key) {
    std::string why;
    auto parsed = parse_template_text(written, why);
    if (!parsed) {
        add(line, key, why);
        return {};
    }
    for (const TemplatePart& part : *parsed) {
        if (!part.name.empty()) name_used(part.name, line, key);
        for (const TemplateFilter& filter : part.filters) {
            if (filter.kind == Kind::Map && out_.maps.count(filter.word) == 0)
                add(line, key, fmt::format("no map is called \"{}\"", core::clean_utf8(filter.word)));
            if (filter.kind == Kind::List && (parsed->size() != 1 || part.filters.size() != 1))
                add(line, key, "the filter list stands alone, as the whole of a body's value");
        }
    }
    return std::move(*parsed);
}

TemplateText Reader::text(const YamlNode& node, const std::string& key) {
    const std::string written = scalar(node, key, "a text");
    return written.empty() ? TemplateText{} : text_of(written, node.line, key);
}

TemplateValue Reader::map_value(const YamlNode& node, const std::string& key) {
    TemplateValue out;
    out.kind = TemplateValue::Kind::Map;
    for (const Entry& entry : node.entries) {
        const std::string inner = key + "." + entry.key;
        if (entry.key == "$if") {
            out.condition = scalar(entry.value, inner, "the name of a value");
            if (!out.condition.empty()) name_used(out.condition, entry.line, inner);
        } else if (entry.key == "$tags") {
            out.tag_prefix = entry.value.scalar() ? entry.value.text : std::string{};
        } else if (entry.key.starts_with('$') && !entry.key.starts_with("$$")) {
            add(entry.line, inner, "is unknown; beginning with $ there are $if, $tags and, for a $ itself, $$");
        } else {
            out.members.push_back(value(entry.value, inner));
            out.members.back().name = entry.key.substr(entry.key.starts_with('$') ? 1 : 0);
        }
    }
    return out;
}

TemplateValue Reader::value(const YamlNode& node, const std::string& key) {
    TemplateValue out;
    if (node.map()) return map_value(node, key);
    if (node.list()) {
        out.kind = TemplateValue::Kind::List;
        for (std::size_t i = 0; i < node.items.size(); ++i)
            out.items.push_back(value(node.items[i], fmt::format("{}[{}]", key, i)));
        return out;
    }
    if (!node.scalar()) return out;  // null
    const bool word = node.text == "true" || node.text == "false" || node.text == "null";
    if (!node.quoted && (word || parse_whole(node.text))) {
        out.literal = word ? node.text : fmt::format("{}", *parse_whole(node.text));
        return out;
    }
    out.kind = TemplateValue::Kind::Text;
    out.text = text_of(node.text, node.line, key);
    return out;
}

std::string Reader::setting_name(const YamlNode& node, const std::string& key) {
    std::string name = scalar(node, key, "the name of a setting");
    if (!name.empty() && out_.setting(name) == nullptr)
        add(node.line, key, fmt::format("no setting is called \"{}\"", core::clean_utf8(name)));
    return name;
}

void Reader::settings(const YamlNode& node) {
    if (!is_map(node, "settings", "a map of settings")) return;
    for (const Entry& entry : node.entries) {
        const std::string key = "settings." + entry.key;
        VendorSetting out;
        out.name = entry.key;
        if (!word_like(entry.key) || holds(kReserved, entry.key))
            add(entry.line, key, "is a name that no setting may have");
        if (!is_map(entry.value, key, "a map such as {secret: true, help: integration key}")) continue;
        only(entry.value, key, {"help", "secret", "url", "optional", "default"});
        for (const Entry& part : entry.value.entries) {
            const std::string inner = key + "." + part.key;
            if (part.key == "help") out.help = scalar(part.value, inner, "a text");
            if (part.key == "secret") out.secret = flag(part.value, inner);
            if (part.key == "url") out.url = flag(part.value, inner);
            if (part.key == "optional") out.optional = flag(part.value, inner);
            if (part.key == "default") out.fallback = scalar(part.value, inner, "a text");
        }
        out_.settings.push_back(std::move(out));
    }
}

void Reader::maps(const YamlNode& node) {
    if (!is_map(node, "maps", "a map of maps")) return;
    for (const Entry& entry : node.entries) {
        const std::string key = "maps." + entry.key;
        if (!is_map(entry.value, key, "a map such as {critical: P1, \"*\": P5}")) continue;
        auto& out = out_.maps[entry.key];
        for (const Entry& pair : entry.value.entries) {
            if (!pair.value.scalar()) add(pair.line, key + "." + pair.key, "allowed is a text");
            out[pair.key] = pair.value.text;
        }
    }
}

void Reader::check_url(const TemplateText& url, int line, const std::string& key) {
    if (url.empty()) return;
    const TemplatePart& first = url.front();
    const bool literal = first.literal.starts_with("https://") || first.literal.starts_with("http://");
    // Behind the host: a value in front of the first / could choose another one.
    const std::size_t path = literal ? first.literal.find('/', first.literal.find("//") + 2) : 0;
    const VendorSetting* base =
        first.name.starts_with("setting.") ? out_.setting(std::string_view(first.name).substr(8)) : nullptr;
    if (literal ? (url.size() > 1 && path == std::string::npos) : base == nullptr || !base->url) {
        add(line, key,
            "begins neither with http:// or https:// and a whole host, nor with a setting that says url: true");
    }
    if (!literal && url.size() > 1 && !url[1].literal.starts_with('/') && !url[1].literal.starts_with('?'))
        add(line, key, "after the URL setting, / or ? must come");
}

void Reader::keep(const YamlNode& node, const std::string& key, VendorRequest& out) {
    if (!is_map(node, key, "a map such as {ticket: result.sys_id}")) return;
    for (const Entry& entry : node.entries) {
        out.keep[entry.key] = scalar(entry.value, key + "." + entry.key, "a place in the answer such as result.sys_id");
    }
}

VendorRequest Reader::request(const YamlNode& node, const std::string& key) {
    VendorRequest out;
    if (!is_map(node, key, "a map with method, url and body")) return out;
    only(node, key,
         {"method", "url", "headers", "basic", "bearer", "body", "success", "expect", "keep", "if", "unless", "retry",
          "forget", "stop"});
    bool has_url = false;
    for (const Entry& entry : node.entries) {
        const std::string inner = key + "." + entry.key;
        const YamlNode& given = entry.value;
        if (entry.key == "method") {
            out.method = scalar(given, inner, "GET, POST, PUT, PATCH or DELETE");
            if (!holds(kMethods, out.method)) add(entry.line, inner, "allowed is GET, POST, PUT, PATCH or DELETE");
        } else if (entry.key == "url") {
            has_url = true;
            out.url = text(given, inner);
            check_url(out.url, given.line, inner);
        } else if (entry.key == "headers" && is_map(given, inner, "a map of headers")) {
            for (const Entry& header : given.entries) {
                if (!word_like(header.key)) add(header.line, inner, "a header's name is letters, digits and -");
                out.headers.emplace_back(header.key, text(header.value, inner + "." + header.key));
            }
        } else if (entry.key == "basic") {
            if (given.items.size() == 2) {
                out.basic_user = setting_name(given.items[0], inner);
                out.basic_password = setting_name(given.items[1], inner);
            } else {
                add(entry.line, inner, "allowed is [SETTING, SETTING] of user and password");
            }
        } else if (entry.key == "bearer") {
            out.bearer = setting_name(given, inner);
        } else if (entry.key == "body") {
            out.body = value(given, inner);
        } else if (entry.key == "success") {
            out.success = statuses(given, inner);
        } else if (entry.key == "retry") {
            out.retry = statuses(given, inner);
        } else if (entry.key == "forget") {
            out.forget = statuses(given, inner);
        } else if (entry.key == "expect" && is_map(given, inner, "a map such as {status: success}")) {
            for (const Entry& pair : given.entries)
                out.expect[pair.key] = scalar(pair.value, inner + "." + pair.key, "a text");
        } else if (entry.key == "keep") {
            keep(given, inner, out);
        } else if (entry.key == "if" || entry.key == "unless") {
            std::string& into = entry.key == "if" ? out.only_if : out.unless;
            into = scalar(given, inner, "the name of a value");
            if (!into.empty()) name_used(into, given.line, inner);
        } else if (entry.key == "stop") {
            out.stop = flag(given, inner);
        }
    }
    if (!has_url) add(node.line, key + ".url", "is missing");
    return out;
}

void Reader::collect_kept(const YamlNode& requests) {
    for (const Entry& when : requests.entries) {
        for (const YamlNode& one : when.value.items) {
            for (const Entry& entry : one.entries) {
                if (entry.key != "keep") continue;
                for (const Entry& name : entry.value.entries) kept_.insert(name.key);
            }
        }
    }
}

void Reader::requests(const YamlNode& node) {
    if (!is_map(node, "requests", "a map of create, update, resolve and merge")) return;
    only(node, "requests", {"create", "update", "resolve", "merge"});
    collect_kept(node);
    for (const auto& [word, when] : kWhens) {
        for (const Entry& entry : node.entries) {
            if (entry.key != word) continue;
            const std::string key = fmt::format("requests.{}", word);
            auto& list = out_.requests[when];
            if (!entry.value.list() && entry.value.kind != YamlNode::Kind::Null)
                add(entry.line, key, "is no list of requests");
            for (std::size_t i = 0; i < entry.value.items.size(); ++i)
                list.push_back(request(entry.value.items[i], fmt::format("{}[{}]", key, i)));
        }
    }
    if (out_.requests[When::Create].empty()) add(node.line, "requests.create", "is missing");
}

void Reader::read(const YamlNode& root) {
    if (!is_map(root, "", "a map that begins with vendor: and requests:")) return;
    only(root, "", {"vendor", "summary", "settings", "maps", "requests", "repeat", "spacing"});
    const YamlNode* all = nullptr;
    for (const Entry& entry : root.entries) {  // what requests may refer to comes first, wherever it stands
        if (entry.key == "vendor") out_.name = scalar(entry.value, "vendor", "a name");
        if (entry.key == "summary") out_.summary = scalar(entry.value, "summary", "a text");
        if (entry.key == "settings") settings(entry.value);
        if (entry.key == "maps") maps(entry.value);
        if (entry.key == "spacing") out_.spacing = duration(entry.value, "spacing");
        if (entry.key == "repeat" && is_map(entry.value, "repeat", "a map such as {every: 60s, resolved_for: 5m}")) {
            only(entry.value, "repeat", {"every", "resolved_for"});
            for (const Entry& part : entry.value.entries) {
                if (part.key == "every") out_.repeat_every = duration(part.value, "repeat.every");
                if (part.key == "resolved_for") out_.repeat_resolved = duration(part.value, "repeat.resolved_for");
            }
        }
        if (entry.key == "requests") all = &entry.value;
    }
    if (!word_like(out_.name)) add(root.line, "vendor", "is missing, or not made of letters, digits, _ and -");
    if (all == nullptr) return add(root.line, "requests", "is missing");
    requests(*all);
}

}  // namespace

const VendorSetting* VendorTemplate::setting(std::string_view setting_name) const {
    const auto found = std::find_if(settings.begin(), settings.end(),
                                    [&](const VendorSetting& setting) { return setting.name == setting_name; });
    return found == settings.end() ? nullptr : &*found;
}

std::optional<VendorTemplate> parse_vendor_template(std::string_view text, Problems& problems) {
    if (text.size() > kMostTemplateBytes) {
        problems.add(0, "", fmt::format("is longer than {} bytes", kMostTemplateBytes));
        return std::nullopt;
    }
    const auto root = parse_yaml(text, problems);
    if (!root) return std::nullopt;
    VendorTemplate out;
    Reader(problems, out).read(*root);
    if (!problems.empty()) return std::nullopt;
    return out;
}

}  // namespace sightline::config
