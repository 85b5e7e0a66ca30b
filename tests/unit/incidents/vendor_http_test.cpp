// SPDX-License-Identifier: Apache-2.0
// Vendor templates over a real connection, to a double that answers as the vendor does and checks what it is sent.
#include "incidents/vendor_http.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "core/clock.hpp"
#include "core/url.hpp"
#include "incidents/template_render.hpp"
#include "net/http_client.hpp"
#include "tests/http_server.hpp"
#include "tests/unit/incidents/fake_http.hpp"
#include "tests/unit/incidents/fake_receiver.hpp"
#include "tests/unit/incidents/fake_tickets.hpp"
#include "tests/unit/incidents/sending.hpp"
#include "tests/unit/incidents/vendor_cases.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;
using Json = nlohmann::json;
using Kind = Outcome::Kind;
using tests::HttpServer;

namespace {

/// A vendor's double, and the transport under test that talks to it.
struct Bench {
    explicit Bench(const std::string& vendor, HttpServer::Handler handler)
        : server(loop, std::move(handler)), parsed(shipped(vendor)) {}

    Outcome send(const std::string& body) {
        VendorHttpSettings settings;
        settings.notifier = "desk";
        settings.vendor = parsed;
        settings.vendor.spacing = {};
        settings.values = settings_of(parsed, server.url(""));
        for (const config::VendorSetting& setting : parsed.settings) {
            if (setting.secret) settings.secrets.insert(setting.name);
        }
        settings.timeout = 20s;
        VendorHttp transport(
            loop,
            [this](net::HttpRequest request, net::HttpClient::Done done) {
                return client.send(std::move(request), std::move(done));
            },
            tickets, settings);
        return send_and_wait(loop, transport, body);
    }

    core::SystemClock clock;
    net::EventLoop loop{clock};
    net::HttpClient client{loop};
    HttpServer server;
    config::VendorTemplate parsed;
    FakeTickets tickets;
};

HttpServer::Reply reply(int status, std::string body = {}) {
    HttpServer::Reply made;
    made.status = status;
    made.body = std::move(body);
    return made;
}

std::size_t characters(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

/// A payload whose every text is longer than any vendor takes.
std::string long_payload() {
    auto alarm = transition("probe-a-9", 1, core::AlarmState::Raised, core::Severity::Major);
    for (int i = 0; i < 3'000; ++i) alarm.message += "é";
    alarm.rule = std::string(300, 'r');
    return payload(routed(std::move(alarm), {}).notice, kNoon);
}

HttpServer::Reply pagerduty(const HttpServer::Request& request) {
    const Json body = Json::parse(request.body, nullptr, false);
    const auto bad = [](const std::string& why) {
        return reply(400, R"({"status":"invalid event","errors":[")" + why + R"("]})");
    };
    if (request.method != "POST" || request.target != "/v2/enqueue") return reply(404);
    if (!body.is_object() || body.value("routing_key", "") != "the-routing_key") return bad("routing_key");
    const std::string action = body.value("event_action", "");
    if (action != "trigger" && action != "acknowledge" && action != "resolve") return bad("event_action");
    if (body.value("dedup_key", "").empty() || body.value("dedup_key", "").size() > 255) return bad("dedup_key");
    if (action == "trigger") {
        const Json& event = body.at("payload");
        const std::string summary = event.value("summary", "");
        if (summary.empty() || characters(summary) > 1024) return bad("summary");
        if (event.value("source", "").empty()) return bad("source");
        const std::string severity = event.value("severity", "");
        if (severity != "critical" && severity != "error" && severity != "warning" && severity != "info")
            return bad("severity");
    }
    return reply(202, R"({"status":"success","message":"Event processed","dedup_key":")" + body.value("dedup_key", "") +
                          R"("})");
}

}  // namespace

TEST_CASE("PagerDuty takes create, update and resolve, at its limits too") {
    Bench bench("pagerduty", pagerduty);
    for (const char* when : {"create", "update", "resolve"}) {
        const Outcome outcome = bench.send(alarm_payload(when));
        CHECK(outcome.kind == Kind::Delivered);
        CHECK(outcome.answer.starts_with("202 Accepted: {\"status\":\"success\""));
    }
    CHECK(bench.send(long_payload()).kind == Kind::Delivered);
    CHECK(bench.send(hostile_payload()).kind == Kind::Delivered);
    CHECK(bench.server.requests.at(0).headers.at("content-type") == "application/json");
    const Json first = Json::parse(bench.server.requests.at(0).body);
    CHECK(first["dedup_key"] == Json::parse(bench.server.requests.at(2).body)["dedup_key"]);
    CHECK(first["payload"]["severity"] == "critical");
    CHECK(first["payload"]["custom_details"]["condition"] == "video.black");
}

