// SPDX-License-Identifier: Apache-2.0
#include "incidents/maintenance.hpp"

#include "tests/catch.hpp"

using namespace sightline;
using namespace sightline::incidents;
using namespace std::chrono_literals;

namespace {

core::UtcTime utc(const char* text) {
    return *core::parse_rfc3339(text);
}

MaintenanceWindow window(const std::string& json) {
    auto read = maintenance_from_json(json, utc("2026-11-22T03:00:00Z"));
    if (!read) FAIL(read.error().message);
    return std::move(*read);
}

const MaintenanceWindow* covers(const MaintenanceCalendar& calendar, const char* time) {
    return calendar.covers("news-enc", {{"site", "london"}}, {"news-hd"}, utc(time));
}

}  // namespace

TEST_CASE("A window for what nobody has configured is refused: it would protect nothing") {
    config::Config config;
    core::StreamSpec stream;
    stream.id = "news";
    stream.tags = {{"encoder", "enc7"}};
    config.streams = {stream};
    config.paths = {{"news-hd", {}}};
    MaintenanceWindow planned;
    const auto said = [&](MaintenanceWindow::On on, const char* name) {
        planned.on = on;
        planned.name = name;
        const auto known = check_known(planned, config);
        return known ? std::string{} : known.error().message;
    };
    using On = MaintenanceWindow::On;
    CHECK(said(On::Stream, "news") == "");
    CHECK(said(On::Tag, "encoder=enc7") == "");
    CHECK(said(On::Path, "news-hd") == "");
    CHECK(said(On::Probe, "") == "");
    CHECK(said(On::Stream, "nwes") == "no stream is called \"nwes\"");
    CHECK(said(On::Tag, "encoder=enc9") == "no stream has the tag \"encoder=enc9\"");
    CHECK(said(On::Path, "news") == "no path is called \"news\"");
}

TEST_CASE("A window covers a stream by id, tag, path or the whole probe, from its begin to before its end") {
    const std::string span = R"("from":"2026-11-22T02:00:00Z","to":"2026-11-22T04:00:00Z"})";
    for (const char* on : {R"({"on":"stream","name":"news-enc",)", R"({"on":"tag","name":"site=london",)",
                           R"({"on":"path","name":"news-hd",)", R"({"on":"probe",)"}) {
        CAPTURE(on);
        const MaintenanceCalendar calendar({window(on + span)});
        CHECK(covers(calendar, "2026-11-22T01:59:59.999Z") == nullptr);
        CHECK(covers(calendar, "2026-11-22T02:00:00Z") != nullptr);
        CHECK(covers(calendar, "2026-11-22T03:59:59.999Z") != nullptr);
        CHECK(covers(calendar, "2026-11-22T04:00:00Z") == nullptr);
    }
    for (const char* on : {R"({"on":"stream","name":"news",)", R"({"on":"tag","name":"site=leeds",)",
                           R"({"on":"path","name":"sport",)"}) {
        const MaintenanceCalendar calendar({window(on + span)});
        CHECK(covers(calendar, "2026-11-22T03:00:00Z") == nullptr);
    }
}

TEST_CASE("A weekly window follows its zone's clocks over the end of summer time") {
    const MaintenanceCalendar calendar({window(
        R"({"on":"tag","name":"site=london","from":"2026-10-01T00:00:00Z","weekly":["Mon,Sun 02:00-04:00"],"zone":"Europe/London"})")});
    CHECK(covers(calendar, "2026-10-19T01:00:00Z") != nullptr);  // a Monday, 02:00 BST
    CHECK(covers(calendar, "2026-10-19T03:00:00Z") == nullptr);
    CHECK(covers(calendar, "2026-10-26T01:30:00Z") == nullptr);  // 01:30 GMT, a week later
    CHECK(covers(calendar, "2026-10-26T02:00:00Z") != nullptr);
    CHECK(covers(calendar, "2026-10-27T02:30:00Z") == nullptr);  // a Tuesday
    CHECK(covers(calendar, "2026-09-28T02:30:00Z") == nullptr);  // before `from`
    CHECK(calendar.next_change(utc("2026-10-26T00:00:00Z")) == utc("2026-10-26T02:00:00Z"));
    CHECK(calendar.next_change(utc("2026-10-26T02:00:00Z")) == utc("2026-10-26T04:00:00Z"));
}

TEST_CASE("A window reads back as written") {
    MaintenanceWindow one = window(
        R"({"id":"p-m3","on":"tag","name":"site=london","to":"2027-01-01T00:00:00Z","weekly":["Mon-Wed 22:00-02:00"],)"
        R"("zone":"Europe/London","reason":"firmware \"7\"","who":"J. Moreau"})");
    CHECK(one.from == utc("2026-11-22T03:00:00Z"));
    CHECK(one.created == utc("2026-11-22T03:00:00Z"));
    CHECK(one.weekly.size() == 3);
    CHECK(window(to_json(one)) == one);
}

TEST_CASE("A wrong window is refused in words") {
    const auto message = [](const char* json) {
        const auto read = maintenance_from_json(json, utc("2026-11-22T03:00:00Z"));
        REQUIRE_FALSE(read);
        CHECK(read.error().code == core::ErrorCode::InvalidConfig);
        return read.error().message;
    };
    CHECK(message("[1]") == "a maintenance window is a JSON object");
    CHECK(message(R"({"on":"tape","name":"x"})") == "on: got \"tape\", allowed are stream, tag, path, probe");
    CHECK(message(R"({"on":"stream"})") == "name: missing, allowed is an id");
    CHECK(message(R"({"on":"tag","name":"london"})") == "name: got \"london\", allowed is a tag such as site=london");
    CHECK(message(R"({"name":"a"})") == "to: missing; without it, weekly is needed");
    CHECK(message(R"({"name":"a","to":"2026-11-22T03:00:00Z"})") == "to: allowed is a time after from");
    CHECK(message(R"({"name":"a","to":"soon"})") == "to: got \"soon\", allowed is a time such as 2026-11-22T03:00:00Z");
    CHECK(message(R"({"name":"a","weekly":["Someday 1-2"]})") ==
          "weekly: got \"Someday 1-2\", allowed is a list of spans such as \"Mon-Fri 02:00-04:00\"");
    CHECK(message(R"({"name":"a","weekly":["Mon 01:00-02:00"],"zone":"Mars/Base"})").rfind("zone: ", 0) == 0);
    CHECK(message(R"({"name":7,"to":"2027-01-01T00:00:00Z"})") == "name: allowed is a text");
}
