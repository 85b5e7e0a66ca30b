// SPDX-License-Identifier: Apache-2.0
// Template files: what they may say, and what is said of wrong ones.
#include "config/vendor_template.hpp"

#include "tests/catch.hpp"
#include "tests/unit/config/catalogue.hpp"

using namespace sightline::config;
using namespace sightline::config::test;

namespace {

std::string faults_of(const std::string& text) {
    Problems problems("v.yaml");
    const auto parsed = parse_vendor_template(text, problems);
    CHECK(parsed.has_value() == problems.empty());
    std::string out;
    for (const std::string& line : problems.lines()) out += (out.empty() ? "" : "\n") + line;
    return out;
}

std::string with_url(const std::string& url) {
    return "vendor: v\nsettings: {url: {url: true}, key: {secret: true}}\nrequests: {create: [{url: \"" + url +
           "\"}]}\n";
}

std::string with_request(const std::string& request) {
    return "vendor: v\nmaps: {m: {a: b}}\nrequests:\n  create:\n    - url: https://h/x\n      " + request + "\n";
}

}  // namespace

TEST_CASE("Every shipped template is read without a problem, under its own name") {
    for (const ShippedVendor& vendor : shipped_vendors()) {
        Problems problems(std::string(vendor.name) + ".yaml");
        const auto parsed = parse_vendor_template(vendor.text, problems);
        for (const std::string& line : problems.lines()) UNSCOPED_INFO(line);
        REQUIRE(parsed);
        CHECK(parsed->name == vendor.name);
        CHECK_FALSE(parsed->summary.empty());
        for (const VendorSetting& setting : parsed->settings) CHECK_FALSE(setting.help.empty());
        CHECK(parsed->requests.count(VendorTemplate::When::Resolve) == 1);
    }
    CHECK(shipped_vendors().size() == 7);
}

TEST_CASE("A text is cut into literals and placeholders") {
    std::string why;
    const auto text = parse_template_text("a ${tags.site|cut:40|upper} $${x} $5", why);
    REQUIRE(text);
    REQUIRE(text->size() == 3);
    CHECK((*text)[0].literal == "a ");
    CHECK((*text)[1].name == "tags.site");
    CHECK((*text)[1].filters.size() == 2);
    CHECK((*text)[1].filters[0].number == 40);
    CHECK((*text)[2].literal == " ${x} $5");
}

