// SPDX-License-Identifier: Apache-2.0
// Figures computed by hand: one day in UTC from kDay on.
#include "incidents/report.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "incidents/report_evidence.hpp"
#include "incidents/report_form.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/unit/incidents/vendor_cases.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;
using core::AirState;
using core::Severity;

namespace {

const core::UtcTime kDay = kNoon - 12h;

ReportInput day() {
    ReportInput input;
    input.kind = ReportKind::Daily;
    input.period = {kDay, kDay + 24h, "2026-11-21"};
    input.now = kDay + 48h;
    input.probe = "hall-3";
    input.streams = {"a"};
    input.watch = {{"a", kDay - 1h, AirState::OnAir, true, false}};
    return input;
}

ReportAlarm alarm(const char* stream, core::Duration since, std::optional<core::Duration> until,
                  Severity worst = Severity::Critical, const char* rule = "video.black") {
    static int number = 0;
    std::optional<core::UtcTime> end;
    if (until) end = kDay + *until;
    return {"hall-3-" + std::to_string(++number), stream, rule, kDay + since, end, worst};
}

core::Incident incident(const char* id, core::Duration opened) {
    core::Incident made;
    made.id = id;
    made.severity = Severity::Critical;
    made.title = "News";
    made.opened_at = kDay + opened;
    return made;
}

}  // namespace

TEST_CASE("Availability is one less the union of bad times over the day") {
    ReportInput input = day();
    input.alarms = {alarm("a", 1h, 2h), alarm("a", 90min, 3h),                  // together 1 h to 3 h
                    alarm("a", 10h, 11h, Severity::Warning),                    // too mild to count
                    alarm("a", -30min, 36min), alarm("a", 23h, std::nullopt)};  // cut at both ends: 0:36 and 1 h
    const Report report = compute_report(input);
    REQUIRE(report.streams.size() == 1);
    CHECK(report.streams[0].bad == 2h + 36min + 1h);
    CHECK(report.streams[0].counted == 24h);
    CHECK(*report.streams[0].ratio == Approx(1 - 3.6 / 24));
    CHECK(report.streams[0].outages.size() == 3);
}

TEST_CASE("Off air, maintenance and unmonitored time are not counted, and the last is reported beside it") {
    ReportInput input = day();
    input.watch = {{"a", kDay - 1h, AirState::OffAir, true, false},
                   {"a", kDay + 6h, AirState::OnAir, true, false},
                   {"a", kDay + 10h, AirState::OnAir, true, true},  // maintenance 10 to 12
                   {"a", kDay + 12h, AirState::OnAir, true, false},
                   {"a", kDay + 20h, AirState::OnAir, false, false}};
    input.alarms = {alarm("a", 5h, 7h),     // one hour of it on air
                    alarm("a", 11h, 13h),   // one hour of it outside maintenance
                    alarm("a", 21h, 22h)};  // nobody watched: not known to be bad
    const Report report = compute_report(input);
    const Availability& a = report.streams[0];
    CHECK(a.on_air == 18h);
    CHECK(a.maintenance == 2h);
    CHECK(a.unmonitored == 4h);
    CHECK(a.counted == 12h);
    CHECK(a.bad == 2h);
    CHECK(*a.ratio == Approx(1 - 2.0 / 12));
}

TEST_CASE("The moments in which a rule made up its mind count as watched") {
    ReportInput input = day();
    input.watch = {{"a", kDay - 1h, AirState::OnAir, true, false},
                   {"a", kDay + 1h, AirState::OnAir, false, false},
                   {"a", kDay + 1h + 10s, AirState::OnAir, true, false}};
    input.alarms = {alarm("a", 1h, 1h + 60s)};
    const Report report = compute_report(input);
    CHECK(report.streams[0].bad == 60s);
    CHECK(report.streams[0].unmonitored == 0s);
}

TEST_CASE("Where nothing was watched there is no availability, rather than a good one") {
    ReportInput input = day();
    input.watch.clear();
    const Report report = compute_report(input);
    CHECK_FALSE(report.streams[0].ratio.has_value());
    CHECK(to_json(report).find(R"("availability":null)") != std::string::npos);
}

TEST_CASE("A period that is not over ends now") {
    ReportInput input = day();
    input.now = kDay + 6h;
    input.alarms = {alarm("a", 5h, std::nullopt)};
    const Report report = compute_report(input);
    CHECK(report.streams[0].on_air == 6h);
    CHECK(report.streams[0].bad == 1h);
}

