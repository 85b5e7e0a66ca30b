// SPDX-License-Identifier: Apache-2.0
#include "api/desk_routes.hpp"

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/unit/api/fake_backend.hpp"

using namespace sightline;
using namespace sightline::api;
using Done = std::vector<std::string>;

namespace {

struct Desk {
    Answer ask(const std::string& method, const std::string& path, const std::string& body = {},
               std::map<std::string, std::string> query = {}) {
        Request request;
        request.method = method;
        request.path = "/api/v1/" + path;
        request.body = body;
        request.query = std::move(query);
        return desk_answer(backend, request, path, {config::ApiRole::Operator, "token noc"}).value();
    }
    FakeBackend backend;
};

}  // namespace

TEST_CASE("Each change becomes one command with who asked for it") {
    Desk desk;
    const auto act = [&](const char* verb, const char* body) {
        return desk.ask("POST", std::string("incidents/p-i1/") + verb, body).status;
    };
    CHECK(act("ack", R"({"operator":"J. Moreau","note":"on it"})") == 200);
    CHECK(act("unack", "") == 200);
    CHECK(act("snooze", R"({"operator":"A","for":"30m","reason":"vendor"})") == 200);
    CHECK(act("unsnooze", "{}") == 200);
    CHECK(act("note", R"({"note":"line\nbreak\u001b[31m"})") == 200);
    CHECK(act("assign", R"({"owner":"A. Lee"})") == 200);
    CHECK(act("resolve", "{}") == 200);
    CHECK(act("close", R"({"note":"filed"})") == 200);
    using incidents::IncidentCommand;
    const auto word = [](IncidentCommand::Kind kind) { return std::string(incidents::name(kind)); };
    CHECK(desk.backend.done ==
          Done{word(IncidentCommand::Kind::Acknowledge) + " p-i1 by J. Moreau (token noc) on it 0s",
               word(IncidentCommand::Kind::Unacknowledge) + " p-i1 by token noc (token noc)  0s",
               word(IncidentCommand::Kind::Snooze) + " p-i1 by A (token noc) vendor 30m",
               word(IncidentCommand::Kind::Unsnooze) + " p-i1 by token noc (token noc)  0s",
               word(IncidentCommand::Kind::Note) + " p-i1 by token noc (token noc) line break [31m 0s",
               word(IncidentCommand::Kind::Assign) + " p-i1 by token noc (token noc) A. Lee 0s",
               word(IncidentCommand::Kind::Resolve) + " p-i1 by token noc (token noc)  0s",
               word(IncidentCommand::Kind::Close) + " p-i1 by token noc (token noc) filed 0s"});
}

TEST_CASE("A wrong body changes nothing") {
    Desk desk;
    for (const char* body : {"[]", "{", "null", R"({"operator":1})", R"({"note":{}})"})
        CHECK(desk.ask("POST", "incidents/i/ack", body).status == 400);
    CHECK(desk.ask("POST", "incidents/i/ack", R"({"operator":")" + std::string(201, 'x') + "\"}").status == 400);
    for (const char* body : {"{}", R"({"for":"30"})", R"({"for":30})", R"({"for":"soon"})"})
        CHECK(desk.ask("POST", "incidents/i/snooze", body).status == 400);
    for (const char* body : {"{}", R"({"on":"stream"})", R"({"on":"stream","name":"a","for":"x","reason":"r"})",
                             R"({"on":"moon","name":"a","for":"2h","reason":"r"})"})
        CHECK(desk.ask("POST", "maintenance", body).status == 400);
    CHECK(desk.backend.done.empty());
}

TEST_CASE("What the desk refuses has a status of its own") {
    Desk desk;
    desk.backend.error = core::Error{core::ErrorCode::Refused, "it is closed"};
    CHECK(desk.ask("POST", "incidents/i/ack", "{}").status == 409);
    desk.backend.error = core::Error{core::ErrorCode::NotFound, "no such incident"};
    CHECK(desk.ask("GET", "incidents/i").status == 404);
    desk.backend.error = core::Error{core::ErrorCode::Timeout, "busy"};
    CHECK(desk.ask("GET", "incidents").status == 503);
}

TEST_CASE("Lists are filtered as asked, and wrong filters are said") {
    Desk desk;
    CHECK(desk.ask("GET", "incidents", {},
                   {{"state", "open,acknowledged"},
                    {"severity", "critical"},
                    {"stream", "news"},
                    {"limit", "7"},
                    {"before", "i9"}})
              .status == 200);
    CHECK(desk.backend.asked.states == std::set{core::IncidentState::Open, core::IncidentState::Acknowledged});
    CHECK(desk.backend.asked.severities == std::set{core::Severity::Critical});
    CHECK(desk.backend.asked.stream == "news");
    CHECK(desk.backend.asked.before == "i9");
    CHECK(desk.backend.asked.limit == 7);
    CHECK(desk.ask("GET", "incidents", {}, {{"state", "opened"}}).status == 400);
    CHECK(desk.ask("GET", "incidents", {}, {{"state", "open,"}}).status == 400);
    CHECK(desk.ask("GET", "incidents", {}, {{"severity", "bad"}}).status == 400);
    CHECK(desk.ask("GET", "incidents", {}, {{"limit", "0"}}).status == 400);
    const auto list = nlohmann::json::parse(desk.ask("GET", "incidents").body);
    CHECK(list["incidents"].size() == 1);
    CHECK_FALSE(list["incidents"][0].contains("timeline"));
    CHECK(nlohmann::json::parse(desk.ask("GET", "incidents/i").body).contains("timeline"));
}

