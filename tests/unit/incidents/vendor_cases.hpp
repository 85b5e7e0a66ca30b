// SPDX-License-Identifier: Apache-2.0
// Payloads and settings for the vendor tests: an alarm and an incident through their lives, and hostile text.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/vendor_template.hpp"
#include "core/text.hpp"
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

/// Markup, a formula, line ends, escapes of terminals, a turned direction, bytes that are no UTF-8.
inline constexpr const char* kHostileText =
    "<b onload=x>*J*</b> <!channel> [l](http://evil)\r\nX-Injected: 1\r\n\r\n.\r\n\x1b]0;owned\x07\x1b[31mred\x9b"
    "2J \xE2\x80\xAEtfel \xff\xc3 =cmd|' /C calc'!A0 \"],\"x\":[\"";

/// An incident all of whose texts are hostile, those that persons gave included.
inline std::string hostile_incident_payload(NoticeReason reason = NoticeReason::Opened) {
    core::Incident incident;
    incident.id = "probe-a-i9";
    incident.title = incident.why = incident.owner = incident.runbook = kHostileText;
    incident.cause = {core::CauseKind::Resource, kHostileText, "news"};
    incident.severity = core::Severity::Critical;
    incident.since = incident.opened_at = kNoon;
    incident.acknowledged_by = incident.snoozed_by = incident.snooze_reason = kHostileText;
    incident.acknowledged_at = incident.snoozed_until = kNoon;
    incident.path = kHostileText;
    incident.tags = {{kHostileText, kHostileText}};
    incident.alarms = {
        {"probe-a-7", kHostileText, "video.black", core::Severity::Critical, true, core::AlarmRole::Cause, ""}};
    incident.timeline = {{kNoon, kHostileText, "note", kHostileText}};
    Notice notice;
    notice.facts.probe = kHostileText;
    notice.facts.links = {{"desk", kHostileText}};
    if (reason == NoticeReason::Resolved) incident.state = core::IncidentState::Resolved;
    notice.incident = incident;
    notice.reason = reason;
    return payload(notice, kNoon);
}

/// Valid UTF-8 in which nothing moves a cursor, ends a line or turns the direction.
inline bool harmless(std::string_view text) {
    return core::clean_utf8(text) == text;
}

}  // namespace sightline::incidents
