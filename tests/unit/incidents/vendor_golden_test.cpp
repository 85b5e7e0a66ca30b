// SPDX-License-Identifier: Apache-2.0
// Every shipped vendor's requests, for an alarm and an incident that come, change and go, as golden files:
// tests/golden/vendors/. SIGHTLINE_UPDATE=1 writes them anew; the difference is reviewed.
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "incidents/template_render.hpp"
#include "tests/unit/incidents/vendor_cases.hpp"

using namespace sightline;
using namespace sightline::incidents;
using When = config::VendorTemplate::When;
using OrderedJson = nlohmann::ordered_json;

namespace {

const std::string kFolder = SIGHTLINE_SOURCE_DIR "/tests/golden/vendors/";

std::string incident_payload(const std::string& when) {
    const std::string state = when == "resolve" ? "resolved" : when == "update" ? "acknowledged" : "open";
    const std::string sequence = when == "create" ? "1" : "2";
    return R"({"type":"incident","id":"probe-a-i3","sequence":)" + sequence + R"(,"state":")" + state +
           R"(","severity":"critical","title":"Encoder enc7","cause":{"kind":"resource","name":"encoder=enc7",)"
           R"("stream":"news-enc"},"why":"4 of 5 streams of encoder enc7 failed within 8 s",)"
           R"("since":"2026-11-21T12:00:00.000Z","opened_at":"2026-11-21T12:00:03.000Z","notified_at":null,)"
           R"("acknowledged_at":null,"acknowledged_by":)" +
           (when == "update" ? "\"J. Moreau\"" : "null") + R"(,"resolved_at":)" +
           (when == "resolve" ? "\"2026-11-21T12:05:00.000Z\"" : "null") +
           R"(,"closed_at":null,"closed_by":null,"owner":null,"snoozed_until":null,"snoozed_by":null,)"
           R"("snooze_reason":null,"maintenance":false,"returns":0,"path":"news-hd","runbook":null,)"
           R"("tags":{"encoder":"enc7"},"alarms":[{"id":"probe-a-7"},{"id":"probe-a-8"}],"merged_into":)" +
           (when == "merge" ? "\"probe-a-i1\"" : "null") + R"(,"timeline":[],"reason":")" +
           (when == "create"   ? "opened"
            : when == "update" ? "acknowledged"
                               : when + "d") +
           R"(","escalation":0,"dedup_key":"incident/probe-a-i3","probe":"probe-a","links":{},"sent_at":"2026-11-21T12:06:00.000Z"})";
}

/// All that would be sent, request by request, a kept ticket known after the first.
OrderedJson requests(const config::VendorTemplate& vendor, const std::string& payload) {
    auto view = TemplateView::from(payload, vendor.repeat_every);
    REQUIRE(view);
    view->set("setting", settings_of(vendor));
    When when = view->when();
    if (vendor.requests.count(when) == 0) when = When::Resolve;  // only merge may be missing
    OrderedJson out = OrderedJson::array();
    for (const config::VendorRequest& request : vendor.requests.at(when)) {
        view->set("kept", out.empty()
                              ? std::map<std::string, std::string>{}
                              : std::map<std::string, std::string>{{"ticket", "9d385017c611228701d22104cc95c371"}});
        OrderedJson one;
        one["method"] = request.method;
        one["url"] = render_url(request.url, vendor, *view);
        for (const auto& [name, value] : request.headers) one["headers"][name] = render_header(value, vendor, *view);
        if (request.body) one["body"] = OrderedJson::parse(render_json(*request.body, vendor, *view));
        out.push_back(std::move(one));
    }
    return out;
}

std::string file(const std::string& name) {
    std::ifstream in(kFolder + name);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

void compare(const std::string& name, const OrderedJson& made) {
    const std::string text = made.dump(1, ' ') + "\n";
    if (std::getenv("SIGHTLINE_UPDATE") != nullptr) std::ofstream(kFolder + name) << text;
    INFO(name);
    CHECK(file(name) == text);
}

}  // namespace

