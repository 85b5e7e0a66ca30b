// SPDX-License-Identifier: Apache-2.0
#include "incidents/syslog_message.hpp"

#include "core/text.hpp"
#include "incidents/template_render.hpp"

namespace sightline::incidents {
namespace {

constexpr std::size_t kMostValueBytes = 255;
constexpr std::size_t kMostHostBytes = 255;  // RFC 5424, 6: HOSTNAME is 1 to 255 PRINTUSASCII
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

int severity_number(const TemplateView& view) {
    const auto when = view.when();
    if (when == config::VendorTemplate::When::Resolve || when == config::VendorTemplate::When::Merge) return 5;
    const std::string severity = view.text("severity");
    if (severity == "critical") return 2;
    if (severity == "major") return 3;
    return severity == "info" ? 6 : 4;
}

/// A header field: printable ASCII without spaces.
std::string field(std::string_view text, std::size_t bytes) {
    std::string out;
    for (const char c : text.substr(0, bytes)) out += c > ' ' && c < '\x7f' ? c : '_';
    return out.empty() ? "-" : out;
}

}  // namespace

std::string syslog_value(std::string_view text, std::size_t bytes) {
    std::string out;
    for (const char c : cut_bytes(core::clean_utf8(text), bytes)) {
        if (c == '"' || c == '\\' || c == ']') out += '\\';
        out += c;
    }
    return out;
}

std::string syslog_message(const TemplateView& view, const config::SyslogSettings& settings) {
    const int priority = settings.facility * 8 + severity_number(view);
    const std::string stamp = view.text("sent_at");
    std::string out = '<' + std::to_string(priority) + ">1 " + (stamp.empty() ? "-" : stamp) + ' ' +
                      field(view.text("probe"), kMostHostBytes) + " sightline - " + field(view.text("transition"), 32);
    out += " [sightline@" + settings.enterprise;
    constexpr std::string_view kParameters[] = {"id",        "severity",  "state", "source", "condition",
                                                "component", "since_utc", "path",  "owner",  "dedup_key"};
    for (const std::string_view name : kParameters) {
        const std::string text = view.text(name);
        if (text.empty()) continue;
        out += ' ';
        out += name;
        out += "=\"" + syslog_value(text, kMostValueBytes) + '"';
    }
    out += ']';
    if (out.size() + 64 >= kMostSyslogBytes) return out;
    out += ' ';
    out += kUtf8Mark;
    return out + cut_bytes(core::clean_utf8(view.text("summary")), kMostSyslogBytes - out.size());
}

std::string octet_counted(const std::string& message) {
    return std::to_string(message.size()) + ' ' + message;
}

}  // namespace sightline::incidents
