// SPDX-License-Identifier: Apache-2.0
#include "config/transport_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/stream_reader.hpp"
#include "config/values.hpp"

namespace sightline::config {
namespace {

constexpr std::string_view kSecretAllowed = "a text, best as ${NAME} or ${file:PATH}";
// RFC 5424, table 1.
constexpr std::array<std::string_view, 24> kFacilities{"kern",   "user",   "mail",   "daemon", "auth",     "syslog",
                                                       "lpr",    "news",   "uucp",   "cron",   "authpriv", "ftp",
                                                       "ntp",    "audit",  "alert",  "clock",  "local0",   "local1",
                                                       "local2", "local3", "local4", "local5", "local6",   "local7"};

/// HOST or HOST:PORT, IPv6 in brackets.
bool split_server(const std::string& text, std::string& host, int& port) {
    std::string name = text;
    std::string digits;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string::npos) return false;
        name = text.substr(1, end - 1);
        if (end + 1 < text.size()) {
            if (text[end + 1] != ':') return false;
            digits = text.substr(end + 2);
            if (digits.empty()) return false;
        }
    } else if (const std::size_t colon = text.find(':'); colon != std::string::npos) {
        name = text.substr(0, colon);
        digits = text.substr(colon + 1);
        if (digits.empty()) return false;
    }
    if (name.empty() || name.find_first_of(" /@?#[]") != std::string::npos) return false;
    if (!digits.empty()) {
        const auto number = parse_whole(digits);
        if (!number || *number < 1 || *number > 65'535) return false;
        port = static_cast<int>(*number);
    }
    host = name;
    return true;
}

void read_server(MapReader& map, std::string& host, int& port) {
    const std::string allowed = "HOST or HOST:PORT, an IPv6 address in brackets";
    const YamlNode* node = map.need("server", allowed);
    if (node == nullptr) return;
    const auto text = read_text(map.scope(), *node, map.key("server"), allowed);
    if (text && !split_server(*text, host, port)) refuse(map.scope(), *node, map.key("server"), allowed);
}

void read_ca(MapReader& map, std::string& out) {
    std::string file;
    map.text("ca", file, "the path of a PEM file with certificates");
    if (!file.empty()) out = path_from(map.scope().folder, file);
}

void read_address(MapReader& map, const YamlNode& node, std::string_view name, std::string& out) {
    const std::string allowed = "an address such as noc@example.com or \"NOC <noc@example.com>\"";
    const auto text = read_text(map.scope(), node, map.key(name), allowed);
    if (!text) return;
    if (is_mail_address(*text)) {
        out = *text;
    } else {
        refuse(map.scope(), node, map.key(name), allowed);
    }
}

void read_v3(MapReader& map, SnmpSettings& out) {
    Scope& scope = map.scope();
    if (const YamlNode* user = map.need("user", "the user's name"))
        out.user = read_text(scope, *user, map.key("user"), "the user's name").value_or("");
    if (const YamlNode* auth = map.take("auth")) {
        const auto index = read_word(scope, *auth, map.key("auth"), {"none", "sha1", "sha256"});
        if (index) out.auth = static_cast<SnmpSettings::Auth>(*index);
    }
    if (const YamlNode* privacy = map.take("privacy")) {
        const auto index = read_word(scope, *privacy, map.key("privacy"), {"none", "aes128"});
        if (index) out.privacy = static_cast<SnmpSettings::Privacy>(*index);
        if (out.privacy != SnmpSettings::Privacy::None && out.auth == SnmpSettings::Auth::None)
            scope.problems.add(privacy->line, map.key("privacy"), "needs auth too (RFC 3414: there is no noAuthPriv)");
    }
    const auto password = [&](const char* name, bool wanted, std::string& into) {
        const std::string allowed = "at least 8 characters, best as ${NAME} or ${file:PATH}";
        const YamlNode* node = wanted ? map.need(name, allowed) : map.take(name);
        if (node == nullptr) return;
        const auto text = read_text(scope, *node, map.key(name), allowed, Encoding::Plain, Shown::Never);
        if (text && text->size() < 8) refuse(scope, *node, map.key(name), allowed, Shown::Never);
        if (text) into = *text;
    };
    password("auth_password", out.auth != SnmpSettings::Auth::None, out.auth_password);
    password("privacy_password", out.privacy != SnmpSettings::Privacy::None, out.privacy_password);
    const YamlNode* engine = map.take("engine_id");
    if (engine == nullptr) return;
    const std::string allowed = "10 to 64 hexadecimal digits, two a byte";
    const auto text = read_text(scope, *engine, map.key("engine_id"), allowed);
    if (!text) return;
    const bool hex = text->size() >= 10 && text->size() <= 64 && text->size() % 2 == 0 &&
                     text->find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (hex) {
        out.engine_id = *text;
    } else {
        refuse(scope, *engine, map.key("engine_id"), allowed);
    }
}

}  // namespace

