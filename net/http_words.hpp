// SPDX-License-Identifier: Apache-2.0
// What went wrong with a transfer, in words. Only http_client.cpp and its transfers include this: it knows libcurl.
#pragma once

#include <curl/curl.h>

#include <string_view>

#include "core/result.hpp"

namespace sightline::net {

/// `details` is libcurl's own text of this transfer (CURLOPT_ERRORBUFFER), used where no better words exist.
[[nodiscard]] core::Error http_error(CURLcode code, CURL* easy, std::string_view details);

}  // namespace sightline::net