TEST_CASE("Every shipped vendor's requests for an alarm are as written down") {
    for (const config::ShippedVendor& vendor : config::shipped_vendors()) {
        const auto parsed = shipped(std::string(vendor.name));
        CHECK(parsed.name == vendor.name);
        for (const char* when : {"create", "update", "resolve"})
            compare(std::string(vendor.name) + "-" + when + ".json", requests(parsed, alarm_payload(when)));
    }
}

TEST_CASE("Every shipped vendor's requests for an incident are as written down") {
    for (const config::ShippedVendor& vendor : config::shipped_vendors()) {
        const auto parsed = shipped(std::string(vendor.name));
        OrderedJson all;
        for (const char* when : {"create", "update", "resolve", "merge"})
            all[when] = requests(parsed, incident_payload(when));
        compare(std::string(vendor.name) + "-incident.json", all);
    }
}

TEST_CASE("Every name that templates may use stands in the view of an alarm or of an incident") {
    const auto alarm = TemplateView::from(alarm_payload("update"));
    const auto cleared = TemplateView::from(alarm_payload("resolve"));
    const auto incident = TemplateView::from(incident_payload("create"));
    REQUIRE((alarm && cleared && incident));
    // Alarm members that only some alarms have.
    const std::vector<std::string_view> rare{"service", "rendition", "leg", "language", "uncertainty_s", "flaps"};
    for (const std::string_view name : config::template_names()) {
        if (std::find(rare.begin(), rare.end(), name) != rare.end()) continue;
        INFO(name);
        const std::string quoted = '"' + std::string(name) + "\":";
        const bool derived = !alarm->empty(name) || !incident->empty(name);
        CHECK((derived || alarm_payload("update").find(quoted) != std::string::npos ||
               cleared->text("payload").find(quoted) != std::string::npos ||
               incident_payload("create").find(quoted) != std::string::npos));
    }
}

namespace {

/// Every text in `json`, keys too, is harmless but for line ends, which JSON escapes.
bool harmless_texts(const OrderedJson& json) {
    if (json.is_string()) {
        std::string text = json.get<std::string>();
        std::replace(text.begin(), text.end(), '\n', ' ');
        return harmless(text);
    }
    if (!json.is_structured()) return true;
    for (const auto& item : json.items()) {
        if (!harmless(item.key()) || !harmless_texts(item.value())) return false;
    }
    return true;
}

void check_request(const config::VendorRequest& request, const config::VendorTemplate& vendor,
                   const TemplateView& view) {
    const std::string url = render_url(request.url, vendor, view);
    CHECK(url.starts_with("https://vendor.example/base"));
    CHECK(url.find_first_of("\r\n \"<>\x1b") == std::string::npos);
    CHECK(url.find("/../") == std::string::npos);
    if (vendor.name.starts_with("servicenow")) CHECK(url.find("%5EORstate") == std::string::npos);
    for (const auto& [name, value] : request.headers) CHECK(harmless(render_header(value, vendor, view)));
    if (!request.body) return;
    const std::string body = render_json(*request.body, vendor, view);
    const OrderedJson json = OrderedJson::parse(body, nullptr, false);
    REQUIRE_FALSE(json.is_discarded());
    CHECK(harmless_texts(json));
    CHECK(body.find("the-url") == std::string::npos);  // ${setting.url} in a message is only text
    if (vendor.name == "slack") CHECK(body.find("<!channel>") == std::string::npos);
    if (vendor.name == "teams") CHECK(body.find("[l](") == std::string::npos);
}

}  // namespace

TEST_CASE("Hostile text stays text in every vendor's requests, and keeps to their limits") {
    for (const config::ShippedVendor& vendor : config::shipped_vendors()) {
        INFO(vendor.name);
        const auto parsed = shipped(std::string(vendor.name));
        for (const std::string& payload :
             {hostile_payload(), hostile_incident_payload(), hostile_incident_payload(NoticeReason::Resolved)}) {
            CHECK(harmless(payload));
            auto view = TemplateView::from(payload, parsed.repeat_every);
            REQUIRE(view);
            view->set("setting", settings_of(parsed));
            view->set("kept", {{"ticket", "a/../b?c#d\r\n"}});
            for (const auto& [when, list] : parsed.requests) {
                for (const config::VendorRequest& request : list) check_request(request, parsed, *view);
            }
        }
    }
}
