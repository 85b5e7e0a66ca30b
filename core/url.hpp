// SPDX-License-Identifier: Apache-2.0
// URLs as far as inputs and receivers need them (RFC 3986, without relative references: net/ leaves those to libcurl).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sightline::core {

struct Url {
    std::string scheme;  ///< lower case
    std::string user, password;
    std::string host;                          ///< without brackets; may be empty (srt://:9000)
    int port = 0;                              ///< 0: not given
    std::string path;                          ///< with its leading slash, as written
    std::map<std::string, std::string> query;  ///< percent-decoded
};

/// @return InvalidConfig that names what is wrong, secrets masked.
[[nodiscard]] Result<Url> parse_url(std::string_view text);
[[nodiscard]] std::string percent_encode(std::string_view text);
[[nodiscard]] std::string percent_decode(std::string_view text);

}  // namespace sightline::core