TEST_CASE("A refusal is told in the vendor's words, with what is secret struck") {
    Bench bench("pagerduty", [](const HttpServer::Request&) { return reply(400, "bad key the-routing_key"); });
    const Outcome outcome = bench.send(alarm_payload("create"));
    CHECK(outcome.kind == Kind::Rejected);
    CHECK(outcome.reason == "400 Bad Request: bad key ***");
}

TEST_CASE("Another 2xx than the vendor's own is no success; too many requests are waited for") {
    int status = 200;
    Bench bench("pagerduty", [&](const HttpServer::Request&) {
        auto made = reply(status);
        if (status == 429) made.headers = {{"Retry-After", "7"}};
        return made;
    });
    CHECK(bench.send(alarm_payload("create")).kind == Kind::Rejected);
    status = 429;
    const Outcome limited = bench.send(alarm_payload("create"));
    CHECK(limited.kind == Kind::Unreachable);
    CHECK(limited.retry_after == 7s);
}

TEST_CASE("JSM takes an alert of at most 130 characters, its changes and its end by alias") {
    const auto jsm = [](const HttpServer::Request& request) {
        if (request.headers.at("authorization") != "GenieKey the-api_key") return reply(403);
        const Json body = Json::parse(request.body, nullptr, false);
        if (!body.is_object()) return reply(422);
        if (request.target == "/alerts") {
            const std::string message = body.value("message", "");
            const std::string priority = body.value("priority", "");
            const bool sound = !message.empty() && characters(message) <= 130 &&
                               body.value("alias", "").size() <= 512 && priority.size() == 2 && priority >= "P1" &&
                               priority <= "P5" && body.at("tags").is_array();
            return reply(sound ? 202 : 422);
        }
        const bool known = request.target.find("?identifierType=alias") != std::string::npos;
        return reply(known ? 202 : 404, R"({"result":"Request will be processed"})");
    };
    Bench bench("jsm", jsm);
    for (const char* when : {"create", "update", "resolve"})
        CHECK(bench.send(alarm_payload(when)).kind == Kind::Delivered);
    CHECK(bench.send(long_payload()).kind == Kind::Delivered);
    CHECK(bench.send(hostile_payload()).kind == Kind::Delivered);
    REQUIRE(bench.server.requests.size() == 7);
    CHECK(bench.server.requests[2].method == "PUT");
    CHECK(bench.server.requests[4].target == "/alerts/news%2Fvideo.black%2Fvideo%3A1/close?identifierType=alias");
}

namespace {

/// The incident table of an instance.
struct ServiceNow {
    std::map<std::string, Json> rows;  // by sys_id
    int searches = 0;

    HttpServer::Reply operator()(const HttpServer::Request& request) {
        if (request.headers.at("authorization") != "Basic " + base64("the-user:the-password")) return reply(401);
        const std::string table = "/api/now/table/incident";
        if (request.method == "GET") {
            ++searches;
            const std::string query = core::percent_decode(request.target);
            for (const auto& [id, row] : rows) {
                if (query.find("correlation_id=" + row.value("correlation_id", "") + "^") == std::string::npos)
                    continue;
                if (row.value("state", "1") == "6") continue;
                return reply(200, R"({"result":[{"sys_id":")" + id + "\"}]}");
            }
            return reply(200, R"({"result":[]})");
        }
        const Json body = Json::parse(request.body, nullptr, false);
        if (!body.is_object()) return reply(400);
        if (request.method == "POST" && request.target == table) {
            if (body.value("correlation_id", "").size() > 100 || characters(body.value("short_description", "")) > 160)
                return reply(400);
            const std::string id = "sys" + std::to_string(rows.size() + 1);
            rows[id] = body;
            return reply(201, R"({"result":{"sys_id":")" + id + "\",\"number\":\"INC0010001\"}}");
        }
        const auto row = rows.find(request.target.substr(table.size() + 1));
        if (request.method != "PATCH" || row == rows.end()) return reply(404);
        row->second.update(body);
        return reply(200, R"({"result":{}})");
    }
};

}  // namespace

