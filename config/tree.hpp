// SPDX-License-Identifier: Apache-2.0
// YAML as a bounded tree that knows its lines: what the readers of the configuration walk over.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.hpp"

namespace sightline::config {

inline constexpr std::size_t kMostFileBytes = 1 << 20;
inline constexpr std::size_t kMostNodes = 100'000;
inline constexpr int kDeepest = 16;

struct Entry;

/// One YAML value. Scalars are text: what they mean is the schema's business, so `off` and `1e3` stay as written.
struct YamlNode {
    enum class Kind { Null, Scalar, List, Map };
    Kind kind = Kind::Null;
    int line = 0;                 ///< from 1
    std::string text;             ///< of a scalar
    bool quoted = false;          ///< of a scalar: the user wrote quotes, so "null" is a word
    std::vector<YamlNode> items;  ///< of a list
    std::vector<Entry> entries;   ///< of a map, in the order written, each key once

    [[nodiscard]] bool scalar() const { return kind == Kind::Scalar; }
    [[nodiscard]] bool list() const { return kind == Kind::List; }
    [[nodiscard]] bool map() const { return kind == Kind::Map; }
};
struct Entry {
    std::string key;
    int line = 0;
    YamlNode value;
};

/// Reads one YAML document of at most kMostFileBytes, kMostNodes and kDeepest levels. Refused, with the line: anchors,
/// aliases and tags (nothing can grow), keys given twice or that are not words, more than one document, tabs that
/// indent, control characters, bytes that are not UTF-8. A byte order mark is skipped.
/// @return nothing where problems were added; Null for an empty document.
[[nodiscard]] std::optional<YamlNode> parse_yaml(std::string_view bytes, Problems& problems);

}  // namespace sightline::config