TEST_CASE("Maintenance is planned by whoever asks, whatever the body claims about who") {
    Desk desk;
    const auto made = desk.ask("POST", "maintenance",
                               R"({"on":"stream","name":"news","for":"2h","reason":"new encoder","who":"root"})");
    INFO(made.body);
    CHECK(made.status == 200);
    CHECK(desk.backend.done == Done{"plan news by token noc (token noc)"});
    CHECK(desk.backend.windows.at(0).to == desk.backend.now_utc + std::chrono::hours{2});
    CHECK(nlohmann::json::parse(desk.ask("GET", "maintenance").body)["maintenance"].size() == 1);
    CHECK(desk.ask("DELETE", "maintenance/m1", {}, {{"operator", "A. Lee"}}).status == 200);
    CHECK(desk.backend.done.back() == "unplan m1 by A. Lee (token noc)");
}

TEST_CASE("PagerDuty proves itself by its signature and hears what became of it") {
    Desk desk;
    Request request;
    request.method = "POST";
    request.path = "/api/v1/pagerduty";
    request.body = "{}";
    request.signature = "v1=00";
    CHECK(inbound_answer(desk.backend, request)->status == 200);
    CHECK(desk.backend.done == Done{"pagerduty {} v1=00"});
    desk.backend.said = {401, "the signature is not ours"};
    CHECK(inbound_answer(desk.backend, request)->status == 401);
    request.method = "GET";
    CHECK(inbound_answer(desk.backend, request)->status == 405);
    request.path = "/api/v1/streams";
    CHECK_FALSE(inbound_answer(desk.backend, request).has_value());
}

TEST_CASE("Reports come in each form") {
    Desk desk;
    CHECK(desk.ask("GET", "reports/daily").content_type == "application/json");
    CHECK(desk.ask("GET", "reports/daily", {}, {{"format", "csv"}}).content_type == "text/csv; charset=utf-8");
    CHECK(desk.ask("GET", "reports/shift", {}, {{"format", "html"}}).content_type == "text/html; charset=utf-8");
    CHECK(desk.ask("GET", "reports/daily", {}, {{"format", "pdf"}}).status == 400);
    CHECK(desk.ask("GET", "reports/yearly").status == 404);
}

TEST_CASE("What is kept of an incident is told, and why there is nothing") {
    Desk desk;
    auto said = nlohmann::json::parse(desk.ask("GET", "incidents/p-i1/evidence").body);
    CHECK(said["state"] == "none");
    CHECK(said["files"].empty());
    CHECK(said["about"].is_null());
    desk.backend.kept.why = "evidence is \"off\"";
    said = nlohmann::json::parse(desk.ask("GET", "incidents/p-i1/evidence").body);
    CHECK(said["why"] == "evidence is \"off\"");
    desk.backend.kept = {engine::EvidenceView::State::Kept, "", {{"clip.ts", 7}}, "{\"note\":null}\n"};
    said = nlohmann::json::parse(desk.ask("GET", "incidents/p-i1/evidence").body);
    CHECK(said["incident"] == "p-i1");
    CHECK(said["state"] == "kept");
    CHECK(said["why"].is_null());
    CHECK(said["files"][0] == nlohmann::json{{"name", "clip.ts"}, {"type", "video/mp2t"}, {"bytes", 7}});
    CHECK(said["about"]["note"].is_null());
    desk.backend.kept.facts = "half a fi";
    said = nlohmann::json::parse(desk.ask("GET", "incidents/p-i1/evidence").body);
    CHECK(said["about"].is_null());
}

TEST_CASE("Only files of evidence are asked for") {
    Desk desk;
    const Answer clip = desk.ask("GET", "incidents/p-i1/evidence/clip.ts");
    CHECK(clip.status == 200);
    CHECK(clip.content_type == "video/mp2t");
    CHECK(clip.file);
    CHECK(desk.ask("GET", "incidents/p-i1/evidence/bad.jpg").content_type == "image/jpeg");
    CHECK(desk.ask("POST", "incidents/p-i1/evidence/clip.ts").status == 405);
    CHECK(desk.ask("POST", "incidents/p-i1/evidence").status == 405);
    desk.backend.done.clear();
    for (const char* name :
         {"", "..", "../clip.ts", "clip.ts/", "clip.ts/..", "/clip.ts", "passwd", "CLIP.TS", "evidence"})
        CHECK(desk.ask("GET", std::string("incidents/p-i1/evidence/") + name).status == 404);
    CHECK(desk.backend.done.empty());
    desk.backend.error = core::Error{core::ErrorCode::NotFound, "no such evidence"};
    CHECK(desk.ask("GET", "incidents/p-i1/evidence/clip.ts").status == 404);
}