TEST_CASE("A ServiceNow incident is created once, updated by the id that its answer gave, and resolved") {
    ServiceNow table;
    Bench bench("servicenow-incident", [&](const HttpServer::Request& request) { return table(request); });
    for (const char* when : {"create", "update", "resolve"}) {
        INFO(when);
        CHECK(bench.send(alarm_payload(when)).kind == Kind::Delivered);
    }
    REQUIRE(table.rows.size() == 1);
    CHECK(table.searches == 1);  // the id is kept from then on
    CHECK(bench.tickets.kept("desk", "probe-a-7").at("ticket") == "sys1");
    CHECK(table.rows["sys1"]["state"] == "6");
    CHECK(table.rows["sys1"]["close_code"] == "Solved (Permanently)");
    CHECK(table.rows["sys1"]["urgency"] == "1");
}

TEST_CASE("An open ServiceNow incident with our key is found again, so that no second one is made") {
    ServiceNow table;
    Bench bench("servicenow-incident", [&](const HttpServer::Request& request) { return table(request); });
    CHECK(bench.send(alarm_payload("create")).kind == Kind::Delivered);
    bench.tickets.rows.clear();  // a crash before the id was written
    CHECK(bench.send(alarm_payload("create")).kind == Kind::Delivered);
    CHECK(table.rows.size() == 1);
    CHECK(bench.tickets.kept("desk", "probe-a-7").at("ticket") == "sys1");
}

TEST_CASE("A ticket that somebody deleted is forgotten, and the notice tried again makes a new one") {
    ServiceNow table;
    Bench bench("servicenow-incident", [&](const HttpServer::Request& request) { return table(request); });
    CHECK(bench.send(alarm_payload("create")).kind == Kind::Delivered);
    table.rows.clear();
    const Outcome gone = bench.send(alarm_payload("update"));
    CHECK(gone.kind == Kind::Failed);
    CHECK(bench.tickets.rows.empty());
    CHECK(bench.send(alarm_payload("update")).kind == Kind::Delivered);
    CHECK(table.rows.size() == 1);
}

TEST_CASE("The end of an alarm that has no ServiceNow ticket needs none") {
    ServiceNow table;
    Bench bench("servicenow-incident", [&](const HttpServer::Request& request) { return table(request); });
    CHECK(bench.send(alarm_payload("resolve")).kind == Kind::Delivered);
    CHECK(table.rows.empty());
    CHECK(bench.send(hostile_payload()).kind == Kind::Delivered);
    CHECK(bench.send(long_payload()).kind == Kind::Delivered);
}

TEST_CASE("ServiceNow events, Slack and Teams take what they are sent") {
    const auto event = [](const HttpServer::Request& request) {
        const Json body = Json::parse(request.body, nullptr, false);
        const bool sound = request.target == "/api/now/table/em_event" && body.is_object() &&
                           body.value("severity", "9") <= "5" && body.value("message_key", "").size() <= 1024 &&
                           Json::parse(body.value("additional_info", ""), nullptr, false).is_object();
        return reply(sound ? 201 : 400);
    };
    const auto slack = [](const HttpServer::Request& request) {
        const Json body = Json::parse(request.body, nullptr, false);
        if (!body.is_object() || body.value("text", "").empty()) return reply(400, "no_text");
        for (const Json& attachment : body.at("attachments")) {
            for (const Json& block : attachment.at("blocks")) {
                if (characters(block.at("text").value("text", "")) > 3000) return reply(400, "invalid_blocks");
            }
        }
        return reply(200, "ok");
    };
    const auto teams = [](const HttpServer::Request& request) {
        const Json body = Json::parse(request.body, nullptr, false);
        const bool sound = request.body.size() < 28'000 && body.is_object() && body.value("type", "") == "message" &&
                           body.at("attachments").at(0).at("content").value("type", "") == "AdaptiveCard";
        return reply(sound ? 202 : 400);
    };
    const std::pair<std::string, HttpServer::Handler> vendors[] = {
        {"servicenow-event", event}, {"slack", slack}, {"teams", teams}};
    for (const auto& [name, handler] : vendors) {
        INFO(name);
        Bench bench(name, handler);
        for (const char* when : {"create", "update", "resolve"})
            CHECK(bench.send(alarm_payload(when)).kind == Kind::Delivered);
        CHECK(bench.send(long_payload()).kind == Kind::Delivered);
        CHECK(bench.send(hostile_payload()).kind == Kind::Delivered);
    }
}

