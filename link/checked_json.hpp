// SPDX-License-Identifier: Apache-2.0
// Reading JSON that another process wrote: every access checked, every size bounded. For sources of link/ only.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "core/text.hpp"

namespace sightline::link {

/// What decode() throws inside and turns into a Corrupt error.
struct BadMember {
    std::string what;
};

/// One JSON object. Getters throw BadMember naming the key.
class CheckedObject {
public:
    static constexpr std::size_t kMaxText = 4'096;
    static constexpr std::size_t kMaxItems = 4'096;

    explicit CheckedObject(const nlohmann::json& object) : object_(object) {
        if (!object.is_object()) throw BadMember{"an object is expected"};
    }
    [[nodiscard]] bool has(const char* key) const { return find(key) != nullptr; }
    [[nodiscard]] std::string text(const char* key, std::string fallback = {}) const {
        const nlohmann::json* value = find(key);
        if (value == nullptr) return fallback;
        if (!value->is_string()) throw BadMember{fmt::format("\"{}\" is not text", key)};
        const auto& raw = value->get_ref<const std::string&>();
        if (raw.size() > kMaxText) throw BadMember{fmt::format("\"{}\" is longer than {} bytes", key, kMaxText)};
        return core::clean_utf8(raw);
    }
    [[nodiscard]] std::optional<double> number(const char* key) const {
        const nlohmann::json* value = find(key);
        if (value == nullptr) return std::nullopt;
        if (!value->is_number()) throw BadMember{fmt::format("\"{}\" is not a number", key)};
        return value->get<double>();
    }
    template <class Integer>
    [[nodiscard]] Integer integer(const char* key, Integer low, Integer high, Integer fallback) const {
        return optional_integer<Integer>(key, low, high).value_or(fallback);
    }
    template <class Integer>
    [[nodiscard]] std::optional<Integer> optional_integer(const char* key, Integer low, Integer high) const {
        const nlohmann::json* value = find(key);
        if (value == nullptr) return std::nullopt;
        const auto wrong = [&] {
            return BadMember{fmt::format("\"{}\" is not a whole number from {} to {}", key, low, high)};
        };
        if (value->is_number_unsigned()) {
            const auto raw = value->get<std::uint64_t>();
            if (std::cmp_greater(raw, high) || std::cmp_less(raw, low)) throw wrong();
            return static_cast<Integer>(raw);
        }
        if (!value->is_number_integer()) throw wrong();
        const auto raw = value->get<std::int64_t>();
        if (std::cmp_greater(raw, high) || std::cmp_less(raw, low)) throw wrong();
        return static_cast<Integer>(raw);
    }
    [[nodiscard]] bool flag(const char* key, bool fallback) const {
        const nlohmann::json* value = find(key);
        if (value == nullptr) return fallback;
        if (!value->is_boolean()) throw BadMember{fmt::format("\"{}\" is not true or false", key)};
        return value->get<bool>();
    }
    /// Calls `each` with every element.
    template <class Each>
    void list(const char* key, const Each& each) const {
        const nlohmann::json* value = find(key);
        if (value == nullptr) return;
        if (!value->is_array() || value->size() > kMaxItems)
            throw BadMember{fmt::format("\"{}\" is not a list of at most {}", key, kMaxItems)};
        for (const nlohmann::json& item : *value) each(item);
    }
    template <class Each>
    void members(const char* key, const Each& each) const {
        const nlohmann::json* value = find(key);
        if (value == nullptr) return;
        if (!value->is_object() || value->size() > kMaxItems)
            throw BadMember{fmt::format("\"{}\" is not an object of at most {}", key, kMaxItems)};
        for (const auto& [name, item] : value->items()) each(core::clean_utf8(name), item);
    }
    [[nodiscard]] const nlohmann::json* find(const char* key) const {
        const auto at = object_.find(key);
        return at == object_.end() || at->is_null() ? nullptr : &*at;
    }

private:
    const nlohmann::json& object_;
};

}  // namespace sightline::link
