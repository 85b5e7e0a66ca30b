// SPDX-License-Identifier: Apache-2.0
// Reading members of a JSON object that somebody else wrote, for the files of core that turn JSON back into values.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace sightline::core {

/// A member that is absent or not what it must be. Thrown and caught within one reading function.
struct WrongMember {
    std::string key;
};

/// Null where `key` is absent or null.
[[nodiscard]] inline const nlohmann::json* member(const nlohmann::json& object, const char* key) {
    const auto at = object.find(key);
    return at == object.end() || at->is_null() ? nullptr : &*at;
}

/// Empty where it is absent.
/// @throws WrongMember where it is no text, or absent although `required`.
[[nodiscard]] inline std::string text_of(const nlohmann::json& object, const char* key, bool required = false) {
    const nlohmann::json* value = member(object, key);
    if (value == nullptr && !required) return {};
    if (value == nullptr || !value->is_string()) throw WrongMember{key};
    return value->get<std::string>();
}

}  // namespace sightline::core
