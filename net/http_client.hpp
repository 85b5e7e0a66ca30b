// SPDX-License-Identifier: Apache-2.0
// The one way in which Sightline fetches or posts anything over HTTP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "net/address.hpp"
#include "net/event_loop.hpp"
#include "net/resolver.hpp"

namespace sightline::net {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpResponse {
    int status = 0;
    HttpHeaders headers;       ///< names in lower case, values cleaned; at most 200
    std::string body;          ///< decompressed; empty where `on_data` took it
    std::string url;           ///< after redirects
    Address remote;            ///< who answered
    bool from_public = false;  ///< this answer, or a redirect on the way to it, came from a public address
    [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
    /// Value of the first header of that (lower-case) name; empty where there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// "404 Not Found"; the number alone where HTTP has no words for it.
[[nodiscard]] std::string status_text(int status);

struct HttpRequest {
    std::string method = "GET";
    std::string url;          ///< http or https; may carry user:password
    std::string unix_socket;  ///< connect to this path instead of the URL's host; outside the address policy
    HttpHeaders headers;      ///< of these, only User-Agent, Accept and Referer follow a redirect to another host
    std::string body;         ///< of POST, PUT, PATCH
    std::optional<std::pair<std::uint64_t, std::uint64_t>> range;  ///< first byte and count (≥ 1); expect 206

    core::Duration connect_timeout = std::chrono::seconds{10};  ///< name, TCP and TLS together, per address list
    core::Duration total_timeout{};                             ///< all of it, redirects included; 0: no limit
    core::Duration stall_timeout{};    ///< longest time without a byte from the server once connected; 0: no limit
    std::size_t max_bytes = 8U << 20;  ///< of the body, decompressed; 0: no limit
    int max_redirects = 5;             ///< followed for GET and HEAD only; others get the 3xx as their answer
    bool compressed = true;            ///< ask for gzip
    bool verify_tls = true;

    /// Address policy. What a public address gave us (a redirect, a line of a playlist) must not lead to a loopback,
    /// private or link-local one: checked on the address that is connected to. A URL that the user wrote may lead
    /// anywhere: leave `from_public` false for it, and copy HttpResponse::from_public into what follows from an answer.
    bool from_public = false;
    bool allow_private = false;  ///< switches the policy off

    /// Head of the final answer (its body is still empty), before any data. Optional.
    std::function<void(const HttpResponse& head)> on_head;
    /// The body of a 2xx answer in pieces as they come, instead of HttpResponse::body. Optional.
    std::function<void(std::span<const std::byte> data)> on_data;
    /// Asked before bytes are read; while it says false the server is held back and it is asked again every 5 ms. It
    /// may be called from within libcurl: it must not touch the client. Optional.
    std::function<bool()> ready_for_data;
};

/// HTTP/1.1 and 2 by libcurl's multi interface, driven by the event loop; names by Resolver; connections are reused.
/// Proxies of the environment are not used, cookies not kept.
///
/// Threading: the loop's thread; before the loop in destruction. The loop's Clock must be the system's.
/// Errors:    statuses such as 404 are answers, not errors. Timeout; NotFound: no such name; Refused: TLS certificate,
///            address policy or a size limit said no; InvalidConfig: not an http(s) URL; Corrupt: not HTTP, or broken
///            gzip; Io: the rest. Messages are in words and name no URL: "connection refused".
class HttpClient {
public:
    using Done = std::function<void(core::Result<HttpResponse> response)>;

    explicit HttpClient(EventLoop& loop, Resolver::Lookup lookup = look_up);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// Callbacks come from the loop, never from within send(); each may drop the handle or the client. Dropping the
    /// handle ends the request at once.
    [[nodiscard]] EventLoop::Handle send(HttpRequest request, Done done);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sightline::net
