// SPDX-License-Identifier: Apache-2.0
#include "config/expansion.hpp"

#include <fmt/format.h>

#include "core/text.hpp"
#include "core/url.hpp"

namespace sightline::config {
namespace {

bool is_variable_name(std::string_view name) {
    if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
    for (const char c : name) {
        const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (!word) return false;
    }
    return true;
}

tl::unexpected<core::Error> invalid(std::string message) {
    return core::fail(core::ErrorCode::InvalidConfig, std::move(message));
}

core::Result<std::string> secret_file(const std::string& path, const Surroundings& around, const std::string& folder) {
    if (path.empty()) return invalid("${file:} names no file, allowed is ${file:PATH}");
    const std::string full = path_from(folder, path);
    if (!around.read_file) return invalid(fmt::format("cannot read \"{}\": files are not read here", full));
    auto text = around.read_file(full, kMostSecretBytes);
    if (!text) return invalid(text.error().message);
    if (text->ends_with('\n')) text->pop_back();
    if (text->ends_with('\r')) text->pop_back();
    if (text->empty()) return invalid(fmt::format("the secret file \"{}\" is empty", full));
    if (core::clean_utf8(*text) != *text) {
        return invalid(fmt::format("the secret file \"{}\" is not one line of UTF-8 text", full));
    }
    return text;
}

core::Result<std::string> look_up(std::string_view what, const Surroundings& around, const std::string& folder) {
    if (what.starts_with("file:")) return secret_file(std::string(what.substr(5)), around, folder);
    if (!is_variable_name(what)) {
        return invalid(
            fmt::format("${{{}}} is neither ${{NAME}} (letters, digits, _) nor ${{file:PATH}}", what.substr(0, 64)));
    }
    const auto value = around.environment ? around.environment(std::string(what)) : std::nullopt;
    if (!value) return invalid(fmt::format("the environment variable {} is not set", what));
    if (value->empty()) return invalid(fmt::format("the environment variable {} is empty", what));
    if (core::clean_utf8(*value) != *value) {
        return invalid(fmt::format("the environment variable {} is not one line of UTF-8 text", what));
    }
    return *value;
}

}  // namespace

core::Result<Expanded> expand(std::string_view written, Encoding encoding, const Surroundings& around,
                              const std::string& folder) {
    Expanded out;
    const std::size_t whole = written.size();
    while (!written.empty()) {
        const std::size_t mark = written.find("${");
        if (mark == std::string_view::npos) break;
        if (mark > 0 && written[mark - 1] == '$') {
            out.text.append(written.substr(0, mark - 1)).append("${");
            written.remove_prefix(mark + 2);
            continue;
        }
        const std::size_t end = written.find('}', mark);
        if (end == std::string_view::npos) return invalid("a ${ has no }, allowed are ${NAME} and ${file:PATH}");
        auto value = look_up(written.substr(mark + 2, end - mark - 2), around, folder);
        if (!value) return tl::unexpected(value.error());
        out.text += written.substr(0, mark);
        const bool alone = end + 1 - mark == whole;
        const std::string inside = encoding == Encoding::Url && !alone ? core::percent_encode(*value) : *value;
        out.text += inside;
        if (inside != *value) out.secrets.push_back(inside);
        out.secrets.push_back(std::move(*value));
        written.remove_prefix(end + 1);
    }
    out.text += written;
    return out;
}

std::string struck(std::string text, const std::vector<std::string>& secrets) {
    for (const std::string& secret : secrets) {
        if (secret.empty()) continue;
        std::string out;
        std::size_t from = 0;
        for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, from)) {
            out.append(text, from, at - from).append("***");
            from = at + secret.size();
        }
        text = out.append(text, from, std::string::npos);
    }
    return text;
}

std::string path_from(const std::string& folder, const std::string& path) {
    if (folder.empty() || path.starts_with('/')) return path;
    return folder + "/" + path;
}

}  // namespace sightline::config
