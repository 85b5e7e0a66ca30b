// SPDX-License-Identifier: Apache-2.0
#include "incidents/heartbeat.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "incidents/webhook.hpp"

namespace sightline::incidents {
namespace {

constexpr core::Duration kLongestWait = std::chrono::seconds{10};
constexpr std::size_t kMaxAnswer = 64U << 10;

}  // namespace

std::string heartbeat_body(const HeartbeatSettings& settings, const HeartbeatCounts& counts, std::uint64_t sequence,
                           core::Duration uptime, core::UtcTime now) {
    std::string body = "{\"type\":\"heartbeat\",\"probe\":" + core::json_string(settings.probe);
    body += ",\"sequence\":" + std::to_string(sequence);
    body += ",\"sent_at\":\"" + core::to_rfc3339(now) + '"';
    body += ",\"every_s\":" + core::json_number(core::to_seconds(settings.every), 3);
    body += ",\"uptime_s\":" + core::json_number(core::to_seconds(uptime), 3);
    body += ",\"streams\":{\"total\":" + std::to_string(counts.streams);
    body += ",\"in_alarm\":" + std::to_string(counts.streams_in_alarm) + "},\"alarms\":{";
    constexpr core::Severity kWorstFirst[] = {core::Severity::Critical, core::Severity::Major, core::Severity::Minor,
                                              core::Severity::Warning, core::Severity::Info};
    for (const core::Severity severity : kWorstFirst) {
        const auto found = counts.open_alarms.find(severity);
        const std::size_t count = found == counts.open_alarms.end() ? 0 : found->second;
        if (severity != core::Severity::Critical) body += ',';
        body += core::json_string(core::name(severity)) + ':' + std::to_string(count);
    }
    body += "},\"outbox\":{\"owed\":" + std::to_string(counts.owed) + ",\"oldest_s\":";
    body +=
        core::json_number(counts.oldest_owed ? std::optional(core::to_seconds(*counts.oldest_owed)) : std::nullopt, 3);
    return body + "}}";
}

Heartbeat::Heartbeat(net::EventLoop& loop, HttpSend http, HeartbeatSettings settings,
                     std::function<HeartbeatCounts()> counts)
    : loop_(loop),
      http_(std::move(http)),
      settings_(std::move(settings)),
      counts_(std::move(counts)),
      started_(loop.clock().now()) {
    first_ = loop_.after(core::Duration::zero(), [this] { beat(); });
    timer_ = loop_.every(settings_.every, [this] { beat(); });
}

void Heartbeat::beat() {
    if (request_) {
        ++metrics_.failed;
        metrics_.last_error = "no answer within " + core::to_text(settings_.every);
        request_.reset();
    }
    net::HttpRequest post;
    post.method = "POST";
    post.url = settings_.url;
    post.headers = {{"Content-Type", "application/json"}, {"User-Agent", user_agent()}};
    post.body = heartbeat_body(settings_, counts_(), ++sequence_, loop_.clock().now() - started_, loop_.clock().utc());
    post.connect_timeout = post.total_timeout = std::min(settings_.every, kLongestWait);
    post.max_bytes = kMaxAnswer;
    post.max_redirects = 0;
    request_ = http_(std::move(post), [this](const core::Result<net::HttpResponse>& response) {
        const bool taken = response && response->ok();
        ++(taken ? metrics_.sent : metrics_.failed);
        metrics_.last_error = taken      ? std::string{}
                              : response ? net::status_text(response->status)
                                         : response.error().message;
        request_.reset();
    });
}

}  // namespace sightline::incidents
