// SPDX-License-Identifier: Apache-2.0
// Where http(s) URLs lead, and what references in a playlist mean (RFC 3986, 5).
#pragma once

#include <string>

#include "core/result.hpp"

namespace sightline::net {

/// Where a URL leads.
struct HttpTarget {
    std::string scheme;  ///< "http" or "https"
    std::string host;    ///< lower case, punycode, no brackets
    int port = 0;        ///< the scheme's own where the URL names none
    [[nodiscard]] bool same_origin(const HttpTarget& other) const {
        return scheme == other.scheme && host == other.host && port == other.port;
    }
};
/// @return InvalidConfig for what is no http(s) URL.
[[nodiscard]] core::Result<HttpTarget> http_target(const std::string& url);

/// The URL that `reference` (relative or whole) means on the page `base`.
/// @return Corrupt where it means none, Refused where it leads away from http and https.
[[nodiscard]] core::Result<std::string> resolve_reference(const std::string& base, const std::string& reference);

/// Whether both lead to the same scheme, host and port.
[[nodiscard]] bool same_origin(const std::string& a, const std::string& b);

/// Whether a request header tells who asks and for what, and so is no secret: such ones may go to any host.
[[nodiscard]] bool travels(const std::string& header_name);

}  // namespace sightline::net
