// SPDX-License-Identifier: Apache-2.0
#include "config/notifier_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/stream_reader.hpp"
#include "config/transport_reader.hpp"
#include "config/values.hpp"
#include "config/vendor_template.hpp"
#include "core/text.hpp"

namespace sightline::config {
namespace {

void read_webhook(MapReader& map, Notifier& out) {
    if (const YamlNode* url = map.need("url", kHttpAllowed)) read_http_url(map, *url, "url", out.url);
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

/// The template a notifier's type names; nothing where that was reported.
std::optional<VendorTemplate> find_template(MapReader& map, const std::string& word, Notifier& out) {
    Scope& scope = map.scope();
    for (const ShippedVendor& vendor : shipped_vendors()) {
        if (vendor.name != word) continue;
        out.vendor.vendor = word;
        Problems none(word);
        return parse_vendor_template(vendor.text, none);
    }
    const std::string allowed = "the path of a template file, see docs/notifiers.md";
    const YamlNode* node = map.need("template", allowed);
    const auto path = node != nullptr ? read_text(scope, *node, map.key("template"), allowed) : std::nullopt;
    if (!path) return std::nullopt;
    out.vendor.template_file = *path;
    const auto text = scope.around.read_file
                          ? scope.around.read_file(path_from(scope.folder, *path), kMostTemplateBytes)
                          : core::Result<std::string>(core::fail(core::ErrorCode::Refused, "files are not read here"));
    if (!text) {
        scope.problems.add(node->line, map.key("template"), core::clean_utf8(text.error().message));
        return std::nullopt;
    }
    out.vendor.template_text = *text;
    Problems wrong(*path);
    auto parsed = parse_vendor_template(*text, wrong);
    for (const std::string& line : wrong.lines()) scope.problems.add(node->line, map.key("template"), line);
    return parsed;
}

void read_setting(MapReader& map, const VendorSetting& setting, VendorSettings& out) {
    std::string& value = out.values[setting.name];
    if (setting.secret) out.secrets.insert(setting.name);
    const Shown may = setting.secret ? Shown::Never : Shown::Yes;
    const bool needed = setting.fallback.empty() && !setting.optional;
    const std::string allowed = setting.url      ? std::string(kHttpAllowed)
                                : setting.secret ? "a text, best as ${NAME} or ${file:PATH}"
                                                 : "a text";
    const std::string words = setting.help.empty() ? allowed : allowed + " (" + setting.help + ")";
    const YamlNode* node = needed ? map.need(setting.name, words) : map.take(setting.name);
    if (node == nullptr) {
        value = setting.fallback;
    } else if (setting.url) {
        read_http_url(map, *node, setting.name, value, may);
        while (value.ends_with('/')) value.pop_back();
    } else if (auto text = read_text(map.scope(), *node, map.key(setting.name), allowed, Encoding::Plain, may)) {
        value = std::move(*text);
    }
}

void read_filters(MapReader& map, Notifier& out, const NotifierContext& context) {
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
            read_stream_id(scope, *item, map.key("streams"), context.streams, out.streams);
        }
    }
    if (const YamlNode* paths = map.take("paths")) {
        std::vector<std::string> ids;
        for (const Path& path : context.paths) ids.push_back(path.id);
        for (const YamlNode* item : read_list(scope, *paths, map.key("paths"), "a list of paths")) {
            if (ids.empty()) {
                refuse(scope, *item, map.key("paths"), "the ids under paths:, of which there are none");
            } else if (const auto index = read_word(scope, *item, map.key("paths"), ids)) {
                out.paths.push_back(ids[*index]);
            }
        }
    }
    if (const YamlNode* tags = map.take("tags")) {
        MapReader reader(scope, *tags, map.key("tags"), "a map such as {site: [london, paris]}");
        for (const Entry& entry : tags->entries) {
            for (const YamlNode* item : read_list(scope, entry.value, reader.key(entry.key), "a list of texts")) {
                if (auto text = read_text(scope, *item, reader.key(entry.key), "a text"))
                    out.tags[entry.key].push_back(std::move(*text));
            }
        }
    }
    if (const YamlNode* hours = map.take("hours"))
        out.hours = read_hours(scope, *hours, map.key("hours"), context.zone);
}

std::vector<std::string> type_words() {
    std::vector<std::string> words{"webhook", "exec", "email", "syslog", "snmp"};
    for (const ShippedVendor& vendor : shipped_vendors()) words.emplace_back(vendor.name);
    words.emplace_back("template");
    return words;
}

/// @return whether the keys of the type are known, so that others are wrong.
bool read_type(MapReader& map, Notifier& out) {
    const std::vector<std::string> words = type_words();
    const YamlNode* node = map.need("type", join(words));
    const auto type = node != nullptr ? read_word(map.scope(), *node, map.key("type"), words) : std::nullopt;
    if (!type) return false;
    static constexpr std::array kTypes{NotifierType::Webhook, NotifierType::Exec, NotifierType::Email,
                                       NotifierType::Syslog, NotifierType::Snmp};
    out.type = *type < kTypes.size() ? kTypes[*type] : NotifierType::Vendor;
    switch (out.type) {
        case NotifierType::Webhook:
            read_webhook(map, out);
            break;
        case NotifierType::Exec:
            read_exec(map, out);
            break;
        case NotifierType::Email:
            read_email(map, out.email);
            break;
        case NotifierType::Syslog:
            read_syslog(map, out.syslog);
            break;
        case NotifierType::Snmp:
            read_snmp(map, out.snmp);
            break;
        case NotifierType::Vendor: {
            const auto vendor = find_template(map, words[*type], out);
            if (!vendor) return false;
            for (const VendorSetting& setting : vendor->settings) read_setting(map, setting, out.vendor);
            break;
        }
    }
    return true;
}

Notifier read_notifier(Scope& scope, const YamlNode& node, const std::string& path, const NotifierContext& context) {
    Notifier out;
    MapReader map(scope, node, path, "a map such as {name: noc, type: webhook, url: \"https://hooks.example/x\"}");
    if (const YamlNode* name = map.need("name", kIdAllowed)) {
        const auto valid = [](const std::string& text) { return is_id(text) ? std::optional(text) : std::nullopt; };
        out.name = read_value<std::string>(scope, *name, map.key("name"), kIdAllowed, valid).value_or("");
    }
    const bool known = read_type(map, out);
    if (const YamlNode* about = map.take("about")) {
        const auto index = read_word(scope, *about, map.key("about"), {"alarms", "incidents"});
        if (index) out.about = static_cast<NotifyAbout>(*index);
    }
    read_filters(map, out, context);
    map.duration("timeout", out.timeout, std::chrono::milliseconds{100}, std::chrono::minutes{5});
    map.duration("give_up", out.give_up, std::chrono::minutes{1}, std::chrono::hours{24 * 30});
    // Of an unknown type no key is known to be wrong.
    if (known) map.finish();
    return out;
}

}  // namespace

std::vector<Notifier> read_notifiers(Scope& scope, const YamlNode& node, const NotifierContext& context) {
    std::vector<Notifier> out;
    std::vector<std::string> names;
    if (!node.list()) refuse(scope, node, "notify", "a list of receivers");
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        out.push_back(read_notifier(scope, node.items[i], fmt::format("notify[{}]", i), context));
        names.push_back(out.back().name);
    }
    check_unique(scope, node, "notify", "name", names);
    return out;
}

}  // namespace sightline::config
