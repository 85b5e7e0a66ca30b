// SPDX-License-Identifier: Apache-2.0
#include "incidents/payload.hpp"

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/unit/incidents/notices.hpp"

using namespace sightline;
using namespace sightline::incidents;
using core::AlarmState;
using nlohmann::json;

TEST_CASE("The signature is HMAC-SHA-256 as RFC 4231 has it") {
    // RFC 4231, test cases 1, 2 and 6
    CHECK(hmac_sha256_hex(std::string(20, '\x0b'), "Hi There") ==
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(hmac_sha256_hex("Jefe", "what do ya want for nothing?") ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(hmac_sha256_hex(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First") ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("The body is the alarm object with its context at the end") {
    const auto notice = routed(transition("probe-a-7", 1, AlarmState::Raised), {}).notice;
    const std::string body = payload(notice, kNoon + std::chrono::milliseconds{3'250});
    CHECK(body.find('\n') == std::string::npos);
    const json object = json::parse(body);
    CHECK(object["type"] == "alarm");
    CHECK(object["id"] == "probe-a-7");
    CHECK(object["dedup_key"] == "news/video.black/video:1");
    CHECK(object["probe"] == "probe-a");
    CHECK(object["path"] == "news-hd");
    CHECK(object["tags"]["site"] == "london");
    CHECK(object["runbook"] == "https://wiki.example/enc7");
    CHECK(object["links"] == json::object());
    CHECK(object["duration_s"] == 3.0);
    CHECK(object["event_id"] == "probe-a-7.1");
    CHECK(object["sent_at"] == "2026-11-21T12:00:03.250Z");
}

TEST_CASE("A cleared alarm says its duration once") {
    auto notice = routed(transition("probe-a-7", 2, AlarmState::Cleared), {}).notice;
    std::string body = payload(notice, kNoon);
    CHECK(json::parse(body)["duration_s"] == 6.04);
    CHECK(body.find("duration_s") == body.rfind("duration_s"));
    notice.alarm.duration_s.reset();
    body = payload(notice, kNoon);
    CHECK(json::parse(body)["duration_s"] == 6.04);
}

TEST_CASE("What is not known is null") {
    auto notice = routed(transition("a-1", 1, AlarmState::Raised), {}).notice;
    notice.alarm.since = {};
    notice.facts.path.clear();
    notice.facts.runbook.clear();
    const json object = json::parse(payload(notice, kNoon));
    CHECK(object["duration_s"].is_null());
    CHECK(object["path"].is_null());
    CHECK(object["runbook"].is_null());
}

TEST_CASE("A duplicate key stays the same for one identity and differs between two") {
    auto alarm = transition("a-1", 1, AlarmState::Raised);
    const std::string key = dedup_key(alarm);
    alarm.id = "a-2";
    alarm.pid = 300;
    CHECK(dedup_key(alarm) == key);
    alarm.subject.service = 3;
    CHECK(dedup_key(alarm) == "news/video.black/service:3;video:1");
    alarm.subject = {};
    CHECK(dedup_key(alarm) == "news/video.black/stream");
}

TEST_CASE("A duplicate key fits 255 bytes, is valid UTF-8 and stays unique when cut") {
    auto alarm = transition("a-1", 1, AlarmState::Raised);
    for (int i = 0; i < 200; ++i) alarm.rule += "\xc3\xa9";
    const std::string one = dedup_key(alarm);
    alarm.rule += "x";
    const std::string other = dedup_key(alarm);
    CHECK(one.size() <= kMaxDedupKey);
    CHECK(one.size() > kMaxDedupKey - 3);
    CHECK(one != other);
    CHECK_NOTHROW(json(one).dump());  // throws on broken UTF-8
}

TEST_CASE("Facts come back from the store as they went in") {
    const AlarmFacts facts{"p", "x\"y", {{"a", "1"}, {"b", ""}}, "https://w", {{"alarm", "http://h/1"}}};
    CHECK(facts_from_json(to_json(facts)) == facts);
    CHECK_FALSE(facts_from_json("[]"));
    CHECK_FALSE(facts_from_json("{\"probe\":"));
    CHECK(facts_from_json(R"({"probe":3,"tags":[1]})") == AlarmFacts{});
}
