// SPDX-License-Identifier: Apache-2.0
// HTTP systems as data: what is sent to one when an alarm comes, changes and goes (docs/notifiers.md, The template
// file).
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/problems.hpp"
#include "core/time.hpp"

namespace sightline::config {

/// What is done to a value on its way into a text.
struct TemplateFilter {
    enum class Kind {
        Cut,       ///< at most `number` characters, the last "…" where it was longer
        Bytes,     ///< at most `number` bytes, never half a character
        Key,       ///< letters, digits and ._:/#;@=- only, at most `number` of them, told apart by a digest where cut
        Map,       ///< through the map called `word`; the map's "*" where there is no such key
        Or,        ///< `word` where the value is empty
        Json,      ///< the value's JSON as text
        List,      ///< an object as a list of "key:value"; only as the whole of a body's value
        Mrkdwn,    ///< Slack's & < > escaped, so that nothing in the value is a link or a mention
        Markdown,  ///< what Markdown gives a meaning to escaped
        Upper,
        Lower,
    };
    Kind kind = Kind::Cut;
    std::size_t number = 0;
    std::string word;
    friend bool operator==(const TemplateFilter&, const TemplateFilter&) = default;
};

/// A piece of a text: literal, or the value of `name` through the filters.
struct TemplatePart {
    std::string literal;
    std::string name;  ///< "severity", "tags.site", "setting.url", "kept.ticket"; empty: literal
    std::vector<TemplateFilter> filters;
    friend bool operator==(const TemplatePart&, const TemplatePart&) = default;
};
using TemplateText = std::vector<TemplatePart>;

/// A value of a body.
struct TemplateValue {
    enum class Kind {
        Literal,  ///< number, true, false, null: `literal` is its JSON
        Text,     ///< a JSON string; where it is one placeholder alone, whatever JSON that stands for
        List,
        Map,
    };
    Kind kind = Kind::Literal;
    std::string literal = "null";
    TemplateText text;
    std::string name;                    ///< of a member of a map: its key
    std::vector<TemplateValue> items;    ///< of a list
    std::vector<TemplateValue> members;  ///< of a map
    std::string condition;  ///< of a map: name of a value; where that is empty, the map is left out of what holds it
    std::optional<std::string> tag_prefix;  ///< of a map: each tag becomes a member too, named with this before it
};

struct VendorRequest {
    std::string method = "POST";
    TemplateText url;
    std::vector<std::pair<std::string, TemplateText>> headers;
    std::string basic_user, basic_password;  ///< names of settings; empty, or empty settings: no Authorization
    std::string bearer;                      ///< name of a setting
    std::optional<TemplateValue> body;
    std::vector<int> success;                   ///< statuses; empty: every 2xx
    std::map<std::string, std::string> expect;  ///< place in the answer's JSON -> what must stand there
    std::map<std::string, std::string> keep;    ///< name -> place in the answer's JSON; kept for this alarm's life
    std::string only_if, unless;                ///< names of values; empty: always
    std::vector<int> retry;                     ///< statuses after which the same notice is tried again soon
    std::vector<int> forget;  ///< statuses that tell that what was kept is gone: forgotten, and tried again
    bool stop = false;        ///< when it succeeded, the requests after it are left out
};

struct VendorSetting {
    std::string name, help;
    bool secret = false;
    bool url = false;       ///< an http or https URL, put into URLs as it is
    bool optional = false;  ///< empty where it is not given
    std::string fallback;   ///< where it is not given; empty: it must be
};

struct VendorTemplate {
    enum class When { Create, Update, Resolve, Merge };
    std::string name, summary;
    std::vector<VendorSetting> settings;
    std::map<std::string, std::map<std::string, std::string>> maps;
    std::map<When, std::vector<VendorRequest>> requests;
    /// Alarms that stand are told again this often; 0: once is enough.
    core::Duration repeat_every{};
    core::Duration repeat_resolved{};  ///< those that went are told again for so long
    core::Duration spacing{};          ///< least time between two requests; 0: none

    [[nodiscard]] const VendorSetting* setting(std::string_view setting_name) const;
};

/// Reads a template file. Every problem has its line; nothing comes back where there was one. Placeholders name a key
/// of the payload (docs/notifiers.md lists them), a declared setting, or something that a request keeps.
[[nodiscard]] std::optional<VendorTemplate> parse_vendor_template(std::string_view text, Problems& problems);

/// Reads one text with its ${…}. @return nothing, and `why` in words, where it is not well-formed.
[[nodiscard]] std::optional<TemplateText> parse_template_text(std::string_view text, std::string& why);

/// Names that a template may use without a prefix: keys of the alarm and incident payloads, and what is made from them.
[[nodiscard]] std::span<const std::string_view> template_names();

/// A template that comes with Sightline.
struct ShippedVendor {
    std::string_view name, text;
};
[[nodiscard]] std::span<const ShippedVendor> shipped_vendors();

inline constexpr std::size_t kMostTemplateBytes = 256 << 10;

}  // namespace sightline::config
