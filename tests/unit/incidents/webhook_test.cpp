// SPDX-License-Identifier: Apache-2.0
#include "incidents/webhook.hpp"

#include <limits>

#include "incidents/payload.hpp"
#include "tests/catch.hpp"
#include "tests/unit/incidents/fake_http.hpp"
#include "tests/unit/incidents/notices.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;
using Kind = Outcome::Kind;

namespace {

Delivery delivery() {
    Delivery made;
    made.notice = routed(transition("probe-a-7", 1, core::AlarmState::Raised), {}).notice;
    made.event_id = "probe-a-7.1";
    made.body = payload(made.notice, kNoon);
    return made;
}

std::string header(const net::HttpRequest& request, const std::string& name) {
    for (const auto& [known, value] : request.headers) {
        if (known == name) return value;
    }
    return "(none)";
}

/// What a webhook makes of one answer.
Outcome outcome_after(const core::Result<net::HttpResponse>& answer, std::optional<net::HttpResponse> head = {}) {
    FakeHttp http;
    Webhook webhook(http.send(), {"https://hooks.example/x", "", {}, 10s});
    std::optional<Outcome> outcome;
    webhook.send(delivery(), [&](const Outcome& how) { outcome = how; });
    CHECK_FALSE(outcome);
    if (head) http.requests[0].request.on_head(*head);
    http.answer(0, answer);
    REQUIRE(outcome);
    return *outcome;
}

}  // namespace

TEST_CASE("A webhook is a signed POST of the body as it stands") {
    FakeHttp http;
    Webhook webhook(http.send(), {"https://hooks.example/x?token=t", "s3cret", {{"X-Room", "noc"}}, 7s});
    webhook.send(delivery(), [](const Outcome&) {});
    REQUIRE(http.requests.size() == 1);
    const net::HttpRequest& post = http.requests[0].request;
    CHECK(post.method == "POST");
    CHECK(post.url == "https://hooks.example/x?token=t");
    CHECK(post.body == delivery().body);
    CHECK(post.total_timeout == 7s);
    CHECK(header(post, "Content-Type") == "application/json");
    CHECK(header(post, "User-Agent") == user_agent());
    CHECK(header(post, "X-Room") == "noc");
    CHECK(header(post, "Sightline-Event-Id") == "probe-a-7.1");
    CHECK(header(post, "Sightline-Signature") == "sha256=" + hmac_sha256_hex("s3cret", post.body));
}

TEST_CASE("Own headers may replace the type and the agent, never the signature; without a secret there is none") {
    FakeHttp http;
    Webhook webhook(
        http.send(),
        {"https://hooks.example/x", "", {{"content-type", "text/json"}, {"sightline-event-id", "forged"}}, 10s});
    webhook.send(delivery(), [](const Outcome&) {});
    const net::HttpRequest& post = http.requests.at(0).request;
    CHECK(header(post, "Content-Type") == "text/json");
    CHECK(header(post, "Sightline-Event-Id") == "(none)");
    CHECK(header(post, "sightline-event-id") == "probe-a-7.1");
    CHECK(header(post, "Sightline-Signature") == "(none)");
}

TEST_CASE("Answers are sorted by what to do next") {
    const std::pair<int, Kind> cases[] = {
        {200, Kind::Delivered},   {202, Kind::Delivered},   {204, Kind::Delivered},   {301, Kind::Unreachable},
        {400, Kind::Rejected},    {401, Kind::Unreachable}, {403, Kind::Unreachable}, {404, Kind::Unreachable},
        {405, Kind::Unreachable}, {407, Kind::Unreachable}, {408, Kind::Unreachable}, {409, Kind::Rejected},
        {410, Kind::Unreachable}, {413, Kind::Rejected},    {422, Kind::Rejected},    {425, Kind::Failed},
        {429, Kind::Unreachable}, {500, Kind::Failed},      {501, Kind::Failed},      {502, Kind::Unreachable},
        {503, Kind::Unreachable}, {504, Kind::Unreachable}, {599, Kind::Failed}};
    for (const auto& [status, kind] : cases) {
        INFO(status);
        CHECK(outcome_after(answer_of(status)).kind == kind);
    }
}

TEST_CASE("A failure says status and the first words of the answer, without secrets") {
    auto answer = answer_of(422, "bad \x01json at https://u:p@h/\nsecond line");
    CHECK(outcome_after(answer).reason == net::status_text(422) + ": bad  json at https://u:***@h/");
    answer.body = std::string(1'000, 'x');
    CHECK(outcome_after(answer).reason == net::status_text(422) + ": " + std::string(160, 'x') + "...");
    answer.body.clear();
    CHECK(outcome_after(answer).reason == net::status_text(422));
    const auto refused = outcome_after(core::fail(core::ErrorCode::Io, "connection refused"));
    CHECK(refused.kind == Kind::Unreachable);
    CHECK(refused.reason == "connection refused");
}

TEST_CASE("The status decides even where the rest of the answer is broken off") {
    const auto broken = core::fail(core::ErrorCode::Refused, "the body is longer than 65536 bytes");
    CHECK(outcome_after(broken, answer_of(200)).kind == Kind::Delivered);
    CHECK(outcome_after(broken, answer_of(400)).kind == Kind::Rejected);
}

TEST_CASE("Retry-After is read in seconds") {
    CHECK(parse_retry_after("120") == 120s);
    CHECK(parse_retry_after(" 0 ") == 0s);
    CHECK(parse_retry_after("4294967295") == std::chrono::seconds{4'294'967'295});
    for (const char* odd : {"", " ", "-1", "1.5", "12 s", "99999999999999999999", "Wed, 21 Oct 2026 07:28:00 GMT"}) {
        INFO(odd);
        CHECK_FALSE(parse_retry_after(odd));
    }
    auto answer = answer_of(503);
    answer.headers = {{"retry-after", "30"}};
    CHECK(outcome_after(answer).retry_after == 30s);
}

TEST_CASE("A webhook that goes abandons its requests") {
    FakeHttp http;
    bool answered = false;
    {
        Webhook webhook(http.send(), {"https://hooks.example/x", "", {}, 10s});
        webhook.send(delivery(), [&](const Outcome&) { answered = true; });
        CHECK(http.live() == 1);
    }
    CHECK(http.live() == 0);
    http.answer(0, answer_of(200));
    CHECK_FALSE(answered);
}
