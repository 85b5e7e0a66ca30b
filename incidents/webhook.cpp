// SPDX-License-Identifier: Apache-2.0
#include "incidents/webhook.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include "core/text.hpp"
#include "incidents/payload.hpp"

namespace sightline::incidents {
namespace {

constexpr std::size_t kMaxAnswer = 64U << 10;
constexpr std::size_t kKeptWords = 160;

bool same_name(std::string_view one, std::string_view other) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                      [&](char a, char b) { return lower(a) == lower(b); });
}

void set_header(net::HttpHeaders& headers, const std::string& name, const std::string& value) {
    for (auto& [known, its] : headers) {
        if (!same_name(known, name)) continue;
        its = value;
        return;
    }
    headers.emplace_back(name, value);
}

Outcome::Kind kind_of(int status) {
    if (status >= 200 && status < 300) return Outcome::Kind::Delivered;
    switch (status) {
        case 401:
        case 403:
        case 404:
        case 405:
        case 407:
        case 408:
        case 410:
        case 429:
        case 502:
        case 503:
        case 504:
            return Outcome::Kind::Unreachable;
        case 425:  // Too Early (RFC 8470): the same request later
            return Outcome::Kind::Failed;
        default:
            break;
    }
    if (status >= 500) return Outcome::Kind::Failed;
    return status >= 400 ? Outcome::Kind::Rejected : Outcome::Kind::Unreachable;
}

std::string first_words(const std::string& body) {
    std::string text = body.substr(0, body.find_first_of("\r\n"));
    if (text.size() > kKeptWords) text = text.substr(0, kKeptWords) + "...";
    return core::mask_secrets(core::clean_utf8(text));
}

}  // namespace

const char* user_agent() {
    return "Sightline/" SIGHTLINE_VERSION;
}

std::optional<core::Duration> parse_retry_after(std::string_view value) {
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (error != std::errc{} || end != value.data() + value.size()) return std::nullopt;
    return std::chrono::seconds{seconds};
}

Outcome outcome_of(const net::HttpResponse& response) {
    Outcome outcome;
    outcome.kind = kind_of(response.status);
    if (outcome.kind == Outcome::Kind::Delivered) return outcome;
    outcome.reason = net::status_text(response.status);
    if (const std::string words = first_words(response.body); !words.empty()) outcome.reason += ": " + words;
    outcome.retry_after = parse_retry_after(response.header("retry-after"));
    return outcome;
}

Webhook::Webhook(HttpSend http, WebhookSettings settings) : http_(std::move(http)), settings_(std::move(settings)) {}

net::HttpRequest Webhook::request(const Delivery& delivery) const {
    net::HttpRequest request;
    request.method = "POST";
    request.url = settings_.url;
    request.headers = {{"Content-Type", "application/json"}, {"User-Agent", user_agent()}};
    for (const auto& [name, value] : settings_.headers) set_header(request.headers, name, value);
    set_header(request.headers, "Sightline-Event-Id", delivery.event_id);
    if (!settings_.secret.empty()) {
        set_header(request.headers, "Sightline-Signature",
                   "sha256=" + hmac_sha256_hex(settings_.secret, delivery.body));
    }
    request.body = delivery.body;
    request.connect_timeout = settings_.timeout;
    request.total_timeout = settings_.timeout;
    request.max_bytes = kMaxAnswer;
    request.max_redirects = 0;
    return request;
}

void Webhook::send(const Delivery& delivery, std::function<void(Outcome)> done) {
    const std::uint64_t number = next_++;
    net::HttpRequest post = request(delivery);
    // The status decides, even where the rest of the answer never comes or is too long.
    auto head = std::make_shared<std::optional<net::HttpResponse>>();
    post.on_head = [head](const net::HttpResponse& response) { *head = response; };
    auto answered = [this, number, head, done = std::move(done)](const core::Result<net::HttpResponse>& response) {
        Outcome outcome{Outcome::Kind::Unreachable, {}, std::nullopt};
        if (response) {
            outcome = outcome_of(*response);
        } else if (*head) {
            outcome = outcome_of(**head);
        } else {
            outcome.reason = response.error().message;
        }
        const auto finished = requests_.extract(number);  // its handle dies after the answer is passed on
        done(outcome);
    };
    requests_[number] = http_(std::move(post), std::move(answered));
}

}  // namespace sightline::incidents
