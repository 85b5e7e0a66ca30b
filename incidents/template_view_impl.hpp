// SPDX-License-Identifier: Apache-2.0
// The inside of TemplateView, for the two files that work on its JSON. Costly to include: .cpp files only.
#pragma once

#include <nlohmann/json.hpp>

#include "incidents/template_view.hpp"

namespace sightline::incidents {

struct TemplateView::Impl {
    nlohmann::ordered_json values;
    config::VendorTemplate::When when = config::VendorTemplate::When::Create;

    /// Null where there is no such value. A name with dots goes into objects, and by number into lists.
    [[nodiscard]] const nlohmann::ordered_json& at(std::string_view name) const;
};

/// The same for any JSON: "result.0.sys_id".
[[nodiscard]] const nlohmann::ordered_json& value_at(const nlohmann::ordered_json& json, std::string_view place);
/// Of a string itself, of null nothing, of anything else its JSON; never throws.
[[nodiscard]] std::string text_of(const nlohmann::ordered_json& json);
[[nodiscard]] bool is_empty(const nlohmann::ordered_json& json);

}  // namespace sightline::incidents
