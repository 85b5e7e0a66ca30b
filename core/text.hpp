// SPDX-License-Identifier: Apache-2.0
// Foreign text made safe once, where it is read, and the JSON atoms built from it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sightline::core {

/// Valid UTF-8 without control characters: each bad byte becomes U+FFFD, each control character a space. So does what
/// turns the direction of the text after it, with which a name could rewrite the line that it stands in; the marks
/// U+200E and U+200F, which words of Arabic and Hebrew need, stay.
[[nodiscard]] std::string clean_utf8(std::string_view bytes);

/// `url` with every secret replaced by "***": the password of user:password@, and the values of query keys that carry
/// secrets (passphrase, key, token, secret, password, pass, auth, sig, signature, streamid's key-like parts …).
/// Works on any text that holds URLs, such as an error message.
[[nodiscard]] std::string mask_secrets(std::string_view text);

/// `text` with A to Z as a to z; all else as it is.
[[nodiscard]] std::string ascii_lower(std::string_view text);

/// `text` as HTML text or attribute value: & < > " ' become entities. Cleans first.
[[nodiscard]] std::string html_escaped(std::string_view text);

/// `text` as a JSON string with its quotes. Cleans first.
[[nodiscard]] std::string json_string(std::string_view text);
/// `value` with `decimals` decimals in the C locale; "null" where it is not finite or absent.
[[nodiscard]] std::string json_number(std::optional<double> value, int decimals);
/// Shortest form that reads back as the same double; "null" where it is not finite or absent.
[[nodiscard]] std::string json_number(std::optional<double> value);

}  // namespace sightline::core
