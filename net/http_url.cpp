// SPDX-License-Identifier: Apache-2.0
#include "net/http_url.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string_view>

#include "core/text.hpp"

namespace sightline::net {
namespace {

struct UrlDeleter {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

using UrlHandle = std::unique_ptr<CURLU, UrlDeleter>;

UrlHandle make_url() {
    UrlHandle url(curl_url());
    if (!url) throw std::bad_alloc();
    return url;
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

std::string url_part(CURLU* url, CURLUPart part, unsigned flags) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) return {};
    std::string result(text);
    curl_free(text);
    return result;
}

}  // namespace

core::Result<HttpTarget> http_target(const std::string& url) {
    const auto bad = [] { return core::fail(core::ErrorCode::InvalidConfig, "not a URL"); };
    const UrlHandle parsed = make_url();
    if (has_control(url) || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return bad();
    HttpTarget target;
    target.scheme = core::ascii_lower(url_part(parsed.get(), CURLUPART_SCHEME, 0));
    if (target.scheme != "http" && target.scheme != "https") {
        return core::fail(core::ErrorCode::InvalidConfig, "only http and https URLs can be fetched");
    }
#ifdef CURLU_PUNYCODE
    target.host = url_part(parsed.get(), CURLUPART_HOST, CURLU_PUNYCODE);
#endif
    if (target.host.empty()) target.host = url_part(parsed.get(), CURLUPART_HOST, 0);
    target.host = core::ascii_lower(target.host);
    if (target.host.size() > 2 && target.host.front() == '[') {
        target.host = target.host.substr(1, target.host.size() - 2);
        const std::string zone = url_part(parsed.get(), CURLUPART_ZONEID, 0);
        if (!zone.empty()) target.host += '%' + zone;
    }
    const std::string port = url_part(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
    target.port = std::atoi(port.c_str());
    if (target.host.empty() || target.port <= 0) return bad();
    return target;
}

core::Result<std::string> resolve_reference(const std::string& base, const std::string& reference) {
    const UrlHandle url = make_url();
    const unsigned flags = CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME;
    if (has_control(reference) || curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK ||
        curl_url_set(url.get(), CURLUPART_URL, reference.c_str(), flags) != CURLUE_OK) {
        return core::fail(core::ErrorCode::Corrupt, "a reference is not a URL");
    }
    std::string result = url_part(url.get(), CURLUPART_URL, 0);
    if (const auto target = http_target(result); !target) {
        return core::fail(core::ErrorCode::Refused, "a reference leads away from http and https");
    }
    return result;
}

bool same_origin(const std::string& a, const std::string& b) {
    const auto first = http_target(a);
    const auto second = http_target(b);
    return first && second && first->same_origin(*second);
}

bool travels(const std::string& header_name) {
    const std::string name = core::ascii_lower(header_name);
    return name == "user-agent" || name == "accept" || name == "referer";
}

}  // namespace sightline::net
