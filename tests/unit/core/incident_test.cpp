// SPDX-License-Identifier: Apache-2.0
#include "core/incident.hpp"

#include "tests/catch.hpp"

using namespace sightline::core;
using namespace std::chrono_literals;

namespace {

UtcTime at(std::chrono::seconds offset) {
    return *parse_rfc3339("2026-11-22T03:00:00Z") + offset;
}

Incident full() {
    Incident incident;
    incident.id = "p1-i7";
    incident.sequence = 3;
    incident.state = IncidentState::Acknowledged;
    incident.severity = Severity::Critical;
    incident.title = "Encoder enc7";
    incident.cause = {CauseKind::Resource, "encoder=enc7", "news-enc"};
    incident.why = "4 of 5 streams of encoder enc7 failed within 8 s";
    incident.since = at(0s);
    incident.opened_at = at(2s);
    incident.notified_at = at(4s);
    incident.acknowledged_at = at(60s);
    incident.acknowledged_by = "J. Moreau";
    incident.owner = "J. Moreau";
    incident.returns = 1;
    incident.path = "news-hd";
    incident.runbook = "https://wiki.example/enc7";
    incident.tags = {{"encoder", "enc7"}};
    incident.alarms = {
        {"p1-1", "news-enc", "signal.lost", Severity::Critical, true, AlarmRole::Cause, ""},
        {"p1-2", "news-cdn", "video.freeze", Severity::Major, false, AlarmRole::Consequence, "news-enc"}};
    incident.timeline = {{at(2s), "desk", "opened", "news-enc: no signal"},
                         {at(60s), "J. Moreau", "acknowledged", "on it"}};
    return incident;
}

}  // namespace

TEST_CASE("An incident's JSON has every key, in one order") {
    CHECK(to_json(full()) ==
          R"({"type":"incident","id":"p1-i7","sequence":3,"state":"acknowledged","severity":"critical",)"
          R"("title":"Encoder enc7","cause":{"kind":"resource","name":"encoder=enc7","stream":"news-enc"},)"
          R"("why":"4 of 5 streams of encoder enc7 failed within 8 s","since":"2026-11-22T03:00:00.000Z",)"
          R"("opened_at":"2026-11-22T03:00:02.000Z","notified_at":"2026-11-22T03:00:04.000Z",)"
          R"("acknowledged_at":"2026-11-22T03:01:00.000Z","acknowledged_by":"J. Moreau","resolved_at":null,)"
          R"("closed_at":null,"closed_by":null,"owner":"J. Moreau","snoozed_until":null,"snoozed_by":null,)"
          R"("snooze_reason":null,"maintenance":false,"returns":1,"path":"news-hd",)"
          R"("runbook":"https://wiki.example/enc7","tags":{"encoder":"enc7"},"alarms":[)"
          R"({"id":"p1-1","stream":"news-enc","condition":"signal.lost","severity":"critical","open":true,)"
          R"("role":"cause","follows":null},{"id":"p1-2","stream":"news-cdn","condition":"video.freeze",)"
          R"("severity":"major","open":false,"role":"consequence","follows":"news-enc"}],"alarm_count":2,)"
          R"("merged_into":null,"timeline":[{"at":"2026-11-22T03:00:02.000Z","who":"desk","kind":"opened",)"
          R"("text":"news-enc: no signal"},{"at":"2026-11-22T03:01:00.000Z","who":"J. Moreau",)"
          R"("kind":"acknowledged","text":"on it"}]})");
}

TEST_CASE("An incident reads back what was written") {
    const auto read = incident_from_json(to_json(full()));
    REQUIRE(read);
    CHECK(*read == full());
    Incident bare;
    bare.id = "x-i1";
    const auto again = incident_from_json(to_json(bare));
    REQUIRE(again);
    CHECK(*again == bare);
}

TEST_CASE("The short form has no timeline and at most a hundred alarms, and says how many there are") {
    Incident incident = full();
    incident.alarms.resize(250);
    const std::string text = to_json(incident, kShortIncident, R"("probe":"p1")");
    CHECK(text.find("\"timeline\"") == std::string::npos);
    CHECK(text.find(R"("alarm_count":250,"merged_into":null,"probe":"p1"})") != std::string::npos);
    const auto read = incident_from_json(text);
    REQUIRE(read);
    CHECK(read->alarms.size() == 100);
    CHECK(read->more_alarms == 150);
    CHECK(to_json(*read, kShortIncident, R"("probe":"p1")") == text);
}

TEST_CASE("A broken incident is refused with the key that is wrong") {
    const auto message = [](const std::string& from, const std::string& to) {
        std::string text = to_json(full());
        const auto place = text.find(from);
        REQUIRE(place != std::string::npos);
        text.replace(place, from.size(), to);
        const auto read = incident_from_json(text);
        REQUIRE_FALSE(read);
        CHECK(read.error().code == ErrorCode::Corrupt);
        return read.error().message;
    };
    CHECK(message("\"sequence\":3", "\"sequence\":0") == "the incident's \"sequence\" is missing or of the wrong type");
    CHECK(message("\"acknowledged\"", "\"asleep\"") == "the incident's \"state\" is missing or of the wrong type");
    CHECK(message("\"kind\":\"resource\"", "\"kind\":7") == "the incident's \"kind\" is missing or of the wrong type");
    CHECK(message("\"role\":\"cause\"", "\"role\":\"x\"") == "the incident's \"role\" is missing or of the wrong type");
    CHECK(message("\"2026-11-22T03:00:02.000Z\"", "\"soon\"") ==
          "the incident's \"opened_at\" is missing or of the wrong type");
    CHECK(message("\"maintenance\":false", "\"maintenance\":\"no\"") ==
          "the incident's \"maintenance\" is missing or of the wrong type");
    CHECK(incident_from_json("[]").error().message == "an incident is not a JSON object");
}

TEST_CASE("Hostile text in an incident stays inside its string") {
    Incident incident = full();
    incident.acknowledged_by = "</script>\"\n\x1b[31m\xff";
    const std::string text = to_json(incident);
    CHECK(text.find('\n') == std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(incident_from_json(text)->acknowledged_by == "</script>\"  [31m\xef\xbf\xbd");
}