namespace {

struct AlertmanagerBench {
    VirtualLoop time;
    FakeHttp http;
    FakeTickets tickets;
    VendorHttpSettings settings;

    AlertmanagerBench() {
        settings.notifier = "am";
        settings.vendor = shipped("alertmanager");
        settings.values = {{"url", "http://am"}, {"user", ""}, {"password", ""}};
    }
    static Delivery delivery(const std::string& body) {
        Delivery made;
        made.body = body;
        return made;
    }
    Json body(std::size_t index) { return Json::parse(http.requests.at(index).request.body); }
};

}  // namespace

TEST_CASE("Alertmanager hears of an alarm every minute while it stands, and for five minutes after it went") {
    AlertmanagerBench bench;
    VendorHttp transport(bench.time.loop, bench.http.send(), bench.tickets, bench.settings);
    int delivered = 0;
    const auto count = [&](const Outcome& outcome) { delivered += outcome.kind == Kind::Delivered ? 1 : 0; };
    transport.send(AlertmanagerBench::delivery(alarm_payload("create")), count);
    bench.time.settle();
    REQUIRE(bench.http.requests.size() == 1);
    bench.http.answer(0, answer_of(200));
    bench.time.settle();
    CHECK(delivered == 1);
    bench.time.run(180s + 500ms);
    REQUIRE(bench.http.requests.size() == 4);
    CHECK(bench.body(3)[0]["labels"] == bench.body(0)[0]["labels"]);
    CHECK(bench.body(3)[0]["startsAt"] == "2026-11-21T12:00:00.000Z");
    CHECK(bench.body(3)[0]["endsAt"] == "2026-11-21T12:07:00.000Z");  // now and four rounds

    transport.send(AlertmanagerBench::delivery(alarm_payload("resolve")), count);
    bench.time.settle();
    bench.http.answer(4, answer_of(200));
    bench.time.run(900s);
    CHECK(delivered == 2);
    CHECK(bench.http.requests.size() == 5 + 5);
    CHECK(bench.body(9)[0]["endsAt"] == "2026-11-21T12:00:06.040Z");
}

TEST_CASE("After a restart what stands is told again, many alarms in one request") {
    AlertmanagerBench bench;
    VendorHttp transport(bench.time.loop, bench.http.send(), bench.tickets, bench.settings);
    std::vector<std::string> payloads;
    for (int i = 0; i < 150; ++i) {
        auto alarm = transition("probe-a-" + std::to_string(i), 1, core::AlarmState::Raised);
        payloads.push_back(payload(routed(std::move(alarm), {}).notice, kNoon));
    }
    transport.resume(payloads);
    bench.time.run(60s);
    REQUIRE(bench.http.requests.size() == 2);
    CHECK(bench.body(0).size() == 100);
    CHECK(bench.body(1).size() == 50);
}

TEST_CASE("A vendor's least time between requests is kept") {
    VirtualLoop time;
    FakeHttp http;
    FakeTickets tickets;
    VendorHttpSettings settings;
    settings.vendor = shipped("slack");
    settings.values = {{"url", "https://hooks.slack.com/services/T/B/X"}};
    VendorHttp transport(time.loop, http.send(), tickets, settings);
    for (int i = 0; i < 3; ++i)
        transport.send(AlertmanagerBench::delivery(alarm_payload("create")), [](const Outcome&) {});
    time.settle();
    CHECK(http.requests.size() == 1);
    time.run(900ms);
    CHECK(http.requests.size() == 1);
    time.run(1100ms);
    CHECK(http.requests.size() == 3);
}

TEST_CASE("A body that is no payload is refused, through the loop") {
    VirtualLoop time;
    FakeHttp http;
    FakeTickets tickets;
    VendorHttpSettings settings;
    settings.vendor = shipped("slack");
    VendorHttp transport(time.loop, http.send(), tickets, settings);
    std::optional<Outcome> outcome;
    transport.send(AlertmanagerBench::delivery("[1"), [&](const Outcome& how) { outcome = how; });
    CHECK_FALSE(outcome);
    time.settle();
    REQUIRE(outcome);
    CHECK(outcome->kind == Kind::Rejected);
}
