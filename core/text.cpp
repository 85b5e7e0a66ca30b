// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace sightline::core {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// Length of the well-formed UTF-8 sequence at `at` (Unicode 15, table 3-7), 0 if there is none. Also gives its code
/// point.
std::size_t sequence_length(std::string_view bytes, std::size_t at, std::uint32_t& code_point) {
    const auto byte = [&](std::size_t i) {
        return static_cast<unsigned char>(at + i < bytes.size() ? bytes[at + i] : 0);
    };
    const auto continuation = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const unsigned first = byte(0);
    if (first < 0x80) {
        code_point = first;
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF && continuation(1)) {
        code_point = (first & 0x1FU) << 6 | (byte(1) & 0x3FU);
        return 2;
    }
    if (first >= 0xE0 && first <= 0xEF && continuation(1) && continuation(2)) {
        code_point = (first & 0x0FU) << 12 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU);
        return code_point >= 0x800 && (code_point < 0xD800 || code_point > 0xDFFF) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4 && continuation(1) && continuation(2) && continuation(3)) {
        code_point = (first & 0x07U) << 18 | (byte(1) & 0x3FU) << 12 | (byte(2) & 0x3FU) << 6 | (byte(3) & 0x3FU);
        return code_point >= 0x10000 && code_point <= 0x10FFFF ? 4 : 0;
    }
    return 0;
}

/// Embeddings, overrides and isolates of the bidirectional algorithm (UAX #9, 2).
bool turns_direction(std::uint32_t code_point) {
    return (code_point >= 0x202A && code_point <= 0x202E) || (code_point >= 0x2066 && code_point <= 0x2069);
}

bool is_control(std::uint32_t code_point) {
    return turns_direction(code_point) || code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) ||
           code_point == 0x2028 || code_point == 0x2029;
}

/// Query keys whose values are never shown. A key counts if it contains one of these words.
constexpr std::array<std::string_view, 12> kSecretWords{"pass", "secret",     "token", "key",     "auth",     "sig",
                                                        "hmac", "credential", "jwt",   "session", "streamid", "policy"};

bool is_secret_key(std::string_view key) {
    std::string lower(key);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return std::any_of(kSecretWords.begin(), kSecretWords.end(), [&](std::string_view word) {
        return lower.find(word) != std::string::npos && lower != "pbkeylen";
    });
}

bool ends_url(char c) {
    return c == ' ' || c == '"' || c == '\'' || c == '<' || c == '>' || c == '\n' || c == '\t';
}

/// Masks one URL that begins at its "scheme://" and has no blanks.
std::string mask_url(std::string_view url) {
    const std::size_t authority = url.find("://") + 3;
    const std::size_t authority_end = std::min(url.find_first_of("/?#", authority), url.size());
    std::string out(url.substr(0, authority));
    const std::size_t at = url.substr(authority, authority_end - authority).rfind('@');
    std::size_t rest = authority;
    if (at != std::string_view::npos) {
        const std::string_view user = url.substr(authority, at);
        const std::size_t colon = user.find(':');
        out += colon == std::string_view::npos ? std::string(user) : std::string(user.substr(0, colon)) + ":***";
        rest = authority + at;
    }
    const std::size_t query = url.find('?', rest);
    if (query == std::string_view::npos) return out.append(url.substr(rest));
    out += url.substr(rest, query + 1 - rest);
    std::size_t from = query + 1;
    while (from <= url.size()) {
        const std::size_t to = std::min(url.find_first_of("&#", from), url.size());
        const std::string_view pair = url.substr(from, to - from);
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && is_secret_key(pair.substr(0, equals))) {
            out.append(pair.substr(0, equals)).append("=***");
        } else {
            out += pair;
        }
        if (to == url.size()) break;
        out += url[to];
        from = to + 1;
    }
    return out;
}

}  // namespace

std::string ascii_lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

std::string clean_utf8(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    for (std::size_t at = 0; at < bytes.size();) {
        std::uint32_t code_point = 0;
        const std::size_t length = sequence_length(bytes, at, code_point);
        if (length == 0) {
            out += kReplacement;
            ++at;
            continue;
        }
        if (is_control(code_point)) {
            out += ' ';
        } else {
            out += bytes.substr(at, length);
        }
        at += length;
    }
    return out;
}

std::string mask_secrets(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t mark = text.find("://");
        if (mark == std::string_view::npos) return out.append(text);
        std::size_t end = mark;
        while (end < text.size() && !ends_url(text[end])) ++end;
        std::size_t begin = mark;
        while (begin > 0 && !ends_url(text[begin - 1])) --begin;
        out += text.substr(0, begin);
        out += mask_url(text.substr(begin, end - begin));
        text.remove_prefix(end);
    }
    return out;
}

std::string html_escaped(std::string_view text) {
    std::string out;
    for (const char c : clean_utf8(text)) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : clean_utf8(text)) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

std::string json_number(std::optional<double> value, int decimals) {
    if (!value || !std::isfinite(*value)) return "null";
    std::string text = fmt::format("{:.{}f}", *value, decimals);
    if (text.front() == '-' && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
    return text;
}

std::string json_number(std::optional<double> value) {
    if (!value || !std::isfinite(*value)) return "null";
    return fmt::format("{}", *value);
}

}  // namespace sightline::core
