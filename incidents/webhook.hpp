// SPDX-License-Identifier: Apache-2.0
// Alarms as signed HTTP POSTs (docs/notifications.md).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "incidents/http_send.hpp"
#include "incidents/transport.hpp"

namespace sightline::incidents {

struct WebhookSettings {
    std::string url;
    std::string secret;                          ///< key of the signature; empty: unsigned
    std::map<std::string, std::string> headers;  ///< may replace Content-Type and User-Agent, not Sightline-…
    core::Duration timeout = std::chrono::seconds{10};
};

/// What the answer of a receiver means to the outbox.
///
/// 2xx: delivered. 5xx: this notice failed. 408, 429, 502, 503, 504, and what tells of the receiver's set-up and not of
/// the notice (3xx, 401, 403, 404, 405, 407, 410): the receiver is unreachable. Any other: the notice is rejected.
[[nodiscard]] Outcome outcome_of(const net::HttpResponse& response);

/// Reads Retry-After in seconds (RFC 9110, 10.2.3). Empty for a date, which says nothing to a clock that may be wrong,
/// and for anything else.
[[nodiscard]] std::optional<core::Duration> parse_retry_after(std::string_view value);

/// One receiver behind a URL. Redirects are not followed. A body that comes with the answer is read up to 64 KiB and
/// only its first words are kept, for the reason of a failure.
///
/// Threading: the loop's thread.
class Webhook final : public Transport {
public:
    Webhook(HttpSend http, WebhookSettings settings);
    void send(const Delivery& delivery, std::function<void(Outcome)> done) override;

private:
    [[nodiscard]] net::HttpRequest request(const Delivery& delivery) const;

    HttpSend http_;
    WebhookSettings settings_;
    std::uint64_t next_ = 0;
    std::map<std::uint64_t, net::EventLoop::Handle> requests_;
};

/// "Sightline/<version>".
[[nodiscard]] const char* user_agent();

}  // namespace sightline::incidents