TEST_CASE("Wrong templates are told by line and key") {
    const std::pair<std::string, std::string> rows[] = {
        {"", "v.yaml: is no map; allowed is a map that begins with vendor: and requests:"},
        {"vendor: v\n", "v.yaml:1: requests: is missing"},
        {"vendor: v\nrequests: {}\n", "v.yaml:2: requests.create: is missing"},
        {"vendor: \"a b\"\nrequests: {create: [{url: https://h/}]}\n",
         "v.yaml:1: vendor: is missing, or not made of letters, digits, _ and -"},
        {"vendor: v\nrequets: {}\nrequests: {create: [{url: https://h/}]}\n",
         "v.yaml:2: requets: is unknown, allowed vendor, summary, settings, maps, requests, repeat, spacing; did you "
         "mean "
         "\"requests\"?"},
        {with_request("body: {a: \"${severty}\"}"),
         "v.yaml:6: requests.create[0].body.a: ${severty}: there is no such value; did you mean \"severity\"?"},
        {with_request("body: {a: [x, \"${setting.key}\"]}"),
         "v.yaml:6: requests.create[0].body.a[1]: ${setting.key}: no such setting; declared are "},
        {with_request("body: \"${kept.ticket}\""),
         "v.yaml:6: requests.create[0].body: ${kept.ticket}: no request keeps \"ticket\""},
        {with_request("body: \"${severity|map:n}\""), "v.yaml:6: requests.create[0].body: no map is called \"n\""},
        {with_request("body: \"${severity|cut:1}\""),
         "v.yaml:6: requests.create[0].body: the filter cut takes a whole number from 40 to 65536"},
        {with_request("body: \"${severity|upper:1}\""),
         "v.yaml:6: requests.create[0].body: the filter upper takes nothing after a colon"},
        {with_request("body: \"x ${tags|list}\""),
         "v.yaml:6: requests.create[0].body: the filter list stands alone, as the whole of a body's value"},
        {with_request("body: \"${severity\""), "v.yaml:6: requests.create[0].body: a ${ without its }"},
        {with_request("body: {$when: x}"),
         "v.yaml:6: requests.create[0].body.$when: is unknown; beginning with $ there are $if, $tags and, for a $ "
         "itself, $$"},
        {with_request("method: FETCH"),
         "v.yaml:6: requests.create[0].method: allowed is GET, POST, PUT, PATCH or DELETE"},
        {with_request("success: [99]"),
         "v.yaml:6: requests.create[0].success: allowed are HTTP statuses from 200 to 599"},
        {with_request("if: nothing"), "v.yaml:6: requests.create[0].if: ${nothing}: there is no such value"},
        {with_request("bearer: token"), "v.yaml:6: requests.create[0].bearer: no setting is called \"token\""},
        {with_url("/relative"),
         "v.yaml:3: requests.create[0].url: begins neither with http:// or https:// and a whole "
         "host, nor with a setting that says url: true"},
        {with_url("https://${stream}.evil/x"),
         "v.yaml:3: requests.create[0].url: begins neither with http:// or https:// "
         "and a whole host, nor with a setting that says url: true"},
        {with_url("${setting.key}/x"),
         "v.yaml:3: requests.create[0].url: begins neither with http:// or https:// and a "
         "whole host, nor with a setting that says url: true"},
        {with_url("${setting.url}.evil/"), "v.yaml:3: requests.create[0].url: after the URL setting, / or ? must come"},
        {"vendor: v\nsettings: {timeout: {}}\nrequests: {create: [{url: https://h/}]}\n",
         "v.yaml:2: settings.timeout: is a name that no setting may have"},
        {"vendor: v\nspacing: 2h\nrequests: {create: [{url: https://h/}]}\n",
         "v.yaml:2: spacing: allowed is a duration from 10ms to 1h"},
    };
    for (const auto& [text, message] : rows) {
        INFO(text);
        CHECK(faults_of(text) == message);
    }
    Problems problems("v.yaml");
    CHECK_FALSE(parse_vendor_template(std::string(kMostTemplateBytes + 1, '#'), problems));
}

TEST_CASE("A template of one's own is named by its path; its problems stand at the line that names it") {
    Machine machine;
    machine.files["/etc/s/own.yaml"] = with_url("${setting.url}/x");
    const std::string good = "notify: [{name: a, type: template, template: own.yaml, url: \"https://h/\", key: k}]\n";
    const auto loaded = parse(one_stream(good), "/etc/s/s.yaml", machine.surroundings());
    REQUIRE(loaded);
    const Config& config = *loaded;
    CHECK(config.notify.at(0).type == NotifierType::Vendor);
    CHECK(config.notify[0].vendor.values.at("url") == "https://h");
    CHECK(config.notify[0].vendor.secrets.count("key") == 1);
    CHECK(
        faults(one_stream("notify: [{name: a, type: template, template: own.yaml, url: \"https://h/\"}]\n"), machine) ==
        "/etc/s/s.yaml:5: notify[0].key: is missing, allowed a text, best as ${NAME} or ${file:PATH}");
    machine.files["/etc/s/own.yaml"] = with_request("body: \"${severty}\"");
    CHECK(
        faults(one_stream(good), machine) ==
        "/etc/s/s.yaml:5: notify[0].template: own.yaml:6: requests.create[0].body: ${severty}: there is no such value; "
        "did you mean \"severity\"?");
}
