// SPDX-License-Identifier: Apache-2.0
#include "incidents/heartbeat.hpp"

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/unit/incidents/fake_http.hpp"
#include "tests/unit/incidents/fake_receiver.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

HeartbeatCounts some_counts() {
    HeartbeatCounts counts;
    counts.streams = 12;
    counts.streams_in_alarm = 2;
    counts.open_alarms = {{core::Severity::Critical, 1}, {core::Severity::Warning, 3}};
    counts.owed = 4;
    counts.oldest_owed = 90s;
    return counts;
}

}  // namespace

TEST_CASE("A heartbeat says who lives, since when, and how many alarms are open") {
    CHECK(heartbeat_body({"", "probe-a", 30s}, some_counts(), 7, 1500ms, kNoon) ==
          R"({"type":"heartbeat","probe":"probe-a","sequence":7,"sent_at":"2026-11-21T12:00:00.000Z","every_s":30.000,)"
          R"("uptime_s":1.500,"streams":{"total":12,"in_alarm":2},"alarms":{"critical":1,"major":0,"minor":0,)"
          R"("warning":3,"info":0},"outbox":{"owed":4,"oldest_s":90.000}})");
    CHECK(json::parse(heartbeat_body({"", "p", 30s}, {}, 1, 0s, kNoon))["outbox"]["oldest_s"].is_null());
}

TEST_CASE("A heartbeat goes out at once and then at its pace") {
    VirtualLoop time;
    FakeHttp http;
    const Heartbeat heartbeat(time.loop, http.send(), {"https://h/alive", "probe-a", 30s}, some_counts);
    time.settle();
    REQUIRE(http.requests.size() == 1);
    CHECK(http.requests[0].request.method == "POST");
    CHECK(http.requests[0].request.url == "https://h/alive");
    CHECK(http.requests[0].request.total_timeout == 10s);
    http.answer(0, answer_of(204));
    CHECK(heartbeat.metrics().sent == 1);
    time.run(29s);
    CHECK(http.requests.size() == 1);
    time.run(1s);
    REQUIRE(http.requests.size() == 2);
    CHECK(json::parse(http.requests[1].request.body)["sequence"] == 2);
    CHECK(json::parse(http.requests[1].request.body)["uptime_s"] == 30.0);
}

TEST_CASE("A beat that fails or is never answered is counted, and the next one goes out in time") {
    VirtualLoop time;
    FakeHttp http;
    const Heartbeat heartbeat(time.loop, http.send(), {"https://h/alive", "probe-a", 5s}, some_counts);
    time.settle();
    http.answer(0, answer_of(500));
    CHECK(heartbeat.metrics().failed == 1);
    CHECK(heartbeat.metrics().last_error == "500 Internal Server Error");
    time.run(5s);
    time.run(5s);  // the second was not answered
    CHECK(http.requests.size() == 3);
    CHECK(http.live() == 1);
    CHECK(heartbeat.metrics().failed == 2);
    CHECK(heartbeat.metrics().last_error == "no answer within 5s");
    http.answer(2, answer_of(200));
    CHECK(heartbeat.metrics().last_error.empty());
}
