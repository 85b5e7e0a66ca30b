// SPDX-License-Identifier: Apache-2.0
#include "incidents/mail_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/transport_reader.hpp"
#include "core/text.hpp"
#include "incidents/payload.hpp"
#include "incidents/template_render.hpp"

namespace sightline::incidents {
namespace {

constexpr std::size_t kWordBytes = 42;     // of text in one encoded word, so that it keeps to 75 (RFC 2047, 2)
constexpr std::size_t kLine = 76;          // of base64 (RFC 2045, 6.8)
constexpr std::size_t kMostSubject = 160;  // characters
constexpr std::string_view kEnd = "\r\n";

bool plain_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
}

std::string wrapped_base64(std::string_view bytes) {
    const std::string coded = base64(bytes);
    std::string out;
    for (std::size_t at = 0; at < coded.size(); at += kLine) out += coded.substr(at, kLine) + std::string(kEnd);
    return out;
}

std::string part(std::string_view type, std::string_view more, std::string_view bytes) {
    return fmt::format("Content-Type: {}\r\nContent-Transfer-Encoding: base64\r\n{}\r\n{}", type, more,
                       wrapped_base64(bytes));
}

/// Parts as one; `boundary` cannot stand in base64.
std::string multipart(std::string_view kind, const std::string& boundary, const std::vector<std::string>& parts) {
    std::string out = fmt::format("Content-Type: multipart/{}; boundary=\"{}\"\r\n\r\n", kind, boundary);
    for (const std::string& one : parts) out += "--" + boundary + "\r\n" + one;
    return out + "--" + boundary + "--\r\n";
}

std::string_view colour_of(const TemplateView& view) {
    if (view.when() == config::VendorTemplate::When::Resolve) return "#2a7d3a";
    const std::string severity = view.text("severity");
    if (severity == "critical") return "#b00020";
    if (severity == "major") return "#c75000";
    return severity == "info" ? "#4a5568" : "#8a6d00";
}

std::string html_text(const TemplateView& view, bool still) {
    std::string rows;
    const std::string details = view.text("details");
    for (std::size_t at = 0; at < details.size();) {
        const std::size_t end = std::min(details.find('\n', at), details.size());
        const std::string line = details.substr(at, end - at);
        const std::size_t colon = std::min(line.find(": "), line.size());
        rows += fmt::format("<tr><td style=\"padding:2px 12px 2px 0;color:#555\">{}</td><td>{}</td></tr>\n",
                            core::html_escaped(line.substr(0, colon)),
                            core::html_escaped(colon < line.size() ? line.substr(colon + 2) : ""));
        at = end + 1;
    }
    std::string out = fmt::format(
        "<!DOCTYPE html>\n<html><body style=\"font-family:sans-serif\">\n"
        "<h2 style=\"color:{}\">{}</h2>\n<table>\n{}</table>\n",
        colour_of(view), core::html_escaped(view.text("summary")), rows);
    if (still) out += "<p><img src=\"cid:still\" alt=\"the newest still of the stream\"></p>\n";
    if (const std::string url = view.text("runbook_url"); !url.empty())
        out += fmt::format("<p><a href=\"{}\">Runbook</a></p>\n", core::html_escaped(url));
    return out + "</body></html>\n";
}

std::string digest(std::string_view text) {
    return hmac_sha256_hex("mail", text).substr(0, 32);
}

}  // namespace

std::string encoded_header(std::string_view text) {
    std::string clean = core::clean_utf8(text);
    // What looks like an encoded word itself must not be read as one.
    if (plain_ascii(clean) && clean.size() <= 200 && clean.find("=?") == std::string::npos) return clean;
    std::string out;
    for (std::string_view rest = clean; !rest.empty();) {
        const std::string piece = cut_bytes(rest, kWordBytes);
        rest.remove_prefix(piece.size());
        out += (out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + base64(piece) + "?=";
    }
    return out;
}

std::string encoded_address(std::string_view address) {
    std::string bare = config::bare_mail_address(address);
    std::string_view name = address.substr(0, address.size() == bare.size() ? 0 : address.rfind('<'));
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (name.empty()) return bare;
    std::string text = core::clean_utf8(name);
    if (!plain_ascii(text) || text.find("=?") != std::string::npos)
        return encoded_header("\xEF\xBB\xBF" + text) + " <" + bare + '>';
    std::string quoted;
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return '"' + quoted + "\" <" + bare + '>';
}

std::string mail_date(core::UtcTime time) {
    constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::sys_days date{day.time_since_epoch()};
    const std::chrono::year_month_day ymd{date};
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time - day).count();
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays.at(std::chrono::weekday{date}.c_encoding()),
                       static_cast<unsigned>(ymd.day()), kMonths.at(static_cast<unsigned>(ymd.month()) - 1),
                       static_cast<int>(ymd.year()), seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string mail_message(const TemplateView& view, const config::EmailSettings& settings, std::string_view still_jpeg,
                         core::UtcTime now) {
    const std::string event =
        view.text("event_id").empty() ? view.text("id") + '.' + view.text("sequence") : view.text("event_id");
    const std::string from = config::bare_mail_address(settings.from);
    const std::string domain = from.substr(from.find('@') + 1);
    const std::string thread = digest(view.text("probe") + '/' + view.text("id"));
    std::string to;
    for (const std::string& address : settings.to) to += (to.empty() ? "" : ",\r\n ") + encoded_address(address);
    std::string out = fmt::format(
        "Date: {}\r\nFrom: {}\r\nTo: {}\r\nSubject: {}\r\nMessage-ID: <{}.{}@{}>\r\nReferences: <{}@{}>\r\n"
        "Auto-Submitted: auto-generated\r\nX-Sightline-Event-Id: {}\r\n",
        mail_date(now), encoded_address(settings.from), to,
        encoded_header(cut_characters(view.text("summary"), kMostSubject)), thread, digest(event), domain, thread,
        domain, encoded_header(cut_bytes(event, 150)));
    if (view.text("severity") == "critical") out += "Importance: high\r\n";
    out += "MIME-Version: 1.0\r\n";
    const std::string text = view.text("summary") + "\n\n" + view.text("details") + "\n";
    const std::string html = part("text/html; charset=utf-8", "", html_text(view, !still_jpeg.empty()));
    std::vector<std::string> sides{part("text/plain; charset=utf-8", "", text), html};
    if (!still_jpeg.empty()) {
        sides[1] =
            multipart("related", "=_still_" + thread,
                      {html, part("image/jpeg", "Content-ID: <still>\r\nContent-Disposition: inline\r\n", still_jpeg)});
    }
    return out + multipart("alternative", "=_sides_" + thread, sides);
}

}  // namespace sightline::incidents