bool is_mail_address(std::string_view text) {
    const std::string bare = bare_mail_address(text);
    const std::size_t at = bare.find('@');
    const bool sound = at != std::string::npos && at > 0 && at + 1 < bare.size() && bare.size() <= 254 &&
                       bare.find('@', at + 1) == std::string::npos;
    // What could end an SMTP command or a list of addresses is refused rather than quoted.
    return sound && std::all_of(bare.begin(), bare.end(), [](char c) {
               return c > ' ' && c < '\x7f' && std::string_view("<>()[],;:\\\"").find(c) == std::string_view::npos;
           });
}

std::string bare_mail_address(std::string_view text) {
    const std::size_t open = text.rfind('<');
    if (open == std::string_view::npos || !text.ends_with('>')) return std::string(text);
    return std::string(text.substr(open + 1, text.size() - open - 2));
}

std::string facility_name(int facility) {
    return std::string(kFacilities.at(static_cast<std::size_t>(facility)));
}

void read_email(MapReader& map, EmailSettings& out) {
    Scope& scope = map.scope();
    read_server(map, out.host, out.port);
    if (const YamlNode* tls = map.take("tls")) {
        const auto index = read_word(scope, *tls, map.key("tls"), {"none", "starttls", "tls"});
        if (index) out.tls = static_cast<EmailSettings::Tls>(*index);
    }
    read_ca(map, out.ca_file);
    map.text("user", out.user, "the log-in name");
    map.text("password", out.password, kSecretAllowed, Encoding::Plain, Shown::Never);
    if (const YamlNode* from = map.need("from", "an address")) read_address(map, *from, "from", out.from);
    if (const YamlNode* to = map.need("to", "a list of addresses")) {
        for (const YamlNode* item : read_list(scope, *to, map.key("to"), "a list of addresses")) {
            std::string address;
            read_address(map, *item, "to", address);
            if (!address.empty()) out.to.push_back(std::move(address));
        }
    }
    if (out.user.empty() != out.password.empty()) {
        const YamlNode* given = map.take(out.user.empty() ? "password" : "user");
        scope.problems.add(given != nullptr ? given->line : 0, map.key(out.user.empty() ? "user" : "password"),
                           "is missing, allowed are user and password together");
    }
}

void read_syslog(MapReader& map, SyslogSettings& out) {
    Scope& scope = map.scope();
    read_server(map, out.host, out.port);
    if (const YamlNode* protocol = map.take("protocol")) {
        const auto index = read_word(scope, *protocol, map.key("protocol"), {"udp", "tcp", "tls"});
        if (index) out.protocol = static_cast<SyslogSettings::Protocol>(*index);
    }
    read_ca(map, out.ca_file);
    if (const YamlNode* facility = map.take("facility")) {
        const auto index = read_word(scope, *facility, map.key("facility"), {kFacilities.begin(), kFacilities.end()});
        if (index) out.facility = static_cast<int>(*index);
    }
    if (const YamlNode* enterprise = map.take("enterprise")) {
        const auto number = read_whole(scope, *enterprise, map.key("enterprise"), 1, 2'147'483'647);
        if (number) out.enterprise = fmt::format("{}", *number);
    }
}

void read_snmp(MapReader& map, SnmpSettings& out) {
    Scope& scope = map.scope();
    read_server(map, out.host, out.port);
    if (const YamlNode* version = map.take("version")) {
        const auto index = read_word(scope, *version, map.key("version"), {"v2c", "v3"});
        if (index) out.version = static_cast<SnmpSettings::Version>(*index);
    }
    if (out.version == SnmpSettings::Version::V3) return read_v3(map, out);
    if (const YamlNode* node = map.need("community", kSecretAllowed)) {
        const auto text = read_text(scope, *node, map.key("community"), kSecretAllowed, Encoding::Plain, Shown::Never);
        if (text) out.community = *text;
    }
}

core::AirCalendar read_hours(Scope& scope, const YamlNode& node, const std::string& path, const std::string& zone) {
    core::AirCalendar out;
    out.zone = zone;
    const std::string allowed = "spans such as \"Mon-Fri 08:00-18:00\" or \"Sat,Sun 22:00-02:00\"";
    const auto spans = [&](const YamlNode& list, const std::string& key) {
        for (const YamlNode* item : read_list(scope, list, key, allowed)) {
            const auto some = read_value<std::vector<core::WeeklySpan>>(scope, *item, key, allowed, parse_weekly);
            if (some) out.on_air.insert(out.on_air.end(), some->begin(), some->end());
        }
    };
    if (node.map()) {
        MapReader map(scope, node, path, allowed);
        if (const YamlNode* weekly = map.need("weekly", allowed)) spans(*weekly, map.key("weekly"));
        read_zone(map, "timezone", out.zone);
        map.finish();
    } else {
        spans(node, path);
    }
    out.on_air = joined(std::move(out.on_air));
    return out;
}

}  // namespace sightline::config
