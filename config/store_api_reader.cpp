// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/section_reader.hpp"
#include "config/stream_reader.hpp"
#include "config/values.hpp"

namespace sightline::config {
namespace {

/// sun_path of a Unix socket address, less its final zero byte.
constexpr std::size_t kMostSocketPath = 107;
constexpr std::size_t kSha256Digits = 64;
constexpr std::size_t kMostTokens = 100;

bool is_loopback(const std::string& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

struct ListenPlace {
    const YamlNode* node = nullptr;
    std::string host;
};

std::optional<ListenPlace> read_listen(MapReader& api, Config& out) {
    const YamlNode* node = api.take("listen");
    if (node == nullptr) return std::nullopt;
    const std::string allowed = "HOST:PORT such as 127.0.0.1:8080 (port 0 picks a free one), or off";
    if (node->scalar() && node->text == "off") {
        out.api_listen.clear();
        return std::nullopt;
    }
    const auto text = read_text(api.scope(), *node, api.key("listen"), allowed);
    if (!text) return std::nullopt;
    const std::size_t colon = text->rfind(':');
    const auto port = colon == std::string::npos ? std::nullopt : parse_whole(text->substr(colon + 1));
    std::string host = text->substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string::npos) {
        host.clear();
    }
    if (!port || *port < 0 || *port > 65'535 || host.empty() || host.find_first_of(" /@") != std::string::npos) {
        refuse(api.scope(), *node, api.key("listen"), allowed);
        return std::nullopt;
    }
    out.api_listen = *text;
    return ListenPlace{node, host};
}

/// Others can reach it: then what goes over the wire must be encrypted, and everybody must say who they are.
void check_open(MapReader& api, const std::optional<ListenPlace>& place, const Config& out) {
    if (!place || is_loopback(place->host)) return;
    const bool tokens = !out.api_token.empty() || !out.api_tokens.empty();
    if (tokens && !out.api_certificate.empty()) return;
    api.scope().problems.add(
        place->node->line, api.key("listen"),
        fmt::format("got {}, which others can reach; allowed with api.tls and api.tokens only, or a loopback address "
                    "such as 127.0.0.1:8080",
                    shown(*place->node)));
}

void read_tls(MapReader& api, Config& out) {
    const YamlNode* node = api.take("tls");
    if (node == nullptr) return;
    Scope& scope = api.scope();
    MapReader map(scope, *node, api.key("tls"), "a map such as {certificate: cert.pem, key: key.pem}");
    const auto path = [&](std::string_view name, std::string& to) {
        const YamlNode* file = map.need(name, "the path of a PEM file");
        if (file == nullptr) return;
        if (const auto text = read_text(scope, *file, map.key(name), "the path of a PEM file"))
            to = path_from(scope.folder, *text);
    };
    path("certificate", out.api_certificate);
    path("key", out.api_key);
    map.finish();
}

ApiToken read_token(Scope& scope, const YamlNode& node, const std::string& path) {
    ApiToken out;
    MapReader map(scope, node, path, "a map such as {name: noc, role: operator, sha256: …}");
    if (const YamlNode* name = map.need("name", kIdAllowed)) {
        const auto valid = [](const std::string& text) { return is_id(text) ? std::optional(text) : std::nullopt; };
        out.name = read_value<std::string>(scope, *name, map.key("name"), kIdAllowed, valid).value_or("");
    }
    static constexpr std::array<ApiRole, 3> kRoles{ApiRole::Viewer, ApiRole::Operator, ApiRole::Admin};
    if (const YamlNode* role = map.need("role", "viewer, operator, admin")) {
        const auto index = read_word(scope, *role, map.key("role"), {"viewer", "operator", "admin"});
        if (index) out.role = kRoles[*index];
    }
    const std::string allowed = "the 64 hexadecimal digits that `sightline token new` prints";
    if (const YamlNode* hash = map.need("sha256", allowed)) {
        if (auto text = read_text(scope, *hash, map.key("sha256"), allowed, Encoding::Plain, Shown::Never)) {
            const bool digits =
                text->size() == kSha256Digits && text->find_first_not_of("0123456789abcdef") == std::string::npos;
            if (digits) out.sha256 = std::move(*text);
            // A token put here by mistake must not be repeated in a message.
            if (!digits) refuse(scope, *hash, map.key("sha256"), allowed, Shown::Never);
        }
    }
    map.finish();
    return out;
}

void read_tokens(MapReader& api, Config& out) {
    const YamlNode* node = api.take("tokens");
    if (node == nullptr) return;
    Scope& scope = api.scope();
    const std::string allowed = "a list of up to 100 tokens such as {name: noc, role: operator, sha256: …}";
    if (!node->list() || node->items.empty() || node->items.size() > kMostTokens) {
        refuse(scope, *node, api.key("tokens"), allowed);
        return;
    }
    for (std::size_t i = 0; i < node->items.size(); ++i) {
        const std::string path = fmt::format("{}[{}]", api.key("tokens"), i);
        ApiToken token = read_token(scope, node->items[i], path);
        const bool again =
            !token.name.empty() && std::any_of(out.api_tokens.begin(), out.api_tokens.end(),
                                               [&token](const ApiToken& other) { return other.name == token.name; });
        if (again) {
            scope.problems.add(node->items[i].line, path + ".name",
                               fmt::format("got \"{}\" again, allowed is each name once", token.name));
        }
        out.api_tokens.push_back(std::move(token));
    }
}

void read_hosts(MapReader& api, Config& out) {
    const YamlNode* node = api.take("hosts");
    if (node == nullptr) return;
    const std::string allowed = "host names without port, such as [sightline.example]";
    for (const YamlNode* item : read_list(api.scope(), *node, api.key("hosts"), allowed)) {
        const auto text = read_text(api.scope(), *item, api.key("hosts"), allowed);
        if (!text) continue;
        if (text->find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") != std::string::npos) {
            refuse(api.scope(), *item, api.key("hosts"), allowed);
            continue;
        }
        out.api_hosts.push_back(*text);
    }
}

}  // namespace

void read_store_and_api(Scope& scope, const YamlNode* store, const YamlNode* api, Config& out) {
    std::string file = "sightline.db";
    if (store != nullptr) {
        MapReader map(scope, *store, "store", "a map such as {sqlite: /var/lib/sightline/sightline.db}");
        map.text("sqlite", file, "a file's path");
        map.duration("keep", out.store_keep, std::chrono::hours{24}, std::chrono::hours{24 * 3650});
        map.finish();
    }
    out.store_sqlite = path_from(scope.folder, file);
    const std::size_t slash = out.store_sqlite.rfind('/');
    std::string socket =
        slash == std::string::npos ? "sightline.sock" : out.store_sqlite.substr(0, slash) + "/sightline.sock";
    int line = store != nullptr ? store->line : 0;
    if (api != nullptr) {
        MapReader map(scope, *api, "api", "a map such as {listen: 127.0.0.1:8080}");
        map.text("token", out.api_token, "a text, best as ${NAME} or ${file:PATH}", Encoding::Plain, Shown::Never);
        const auto place = read_listen(map, out);
        if (const YamlNode* node = map.take("socket")) {
            line = node->line;
            if (const auto path = read_text(scope, *node, "api.socket", "a path"))
                socket = path_from(scope.folder, *path);
        }
        read_tls(map, out);
        read_tokens(map, out);
        read_hosts(map, out);
        if (const YamlNode* secrets = map.take("pagerduty_secrets")) {
            const std::string allowed = "the secrets of webhook subscriptions, best as ${NAME} or ${file:PATH}";
            for (const YamlNode* item : read_list(scope, *secrets, "api.pagerduty_secrets", allowed)) {
                auto text = read_text(scope, *item, "api.pagerduty_secrets", allowed, Encoding::Plain, Shown::Never);
                if (text) out.api_pagerduty_secrets.push_back(std::move(*text));
            }
        }
        check_open(map, place, out);
        map.finish();
    }
    if (socket.size() > kMostSocketPath) {
        scope.problems.add(line, "api.socket",
                           fmt::format("got a path of {} bytes, allowed are up to {}", socket.size(), kMostSocketPath));
    }
    out.api_socket = std::move(socket);
}

}  // namespace sightline::config