TEST_CASE("A path is bad while any point is, a group only while all its members are") {
    ReportInput input = day();
    input.streams = {};
    input.paths = {{"p", {{{"a", "b"}, 0s}, {{"c"}, 0s}}}};
    for (const char* stream : {"b", "c"}) input.watch.push_back({stream, kDay - 1h, AirState::OnAir, true, false});
    input.alarms = {alarm("a", 1h, 4h), alarm("b", 3h, 5h),  // both: 3 to 4
                    alarm("c", 10h, 12h)};
    Report report = compute_report(input);
    REQUIRE(report.paths.size() == 1);
    CHECK(report.paths[0].bad == 3h);
    CHECK(report.paths[0].counted == 24h);
    // One member unwatched: then the other one alone decides.
    input.watch.push_back({"b", kDay, AirState::OnAir, false, false});
    report = compute_report(input);
    CHECK(report.paths[0].bad == 5h);
    CHECK(report.paths[0].unmonitored == 0s);
}

TEST_CASE(
    "MTTA is from the first notification to the first acknowledge by a person; what cleared itself counts apart") {
    ReportInput input = day();
    core::Incident one = incident("i1", 1h), two = incident("i2", 2h), three = incident("i3", 3h),
                   merged = incident("i4", 4h), before = incident("i5", -1h);
    one.notified_at = kDay + 1h + 10s;
    one.acknowledged_at = kDay + 1h + 70s;
    one.resolved_at = kDay + 1h + 10min;
    two.notified_at = kDay + 2h;
    two.timeline = {{kDay + 2h + 1s, "desk", "acknowledged", ""},         // the desk is no person
                    {kDay + 2h + 3min, "J. Moreau", "acknowledged", ""},  // taken back later
                    {kDay + 2h + 4min, "J. Moreau", "note", "looking"}};
    two.returns = 2;
    three.notified_at = kDay + 3h;
    three.resolved_at = kDay + 3h + 2min;
    three.severity = Severity::Minor;
    merged.merged_into = "i1";
    merged.resolved_at = kDay + 5h;
    input.incidents = {before, one, two, three, merged};
    const Report report = compute_report(input);
    CHECK(report.incidents == 4);
    CHECK(report.by_severity.at(Severity::Critical) == 3);
    CHECK(report.notified == 3);
    CHECK(report.acknowledged == 2);
    CHECK(report.self_cleared == 1);
    CHECK(report.returned == 1);
    CHECK(report.merged == 1);
    CHECK(report.mtta.count == 2);
    CHECK(report.mtta.mean() == 120s);  // (60 + 180) / 2
    CHECK(report.mttr.count == 2);
    CHECK(report.mttr.mean() == 6min);  // (10 + 2) / 2
    REQUIRE(report.notes.size() == 1);
    CHECK(report.notes[0].entry.text == "looking");
    REQUIRE(report.open.size() == 2);  // i5 and i2
    CHECK(report.list.size() == 4);
    CHECK(report.list[0].id == "i4");
}

TEST_CASE("Alarm rates are held against the flood figures") {
    ReportInput input = day();
    for (int n = 0; n < 12; ++n) input.alarms.push_back(alarm("a", 1h + n * 1s, 1h + 1min));  // step 6: a flood begins
    for (int n = 0; n < 7; ++n) input.alarms.push_back(alarm("a", 70min + n * 1s, 71min));    // 7: it goes on
    for (int n = 0; n < 4; ++n) input.alarms.push_back(alarm("a", 80min + n * 1s, 81min));    // 4: it is over
    input.alarms.push_back(alarm("a", -1h, 1min));                                            // raised the day before
    const Rate rate = compute_report(input).alarms;
    CHECK(rate.count == 23);
    CHECK(rate.mean_per_10min == Approx(23.0 / 144));
    CHECK(rate.peak_10min == 12);
    CHECK(rate.floods == 1);
    CHECK(rate.flood_share == Approx(2.0 / 144));
    CHECK(rate.step == 20min);  // 144 steps in 72 bars
    REQUIRE(rate.per_step.size() == 72);
    CHECK(rate.per_step[3] == 19);
    CHECK(rate.per_step[4] == 4);
}

