// SPDX-License-Identifier: Apache-2.0
#include "core/url.hpp"

#include <fmt/format.h>

#include <charconv>

#include "core/text.hpp"

namespace sightline::core {
namespace {

bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

Result<void> read_host(std::string_view authority, std::string_view whole, Url& url) {
    const auto bad = [&](std::string_view why) {
        return fail(ErrorCode::InvalidConfig, fmt::format("\"{}\" {}", mask_secrets(whole), why));
    };
    std::string_view port;
    if (!authority.empty() && authority.front() == '[') {
        const std::size_t close = authority.find(']');
        if (close == std::string_view::npos) return bad("has a [ without its ]");
        url.host = authority.substr(1, close - 1);
        const std::string_view rest = authority.substr(close + 1);
        if (!rest.empty() && rest.front() != ':') return bad("has something between ] and the port");
        if (!rest.empty()) port = rest.substr(1);
    } else {
        const std::size_t colon = authority.find(':');
        if (colon != std::string_view::npos && authority.find(':', colon + 1) != std::string_view::npos) {
            return bad("has an IPv6 address that is not in brackets");
        }
        url.host = percent_decode(authority.substr(0, colon));
        if (colon != std::string_view::npos) port = authority.substr(colon + 1);
    }
    if (port.empty()) return {};
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (error != std::errc{} || end != port.data() + port.size() || url.port < 1 || url.port > 65'535) {
        return bad("has a port outside 1 to 65535");
    }
    return {};
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
    const std::size_t mark = text.find("://");
    if (mark == std::string_view::npos || mark == 0 || !is_alpha(text.front())) {
        return fail(ErrorCode::InvalidConfig, fmt::format("\"{}\" is not a URL (scheme://…)", mask_secrets(text)));
    }
    Url url;
    for (const char c : text.substr(0, mark)) {
        if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.') {
            return fail(ErrorCode::InvalidConfig,
                        fmt::format("\"{}\" has a scheme with a wrong character", mask_secrets(text)));
        }
        url.scheme += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    std::string_view rest = text.substr(mark + 3);
    if (const std::size_t fragment = rest.find('#'); fragment != std::string_view::npos)
        rest = rest.substr(0, fragment);
    const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
    std::string_view authority = rest.substr(0, authority_end);
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        const std::string_view user = authority.substr(0, at);
        const std::size_t colon = user.find(':');
        url.user = percent_decode(user.substr(0, colon));
        if (colon != std::string_view::npos) url.password = percent_decode(user.substr(colon + 1));
        authority.remove_prefix(at + 1);
    }
    if (auto host = read_host(authority, text, url); !host) return tl::unexpected(host.error());
    const std::string_view tail = rest.substr(authority_end);
    const std::size_t query = tail.find('?');
    url.path = tail.substr(0, query);
    if (query == std::string_view::npos) return url;
    std::string_view pairs = tail.substr(query + 1);
    while (!pairs.empty()) {
        const std::string_view pair = pairs.substr(0, pairs.find('&'));
        const std::size_t equals = pair.find('=');
        if (!pair.empty()) {
            url.query[percent_decode(pair.substr(0, equals))] =
                equals == std::string_view::npos ? "" : percent_decode(pair.substr(equals + 1));
        }
        pairs.remove_prefix(std::min(pair.size() + 1, pairs.size()));
    }
    return url;
}

std::string percent_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

std::string percent_decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace sightline::core
