// SPDX-License-Identifier: Apache-2.0
#include "net/http_transfer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "core/text.hpp"
#include "net/http_words.hpp"

namespace sightline::net {
namespace {

constexpr std::size_t kMostHeaders = 200;
constexpr long kBufferBytes = 64L << 10;
constexpr const char* kUserAgent = "Sightline";

bool breaks_line(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

void append(HeaderList& list, const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    [[maybe_unused]] curl_slist* same_head = list.release();
    list.reset(longer);
}

std::string_view trim(std::string_view text) {
    const auto space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && space(text.front())) text.remove_prefix(1);
    while (!text.empty() && space(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace

HttpTransfer::HttpTransfer(const HttpRequest& request, std::string url, HttpTarget target, bool keep_headers,
                           bool from_public, std::function<void()> note_activity)
    : request_(request),
      target_(std::move(target)),
      keep_headers_(keep_headers),
      public_only_(from_public && !request.allow_private),
      note_activity_(std::move(note_activity)),
      easy_(curl_easy_init()) {
    if (!easy_) throw std::bad_alloc();
    response.url = std::move(url);
    response.from_public = from_public;
}

void HttpTransfer::prepare(const std::vector<Address>& addresses) {
    CURL* easy = easy_.get();
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, details_.data());
    curl_easy_setopt(easy, CURLOPT_URL, response.url.c_str());
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &HttpTransfer::take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &HttpTransfer::take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    if (request_.unix_socket.empty()) {
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &HttpTransfer::open_socket);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
        curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &HttpTransfer::before_request);
        curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
    } else {
        curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, request_.unix_socket.c_str());
        connected = true;
    }
    set_limits();
    set_request();
    set_addresses(addresses);
}

void HttpTransfer::set_limits() {
    CURL* easy = easy_.get();
    const auto connect_ms = std::chrono::ceil<std::chrono::milliseconds>(request_.connect_timeout).count();
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, std::max<long>(1, static_cast<long>(connect_ms)));
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);  // HttpClient follows: each hop is judged anew
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // should libcurl ever look a name up, nobody waits for it
    curl_easy_setopt(easy, CURLOPT_PROXY, "");       // the policy judges the address connected to: no proxy between
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kBufferBytes);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, request_.verify_tls ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, request_.verify_tls ? 2L : 0L);
}

void HttpTransfer::set_request() {
    CURL* easy = easy_.get();
    const std::string& method = request_.method;
    if (method == "HEAD") {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (method == "GET" && request_.body.empty()) {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    } else {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.c_str());
        append(headers_, "Expect:");  // no waiting for 100-continue
    }
    if (request_.compressed) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    if (request_.range && request_.range->second > 0) {
        const auto [first, count] = *request_.range;
        curl_easy_setopt(easy, CURLOPT_RANGE, fmt::format("{}-{}", first, first + count - 1).c_str());
    }
    curl_easy_setopt(easy, CURLOPT_USERAGENT, kUserAgent);
    for (const auto& [header_name, value] : request_.headers) {
        if (!keep_headers_ && !travels(header_name)) continue;
        if (header_name.empty() || breaks_line(header_name) || breaks_line(value)) continue;
        append(headers_, value.empty() ? header_name + ';' : fmt::format("{}: {}", header_name, value));
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
}

void HttpTransfer::set_addresses(const std::vector<Address>& addresses) {
    if (Address::parse(target_.host)) return;  // libcurl reads numbers itself
    std::string line = fmt::format("+{}:{}:", target_.host, target_.port);
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const bool v6 = addresses[i].is_v6();
        line += fmt::format("{}{}{}{}", i == 0 ? "" : ",", v6 ? "[" : "", addresses[i].host(), v6 ? "]" : "");
    }
    append(resolve_, line);
    curl_easy_setopt(easy_.get(), CURLOPT_RESOLVE, resolve_.get());
}

bool HttpTransfer::forbidden(const Address& address) {
    if (!public_only_ || !address.is_internal()) return false;
    error_ = core::Error{core::ErrorCode::Refused,
                         fmt::format("a public server led to the {} address {}; allow_private would permit it",
                                     name(address.kind()), address.host())};
    return true;
}

curl_socket_t HttpTransfer::open_socket(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
    auto& transfer = *static_cast<HttpTransfer*>(self);
    const auto target = Address::from(&address->addr, address->addrlen);
    if (!target || transfer.forbidden(*target)) return CURL_SOCKET_BAD;
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Runs for reused connections too, which were opened for others under their own policy.
int HttpTransfer::before_request(void* self, char* remote, char* /*local*/, int remote_port, int /*local_port*/) {
    auto& transfer = *static_cast<HttpTransfer*>(self);
    const auto address = Address::parse(remote, remote_port);
    if (!address) return CURL_PREREQFUNC_ABORT;
    transfer.response.remote = *address;
    if (transfer.forbidden(*address)) return CURL_PREREQFUNC_ABORT;
    transfer.response.from_public = transfer.response.from_public || !address->is_internal();
    transfer.error_.reset();  // another address of the same name was refused, this one is fine
    transfer.connected = true;
    transfer.note_activity_();
    return CURL_PREREQFUNC_OK;
}

std::size_t HttpTransfer::take_header(char* data, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<HttpTransfer*>(self);
    transfer.note_activity_();
    transfer.header_line(std::string_view(data, size * count));
    return size * count;
}

void HttpTransfer::header_line(std::string_view line) {
    line = trim(line);
    if (head_complete) return;           // trailers
    if (line.substr(0, 5) == "HTTP/") {  // a new head: after 100 Continue, or a challenge
        response.headers.clear();
        return;
    }
    if (line.empty()) {
        long status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        response.status = static_cast<int>(status);
        head_complete = status >= 200;
        return;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || response.headers.size() >= kMostHeaders) return;
    response.headers.emplace_back(core::clean_utf8(core::ascii_lower(trim(line.substr(0, colon)))),
                                  core::clean_utf8(trim(line.substr(colon + 1))));
}

std::size_t HttpTransfer::take_body(char* data, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<HttpTransfer*>(self);
    const std::size_t bytes = size * count;
    transfer.note_activity_();
    if (transfer.request_.ready_for_data && !transfer.request_.ready_for_data()) {
        transfer.paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    transfer.received_ += bytes;
    const std::size_t limit = transfer.request_.max_bytes;
    if (limit != 0 && transfer.received_ > limit) {
        transfer.error_ =
            core::Error{core::ErrorCode::Refused, fmt::format("the answer is larger than {} bytes", limit)};
        return CURL_WRITEFUNC_ERROR;
    }
    transfer.pending.append(data, bytes);
    return bytes;
}

void HttpTransfer::read_outcome() {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    response.status = static_cast<int>(status);
    const char* location = nullptr;
    curl_easy_getinfo(easy_.get(), CURLINFO_REDIRECT_URL, &location);
    const bool redirects = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    redirect_ = redirects && location != nullptr ? location : "";
}

core::Error HttpTransfer::error(CURLcode code) const {
    if (error_) return *error_;
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return {core::ErrorCode::Timeout,
                fmt::format("no connection within {}", core::to_text(request_.connect_timeout))};
    }
    return http_error(code, easy_.get(), details_.data());
}

}  // namespace sightline::net
