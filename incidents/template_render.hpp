// SPDX-License-Identifier: Apache-2.0
// Templates filled in: each kind of place gets values in the form that cannot break out of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/vendor_template.hpp"
#include "incidents/template_view.hpp"

namespace sightline::incidents {

/// As it is, for text that no parser reads.
[[nodiscard]] std::string render_text(const config::TemplateText& text, const config::VendorTemplate& vendor,
                                      const TemplateView& view);
/// Values are percent-encoded, but for a setting that says url: true.
[[nodiscard]] std::string render_url(const config::TemplateText& text, const config::VendorTemplate& vendor,
                                     const TemplateView& view);
/// Without control characters, so that no value ends the header or begins another; at most kMostHeaderBytes.
[[nodiscard]] std::string render_header(const config::TemplateText& text, const config::VendorTemplate& vendor,
                                        const TemplateView& view);
inline constexpr std::size_t kMostHeaderBytes = 4096;
/// JSON: values become strings, escaped; a text that is one placeholder alone becomes the value itself, and where that
/// is empty, its member is left out of its map.
[[nodiscard]] std::string render_json(const config::TemplateValue& value, const config::VendorTemplate& vendor,
                                      const TemplateView& view);
/// Several bodies as one, where each is a list; otherwise empty.
[[nodiscard]] std::string join_lists(const std::vector<std::string>& bodies);

/// The text at a place in an answer's JSON ("result.0.sys_id"); empty where there is none, or the answer is no JSON.
[[nodiscard]] std::string text_in_answer(std::string_view body, std::string_view place);

/// At most `characters` code points, the last "…" where it was longer.
[[nodiscard]] std::string cut_characters(std::string_view text, std::size_t characters);
/// At most `bytes` bytes, never half a character.
[[nodiscard]] std::string cut_bytes(std::string_view text, std::size_t bytes);
/// Letters, digits and ._:/#;@=- only, others as "_"; where anything was changed or cut, a digest at the end tells
/// texts apart.
[[nodiscard]] std::string plain_key(std::string_view text, std::size_t bytes);
[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace sightline::incidents
