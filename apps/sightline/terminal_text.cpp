// SPDX-License-Identifier: Apache-2.0
#include "apps/sightline/terminal_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/text.hpp"

namespace sightline::apps {

std::string text(const nlohmann::json& object, const char* key) {
    const auto at = object.find(key);
    if (at == object.end() || at->is_null()) return "-";
    return core::clean_utf8(at->is_string() ? at->get<std::string>() : at->dump());
}

int print_list(const core::Result<std::string>& answer, const char* list, bool as_json,
               const std::function<void(const nlohmann::json&)>& row) {
    if (!answer) return failed(answer.error());
    if (as_json) {
        fmt::print("{}\n", *answer);
        return 0;
    }
    const auto parsed = nlohmann::json::parse(*answer, nullptr, false);
    const auto rows = parsed.is_object() ? parsed.find(list) : parsed.end();
    if (rows == parsed.end() || !rows->is_array() ||
        !std::all_of(rows->begin(), rows->end(), [](const auto& item) { return item.is_object(); }))
        return failed({core::ErrorCode::Corrupt, "the answer is no list; is this a Sightline probe?"});
    for (const auto& item : *rows) row(item);
    return 0;
}

int failed(const core::Error& error) {
    fmt::print(stderr, "sightline: {}\n", core::clean_utf8(error.message));
    return kUnknown;
}

}  // namespace sightline::apps
