// SPDX-License-Identifier: Apache-2.0
#include "net/http_words.hpp"

#include <fmt/format.h>
#include <gnutls/gnutls.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <system_error>

#include "core/text.hpp"
#include "net/http_client.hpp"

namespace sightline::net {
namespace {

using core::Error;
using core::ErrorCode;

struct Status {
    int number;
    const char* words;
};
// RFC 9110, section 15, and what CDNs add to it.
constexpr std::array kStatuses{
    Status{200, "OK"},
    Status{201, "Created"},
    Status{202, "Accepted"},
    Status{204, "No Content"},
    Status{206, "Partial Content"},
    Status{301, "Moved Permanently"},
    Status{302, "Found"},
    Status{303, "See Other"},
    Status{304, "Not Modified"},
    Status{307, "Temporary Redirect"},
    Status{308, "Permanent Redirect"},
    Status{400, "Bad Request"},
    Status{401, "Unauthorized"},
    Status{402, "Payment Required"},
    Status{403, "Forbidden"},
    Status{404, "Not Found"},
    Status{405, "Method Not Allowed"},
    Status{406, "Not Acceptable"},
    Status{407, "Proxy Authentication Required"},
    Status{408, "Request Timeout"},
    Status{409, "Conflict"},
    Status{410, "Gone"},
    Status{411, "Length Required"},
    Status{412, "Precondition Failed"},
    Status{413, "Content Too Large"},
    Status{414, "URI Too Long"},
    Status{415, "Unsupported Media Type"},
    Status{416, "Range Not Satisfiable"},
    Status{421, "Misdirected Request"},
    Status{422, "Unprocessable Content"},
    Status{425, "Too Early"},
    Status{426, "Upgrade Required"},
    Status{429, "Too Many Requests"},
    Status{431, "Request Header Fields Too Large"},
    Status{451, "Unavailable For Legal Reasons"},
    Status{500, "Internal Server Error"},
    Status{501, "Not Implemented"},
    Status{502, "Bad Gateway"},
    Status{503, "Service Unavailable"},
    Status{504, "Gateway Timeout"},
    Status{505, "HTTP Version Not Supported"},
};

std::string system_words(CURL* easy, const char* fallback) {
    long number = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
    if (number == 0) return fallback;
    std::string words = std::generic_category().message(static_cast<int>(number));
    if (!words.empty()) words[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(words[0])));
    return words;
}

/// Why GnuTLS does not trust a certificate; the most telling reason first.
std::string certificate_words(CURL* easy, std::string_view details) {
    long flags = 0;
    curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &flags);
    const auto has = [flags](unsigned flag) { return (static_cast<unsigned long>(flags) & flag) != 0; };
    if (has(GNUTLS_CERT_EXPIRED) || details.find("expir") != std::string_view::npos) return "it has expired";
    if (has(GNUTLS_CERT_NOT_ACTIVATED) || details.find("activat") != std::string_view::npos)
        return "it is not valid yet";
    if (has(GNUTLS_CERT_REVOKED)) return "it has been revoked";
    if (has(GNUTLS_CERT_SIGNER_NOT_FOUND)) return "its issuer is not known here";
    if (has(GNUTLS_CERT_SIGNER_NOT_CA)) return "its issuer is no certificate authority";
    if (has(GNUTLS_CERT_INSECURE_ALGORITHM)) return "it is signed with an insecure algorithm";
    if (details.find("does not match") != std::string_view::npos) return "it is for another host name";
    return flags != 0 ? "it cannot be verified" : std::string(details);
}

}  // namespace

std::string status_text(int status) {
    const auto* found =
        std::find_if(kStatuses.begin(), kStatuses.end(), [status](const Status& s) { return s.number == status; });
    return found == kStatuses.end() ? std::to_string(status) : fmt::format("{} {}", status, found->words);
}

Error http_error(CURLcode code, CURL* easy, std::string_view details) {
    const std::string text = core::mask_secrets(core::clean_utf8(details));
    switch (code) {
        case CURLE_URL_MALFORMAT:
            return {ErrorCode::InvalidConfig, "not a URL"};
        case CURLE_COULDNT_RESOLVE_HOST:
            return {ErrorCode::NotFound, "name not found"};
        case CURLE_COULDNT_CONNECT:
            return {ErrorCode::Io, system_words(easy, "cannot connect")};
        case CURLE_OPERATION_TIMEDOUT:
            return {ErrorCode::Timeout, "time ran out"};
        case CURLE_SSL_CONNECT_ERROR:
            return {ErrorCode::Io, fmt::format("TLS handshake failed: {}", text)};
        case CURLE_SSL_CACERT_BADFILE:
            return {ErrorCode::Io, "the certificates of the system cannot be read"};
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_ISSUER_ERROR:
            return {ErrorCode::Refused, fmt::format("TLS certificate not valid: {}", certificate_words(easy, text))};
        case CURLE_GOT_NOTHING:
            return {ErrorCode::Io, "the server closed the connection without an answer"};
        case CURLE_PARTIAL_FILE:
            return {ErrorCode::Truncated, "the connection was closed before the end of the body"};
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
            return {ErrorCode::Io, system_words(easy, "connection lost")};
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_UNSUPPORTED_PROTOCOL:  // URL schemes are judged before: it is the answer's (HTTP/0.9, or none)
            return {ErrorCode::Corrupt, "the answer is not HTTP"};
        case CURLE_BAD_CONTENT_ENCODING:
            return {ErrorCode::Corrupt, "the answer's compression is broken"};
        case CURLE_HTTP2:
        case CURLE_HTTP2_STREAM:
            return {ErrorCode::Io, fmt::format("HTTP/2 error: {}", text)};
        case CURLE_OUT_OF_MEMORY:
            return {ErrorCode::Io, "out of memory"};
        default:
            return {ErrorCode::Io, text.empty() ? curl_easy_strerror(code) : text};
    }
}

}  // namespace sightline::net
