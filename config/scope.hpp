// SPDX-License-Identifier: Apache-2.0
// Typed reading of one configuration's tree: every wrong value becomes a problem that says what was given and allowed.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/expansion.hpp"
#include "config/problems.hpp"
#include "config/suggestion.hpp"
#include "config/surroundings.hpp"
#include "config/tree.hpp"
#include "core/time.hpp"

namespace sightline::config {

/// What all readers of one load share.
///
/// Threading: one thread.
struct Scope {
    const Surroundings& around;
    Problems& problems;
    std::string folder;                          ///< of the file; secret files and paths are relative to it
    std::map<std::string, std::string> written;  ///< text that ${…} came into -> as the user wrote it
    std::vector<std::string> secrets;            ///< everything that ${…} brought in
};

/// Whether a value given literally may be repeated in a message.
enum class Shown { Yes, Never };

/// A node as a message shows it: `"text"` (URLs masked, ${…} as written, at most 80 bytes), `a list`, `a map`,
/// `nothing`.
[[nodiscard]] std::string shown(const YamlNode& node, Shown may = Shown::Yes);

/// "got VALUE, allowed ALLOWED" at a node's line.
void refuse(Scope& scope, const YamlNode& node, std::string_view key, std::string_view allowed, Shown may = Shown::Yes);

/// A scalar with its ${…} replaced; nothing where that was reported. Never empty, never with control characters.
[[nodiscard]] std::optional<std::string> read_text(Scope& scope, const YamlNode& node, std::string_view key,
                                                   std::string_view allowed, Encoding encoding = Encoding::Plain,
                                                   Shown may = Shown::Yes);

/// A scalar through `parse`; nothing where that was reported.
template <class T, class Parse>
[[nodiscard]] std::optional<T> read_value(Scope& scope, const YamlNode& node, std::string_view key,
                                          std::string_view allowed, Parse parse) {
    const std::optional<std::string> text = read_text(scope, node, key, allowed);
    if (!text) return std::nullopt;
    std::optional<T> value = parse(*text);
    if (!value) refuse(scope, node, key, allowed);
    return value;
}

/// A duration up to `most`; `least` is included too.
[[nodiscard]] std::optional<core::Duration> read_duration(Scope& scope, const YamlNode& node, std::string_view key,
                                                          core::Duration least, core::Duration most);
/// A whole number in [least, most].
[[nodiscard]] std::optional<std::int64_t> read_whole(Scope& scope, const YamlNode& node, std::string_view key,
                                                     std::int64_t least, std::int64_t most);
/// One of `words`, with a suggestion where it is none: its place in the list.
[[nodiscard]] std::optional<std::size_t> read_word(Scope& scope, const YamlNode& node, std::string_view key,
                                                   const std::vector<std::string>& words);
/// A list of scalars, or one scalar as a list of one, as their nodes. Empty lists are refused.
[[nodiscard]] std::vector<const YamlNode*> read_list(Scope& scope, const YamlNode& node, std::string_view key,
                                                     std::string_view allowed);

/// One map: take() what is known, then finish() says what is left over is unknown.
class MapReader {
public:
    /// Refuses nodes that are no map; such a reader is empty and finish() does nothing.
    MapReader(Scope& scope, const YamlNode& node, std::string path, std::string_view allowed);

    /// The key's value, and from now on the key is known; null where it is not given.
    const YamlNode* take(std::string_view key);
    /// Like take(), but a missing key is a problem.
    const YamlNode* need(std::string_view key, std::string_view allowed);
    /// The dotted key of a value in here.
    [[nodiscard]] std::string key(std::string_view name) const;
    [[nodiscard]] bool valid() const { return node_.map(); }
    [[nodiscard]] Scope& scope() const { return scope_; }

    void text(std::string_view name, std::string& out, std::string_view allowed, Encoding encoding = Encoding::Plain,
              Shown may = Shown::Yes);
    void duration(std::string_view name, core::Duration& out, core::Duration least, core::Duration most);
    void flag(std::string_view name, bool& out);

    /// Every key not taken is a problem, with a suggestion and the keys that are allowed.
    void finish();

private:
    Scope& scope_;
    const YamlNode& node_;
    std::string path_;
    std::vector<std::string> known_;
};

/// Longest value that a message or the schema takes.
inline constexpr std::size_t kMostTextBytes = 8192;

}  // namespace sightline::config
