// SPDX-License-Identifier: Apache-2.0
#include "incidents/pagerduty_inbound.hpp"

#include "fuzz/pagerduty_targets.hpp"
#include "fuzz/vendor_answer_targets.hpp"
#include "tests/catch.hpp"
#include "tests/fuzz_replay.hpp"
#include "tests/unit/incidents/notices.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;
using Command = PagerDutyCommand::Kind;

namespace {

std::string event(const std::string& type, const std::string& id = "E1",
                  const std::string& at = "2026-11-21T12:00:00.000Z") {
    return R"({"event":{"id":")" + id + R"(","event_type":")" + type +
           R"(","resource_type":"incident","occurred_at":")" + at +
           R"(","agent":{"id":"P1","type":"user_reference","summary":"J. Moreau"},)"
           R"("data":{"id":"Q1","type":"incident","status":"acknowledged","incident_key":"news/video.black/video:1"}}})";
}

std::string sign(const std::string& body, const std::string& secret = "s3cret") {
    return "v1=" + hmac_sha256_hex(secret, body);
}

int refusal(PagerDutyInbound& inbound, const std::string& body, const std::string& header, core::UtcTime now = kNoon) {
    const auto command = inbound.read(body, header, now);
    return command ? 0 : command.error().status;
}

}  // namespace

TEST_CASE("A signed acknowledgement becomes a command for the alarm with that key") {
    PagerDutyInbound inbound({"s3cret"});
    const std::string body = event("incident.acknowledged");
    const auto command = inbound.read(body, sign(body), kNoon + 2s);
    REQUIRE(command);
    CHECK(command->kind == Command::Acknowledge);
    CHECK(command->dedup_key == "news/video.black/video:1");
    CHECK(command->person == "J. Moreau");
    const std::string over = event("incident.resolved", "E2");
    CHECK(inbound.read(over, sign(over), kNoon)->kind == Command::Resolve);
    const std::string back = event("incident.unacknowledged", "E3");
    CHECK(inbound.read(back, sign(back), kNoon)->kind == Command::Unacknowledge);
    const std::string other = event("incident.priority_updated", "E4");
    CHECK(inbound.read(other, sign(other), kNoon)->kind == Command::Nothing);
}

TEST_CASE("Any signature of a list, by any of our secrets, will do; no other") {
    const std::string body = event("incident.acknowledged");
    PagerDutyInbound rotated({"new", "s3cret"});
    CHECK(refusal(rotated, body, "v1=" + std::string(64, 'a') + ", " + sign(body)) == 0);
    PagerDutyInbound inbound({"s3cret"});
    CHECK(refusal(inbound, body, "") == 401);
    CHECK(refusal(inbound, body, sign(body, "other")) == 401);
    CHECK(refusal(inbound, body + " ", sign(body)) == 401);
    CHECK(refusal(inbound, body, "v2=" + sign(body).substr(3)) == 401);
    CHECK(refusal(inbound, body, sign(body).substr(0, 40)) == 401);
    std::string many;
    for (int i = 0; i < 16; ++i) many += "v1=x,";
    CHECK(refusal(inbound, body, many + sign(body)) == 401);
    PagerDutyInbound none({""});
    CHECK(refusal(none, body, sign(body, "")) == 401);
    CHECK(refusal(inbound, body, sign(body)) == 0);  // none of these used it up
}

TEST_CASE("Replays, old events and events of tomorrow are refused") {
    PagerDutyInbound inbound({"s3cret"});
    const std::string body = event("incident.acknowledged");
    CHECK(refusal(inbound, body, sign(body), kNoon) == 0);
    CHECK(refusal(inbound, body, sign(body), kNoon + 1s) == 409);
    CHECK(refusal(inbound, body, sign(body), kNoon + 59min) == 409);
    CHECK(refusal(inbound, body, sign(body), kNoon + 61min) == 409);  // forgotten, and too old by then
    const std::string early = event("incident.acknowledged", "E9", "2026-11-21T12:06:00.000Z");
    CHECK(refusal(inbound, early, sign(early), kNoon) == 409);
    CHECK(refusal(inbound, early, sign(early), kNoon + 2min) == 0);
}

TEST_CASE("What is signed but no event of PagerDuty is refused in words") {
    PagerDutyInbound inbound({"s3cret"});
    const std::pair<std::string, std::string> rows[] = {
        {"", "the body is no JSON object with an event"},
        {"[]", "the body is no JSON object with an event"},
        {R"({"event":7})", "the body is no JSON object with an event"},
        {R"({"event":{"id":7}})", "the event has no usable id"},
        {R"({"event":{"id":"a","occurred_at":"noon"}})", "the event's occurred_at is no time"},
        {R"({"event":{"id":"a","occurred_at":"2026-11-21T12:00:00Z","event_type":"incident.resolved","data":[]}})",
         "the event's incident_key is none of ours"},
        {std::string(PagerDutyInbound::kMostBody + 1, ' '), "the body is too long"}};
    for (const auto& [body, why] : rows) {
        const auto command = inbound.read(body, sign(body), kNoon);
        REQUIRE_FALSE(command);
        CHECK(command.error().status == 400);
        CHECK(command.error().why == why);
    }
}

TEST_CASE("The fuzz targets keep their promises over what is kept") {
    const auto through = [](void (*target)(const std::uint8_t*, std::size_t)) {
        return [target](const std::string& bytes) {
            target(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
        };
    };
    CHECK(tests::replay("pagerduty", through(fuzz::pagerduty_event)) >= 3);
    CHECK(tests::replay("vendor_answer", through(fuzz::vendor_answer)) >= 3);
}
