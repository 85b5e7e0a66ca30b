// SPDX-License-Identifier: Apache-2.0
// Payloads and settings for the vendor tests: an alarm and an incident through their lives, and hostile text.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/vendor_template.hpp"
#include "incidents/payload.hpp"
#include "incidents/template_view.hpp"
#include "tests/catch.hpp"
#include "tests/unit/incidents/notices.hpp"

namespace sightline::incidents {

inline config::VendorTemplate shipped(const std::string& name) {
    for (const config::ShippedVendor& vendor : config::shipped_vendors()) {
        if (vendor.name != name) continue;
        config::Problems problems(name + ".yaml");
        auto parsed = config::parse_vendor_template(vendor.text, problems);
        for (const std::string& line : problems.lines()) UNSCOPED_INFO(line);
        REQUIRE(parsed);
        return std::move(*parsed);
    }
    FAIL("no such vendor: " << name);
    return {};
}

/// Values for every setting that needs one.
inline std::map<std::string, std::string> settings_of(const config::VendorTemplate& vendor,
                                                      const std::string& url = "https://vendor.example/base") {
    std::map<std::string, std::string> values;
    for (const config::VendorSetting& setting : vendor.settings) {
        values[setting.name] = setting.url ? url : setting.fallback.empty() ? "the-" + setting.name : setting.fallback;
        if (setting.optional && setting.name == "token") values[setting.name] = "";
    }
    return values;
}

/// "create", "update", "resolve" of the alarm of the other tests.
inline std::string alarm_payload(const std::string& when) {
    using core::AlarmState;
    auto alarm = transition("probe-a-7", 1, AlarmState::Raised, core::Severity::Critical);
    if (when == "update") {
        alarm = transition("probe-a-7", 2, AlarmState::Changed, core::Severity::Critical);
        alarm.previous = core::Severity::Warning;
    }
    if (when == "resolve") alarm = transition("probe-a-7", 3, AlarmState::Cleared, core::Severity::Critical);
    auto notice = routed(std::move(alarm), {}).notice;
    notice.facts.links = {{"alarms", "http://127.0.0.1:8080/api/v1/alarms"}};
    return payload(notice, kNoon + std::chrono::seconds{20});
}

/// Foreign text of every unpleasant kind where a stream, a message or a note may carry it.
inline std::string hostile_payload() {
    auto alarm = transition("probe-a-8", 1, core::AlarmState::Raised, core::Severity::Critical);
    alarm.rule = "r\"}],\"x\":[{\"";
    alarm.message =
        "<!channel> *b* [l](http://evil) \xff\xfe \x1b[31mred\x07 \r\nX-Injected: 1\r\n\r\n${setting.url} & </script>";
    alarm.subject.rendition = "a&b=c^ORstate=1%0d%0a?x#y";
    auto notice = routed(std::move(alarm), {}).notice;
    notice.facts.tags = {{"si\"te", "lon\ndon<b>"}};
    return payload(notice, kNoon);
}

}  // namespace sightline::incidents
