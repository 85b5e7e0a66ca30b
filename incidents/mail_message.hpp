// SPDX-License-Identifier: Apache-2.0
// One alarm transition as a mail (RFC 5322, MIME).
#pragma once

#include <string>
#include <string_view>

#include "config/notifier.hpp"
#include "core/time.hpp"
#include "incidents/template_view.hpp"

namespace sightline::incidents {

/// The whole message with CRLF line ends, ASCII only: plain text and HTML side by side, the still inside the HTML where
/// there is one. The same transition has the same Message-ID at each attempt, and all of an alarm are one thread.
[[nodiscard]] std::string mail_message(const TemplateView& view, const config::EmailSettings& settings,
                                       std::string_view still_jpeg, core::UtcTime now);

/// A header's text: as it is where it is short printable ASCII, otherwise in encoded words (RFC 2047). No value of
/// `text` ends the header.
[[nodiscard]] std::string encoded_header(std::string_view text);
/// "Name <a@b>" or "a@b", the name quoted or encoded.
[[nodiscard]] std::string encoded_address(std::string_view address);
/// "Sat, 21 Nov 2026 12:00:00 +0000".
[[nodiscard]] std::string mail_date(core::UtcTime time);

}  // namespace sightline::incidents
