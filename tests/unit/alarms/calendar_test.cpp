// SPDX-License-Identifier: Apache-2.0
#include "alarms/calendar.hpp"

#include "tests/catch.hpp"

using namespace sightline;
using alarms::WeeklyCalendar;
using core::AirState;

namespace {

constexpr int kDay = 1440;

core::UtcTime utc(const char* text) {
    return core::parse_rfc3339(text).value();
}

WeeklyCalendar london(std::vector<core::WeeklySpan> spans) {
    core::AirCalendar plan;
    plan.zone = "Europe/London";
    plan.on_air = std::move(spans);
    return WeeklyCalendar::load(plan).value();
}

}  // namespace

TEST_CASE("A weekly plan is read on local clocks, summer and winter") {
    const auto plan = london({{6 * 60, 20 * 60}});  // Monday 06:00-20:00
    CHECK(plan.at(utc("2026-07-06T04:59:59.999Z")) == AirState::Standby);
    CHECK(plan.at(utc("2026-07-06T05:00:00Z")) == AirState::OnAir);
    CHECK(plan.at(utc("2026-07-06T18:59:59Z")) == AirState::OnAir);
    CHECK(plan.at(utc("2026-07-06T19:00:00Z")) == AirState::Standby);
    CHECK(plan.at(utc("2026-12-07T05:59:59Z")) == AirState::Standby);
    CHECK(plan.at(utc("2026-12-07T06:00:00Z")) == AirState::OnAir);
    CHECK(plan.next_change(utc("2026-10-24T12:00:00Z")) == utc("2026-10-26T06:00:00Z"));
    CHECK(plan.next_change(utc("2026-07-06T05:00:00Z")) == utc("2026-07-06T19:00:00Z"));
}

TEST_CASE("Clocks put forward over an edge: it comes at the jump") {
    const auto plan = london({{6 * kDay + 90, 6 * kDay + 300}});  // Sunday 01:30-05:00
    CHECK(plan.next_change(utc("2026-03-28T12:00:00Z")) == utc("2026-03-29T01:00:00Z"));
    CHECK(plan.next_change(utc("2026-03-29T01:00:00Z")) == utc("2026-03-29T04:00:00Z"));
}

TEST_CASE("Clocks put back over an edge: a span begins at the first and ends at the last such time") {
    const auto begins = london({{6 * kDay + 90, 6 * kDay + 300}});  // Sunday 01:30-05:00
    CHECK(begins.next_change(utc("2026-10-24T12:00:00Z")) == utc("2026-10-25T00:30:00Z"));
    CHECK(begins.next_change(utc("2026-10-25T00:30:00Z")) == utc("2026-10-25T05:00:00Z"));
    const auto ends = london({{6 * kDay, 6 * kDay + 90}});  // Sunday 00:00-01:30
    CHECK(ends.next_change(utc("2026-10-25T00:00:00Z")) == utc("2026-10-25T01:30:00Z"));
}

TEST_CASE("Spans that touch are no change") {
    const auto plan = london({{0, kDay}, {kDay, 2 * kDay}});
    CHECK(plan.next_change(utc("2026-01-05T12:00:00Z")) == utc("2026-01-07T00:00:00Z"));
    std::vector<core::WeeklySpan> all;
    for (int day = 0; day < 7; ++day) all.push_back({day * kDay, (day + 1) * kDay});
    CHECK_FALSE(london(all).next_change(utc("2026-03-28T12:00:00Z")));
    CHECK(london(all).at(utc("2026-03-29T01:00:00Z")) == AirState::OnAir);
}

TEST_CASE("A plan without spans is fixed") {
    core::AirCalendar plan;
    plan.fixed = AirState::OffAir;
    const auto calendar = WeeklyCalendar::load(plan).value();
    CHECK(calendar.at(utc("2026-03-29T01:00:00Z")) == AirState::OffAir);
    CHECK_FALSE(calendar.next_change(utc("2026-03-29T01:00:00Z")));
}

TEST_CASE("A plan with an unknown zone or a span out of order is refused") {
    core::AirCalendar plan;
    plan.zone = "Europe/Lundon";
    CHECK(WeeklyCalendar::load(plan).error().message == "time zone \"Europe/Lundon\" is unknown");
    plan.zone = "UTC";
    plan.on_air = {{100, 100}};
    CHECK_FALSE(WeeklyCalendar::load(plan));
    plan.on_air = {{100, 7 * kDay + 1}};
    CHECK_FALSE(WeeklyCalendar::load(plan));
}