TEST_CASE("Three alarms of a rule within a minute are flapping; rules nobody acted on are named") {
    ReportInput input = day();
    input.alarms = {alarm("a", 1h, 1h + 1s, Severity::Warning, "audio.silence"),
                    alarm("a", 1h + 30s, 1h + 31s, Severity::Warning, "audio.silence"),
                    alarm("a", 1h + 60s, 1h + 61s, Severity::Warning, "audio.silence"),
                    alarm("b", 1h, 1h + 1s, Severity::Warning, "audio.silence"),
                    alarm("b", 2h, 2h + 1s, Severity::Warning, "video.freeze"),
                    alarm("b", 2h + 31s, 2h + 32s, Severity::Warning, "video.freeze"),
                    alarm("b", 2h + 61s, 2h + 62s, Severity::Warning, "video.freeze")};
    core::Incident acted = incident("i1", 1h);
    acted.acknowledged_at = kDay + 1h + 5min;
    acted.alarms = {{input.alarms[4].id, "b", "video.freeze", Severity::Warning, false, {}, {}}};
    input.incidents = {acted};
    const Report report = compute_report(input);
    REQUIRE(report.flapping.size() == 1);
    CHECK(report.flapping[0].rule == "audio.silence");
    CHECK(report.flapping[0].stream == "a");
    CHECK(report.flapping[0].alarms == 3);
    REQUIRE(report.never_acted.size() == 1);
    CHECK(report.never_acted[0].rule == "audio.silence");
    CHECK(report.never_acted[0].alarms == 4);
    REQUIRE_FALSE(report.offenders.empty());
    CHECK(report.offenders[0].stream == "b");
}

TEST_CASE("What is snoozed or in maintenance when a shift ends is handed over") {
    ReportInput input = day();
    core::Incident snoozed = incident("i1", 1h);
    snoozed.snoozed_until = kDay + 30h;
    snoozed.snooze_reason = "vendor on site";
    input.incidents = {snoozed};
    input.watch.push_back({"a", kDay + 23h, AirState::OnAir, true, true});
    const Report report = compute_report(input);
    CHECK(report.snoozed.size() == 1);
    CHECK(report.in_maintenance == std::vector<std::string>{"a"});
}

namespace {

/// The records of a CSV that have not four fields, or one that a spreadsheet would take for a formula.
std::string records_with_formulas(const std::string& csv) {
    std::string wrong, field, record;
    std::size_t fields = 1;
    bool quoted = false, formula = false;
    const auto end_field = [&] {
        const std::size_t first = field.find_first_not_of(" \t");
        formula = formula || (first != std::string::npos && std::string("=+@").find(field[first]) != std::string::npos);
        field.clear();
    };
    for (const char c : csv) {
        record += c;
        if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && c == ',') {
            end_field();
            ++fields;
        } else if (!quoted && c == '\n') {
            end_field();
            if (fields != 4 || formula) wrong += record;
            fields = 1;
            formula = false;
            record.clear();
        } else {
            field += c;
        }
    }
    return wrong + record;
}

}  // namespace

TEST_CASE("A report names the evidence of each incident, and shows the first bad picture") {
    const test::TemporaryFolder folder;
    auto opened = EvidenceShelf::open(folder / "evidence", 100U << 20);
    REQUIRE(opened);
    EvidenceShelf& shelf = **opened;
    const auto keep = [&](const std::string& id, std::size_t still) {
        const auto at = shelf.begin(id);
        REQUIRE(at);
        std::ofstream(*at + "/clip.ts") << std::string(1'880, 'G');
        std::ofstream(*at + "/bad.jpg") << std::string(still, 'J');
        REQUIRE(shelf.keep(id));
    };
    keep("i1", 3);
    keep("i2", 900'000);
    keep("i3", 900'000);
    keep("i4", 900'000);
    keep("i5", 900'000);
    ReportInput input = day();
    input.links_base = "https://desk.example:8443";
    input.incidents = {incident("i1", 1h), incident("i2", 2h), incident("i3", 3h),
                       incident("i4", 4h), incident("i5", 5h), incident("i6", 6h)};
    for (core::Incident& one : input.incidents) {
        one.state = core::IncidentState::Resolved;
        one.resolved_at = one.opened_at + 1min;
        one.timeline = {{one.opened_at, "desk", "evidence", "kept: a clip of 20.1 s"}};
    }
    input.incidents[1].severity = Severity::Minor;  // the largest page has room for three of four
    Report report = compute_report(input);
    CHECK(to_json(report).find(R"("evidence":null)") != std::string::npos);
    add_evidence(report, shelf, ReportStills::Yes);
    const auto json = nlohmann::json::parse(to_json(report));
    CHECK(json["evidence"].size() == 5);
    CHECK(json["evidence"]["i1"]["path"] == "/api/v1/incidents/i1/evidence");
    CHECK(json["evidence"]["i1"]["files"][1]["path"] == "/api/v1/incidents/i1/evidence/clip.ts");
    CHECK(json["evidence"]["i1"]["files"][1]["bytes"] == 1'880);
    CHECK(to_csv(report).find("evidence,i1,bad.jpg,/api/v1/incidents/i1/evidence/bad.jpg\r\n") != std::string::npos);
    const std::string html = to_html(report);
    CHECK(html.find(
              R"(<a href="https://desk.example:8443/api/v1/incidents/i1/evidence/clip.ts">clip (clip.ts, 2 kB)</a>)") !=
          std::string::npos);
    CHECK(html.find(R"(src="data:image/jpeg;base64,SkpK")") != std::string::npos);
    CHECK(html.find("it has made room for newer since") != std::string::npos);  // i6
    for (const char* id : {"i1", "i3", "i4", "i5"}) CHECK_FALSE(report.evidence->at(id).still.empty());
    CHECK(report.evidence->at("i2").still.empty());
    CHECK(html.size() < 5U << 20);

    add_evidence(report, shelf, ReportStills::No);
    report.links_base.clear();
    const std::string plain = to_html(report);
    CHECK(plain.find("data:image") == std::string::npos);
    CHECK(plain.find("<a ") == std::string::npos);
    CHECK(plain.find("clip (clip.ts, 2 kB)") != std::string::npos);
}

TEST_CASE("An empty day makes a report in every form") {
    const Report report = compute_report(day());
    CHECK(to_json(report).find(R"("opened":0)") != std::string::npos);
    CHECK(to_csv(report).find("incidents,all,opened,0\r\n") != std::string::npos);
    CHECK(to_html(report).find("</html>") != std::string::npos);
    CHECK(to_csv(report).find("mtta_s") == std::string::npos);
}

TEST_CASE("Hostile text is shown, and does nothing, in HTML, CSV and JSON") {
    ReportInput input = day();
    core::Incident evil = incident("i1", 1h);
    evil.title = std::string("<script>alert(1)</script>\x1b[31m\r\n\xff") + kHostileText;
    evil.owner = "=HYPERLINK(\"http://evil\")";
    evil.cause.name = evil.why = evil.acknowledged_by = evil.snoozed_by = evil.snooze_reason = kHostileText;
    evil.snoozed_until = kDay + 30h;
    evil.timeline = {{kDay + 2h, "=cmd|' /C calc'!A0", "note", "\"quoted\", and\nnew line <b>"},
                     {kDay + 2h, "\t+1+1", "note", kHostileText},
                     {kDay + 3h, kHostileText, "note", "x"}};
    input.incidents = {evil};
    input.probe = "\"><img src=x>";
    const Report report = compute_report(input);
    const std::string html = to_html(report);
    for (const char* tag : {"<script", "<img", "<b>\n", "<b onload", "<!channel"})
        CHECK(html.find(tag) == std::string::npos);
    CHECK(html.find("&lt;script&gt;alert(1)&lt;/script&gt;") != std::string::npos);
    const std::string csv = to_csv(report);
    CHECK(csv.find("'=cmd|") != std::string::npos);
    CHECK(csv.find("' +1+1: ") != std::string::npos);
    CHECK(csv.find("\"\"quoted\"\"") != std::string::npos);
    CHECK(to_json(report).find("\\\"quoted\\\"") != std::string::npos);
    for (std::string text : {html, csv, to_json(report)}) {
        const auto line_end = [](char c) { return c == '\n' || c == '\r'; };
        text.erase(std::remove_if(text.begin(), text.end(), line_end), text.end());
        CHECK(harmless(text));
    }
    CHECK(nlohmann::json::accept(to_json(report)));
    // Each line of a CSV is a record of four fields, none of which begins as a formula.
    CHECK(records_with_formulas(csv) == "");
}
