// SPDX-License-Identifier: Apache-2.0
#include "incidents/report_period.hpp"

#include "tests/catch.hpp"
#include "tests/unit/incidents/notices.hpp"

using namespace sightline;
using namespace sightline::incidents;

namespace {

const ShiftStarts kShifts{6 * 60, 14 * 60, 22 * 60};

core::UtcTime utc(const char* text) {
    return core::parse_rfc3339(text).value();
}
std::string words(const ReportPeriod& period) {
    return period.label + ": " + core::to_rfc3339(period.from).substr(0, 16) + " " +
           core::to_rfc3339(period.to).substr(0, 16);
}

}  // namespace

TEST_CASE("Periods begin and end at local midnights, on Mondays, on the first, and when shifts do") {
    const auto london = core::load_time_zone("Europe/London").value();
    const auto at = [&](ReportKind kind, const char* time) {
        return words(period_at(kind, utc(time), london, kShifts));
    };
    CHECK(at(ReportKind::Daily, "2026-07-01T23:30:00Z") == "2026-07-02: 2026-07-01T23:00 2026-07-02T23:00");
    CHECK(at(ReportKind::Weekly, "2026-11-22T12:00:00Z") == "week from 2026-11-16: 2026-11-16T00:00 2026-11-23T00:00");
    CHECK(at(ReportKind::Monthly, "2026-12-31T12:00:00Z") == "2026-12: 2026-12-01T00:00 2027-01-01T00:00");
    CHECK(at(ReportKind::Shift, "2026-11-21T14:00:00Z") == "2026-11-21 14:00: 2026-11-21T14:00 2026-11-21T22:00");
    CHECK(at(ReportKind::Shift, "2026-11-21T05:59:59Z") == "2026-11-20 22:00: 2026-11-20T22:00 2026-11-21T06:00");
    CHECK(at(ReportKind::Shift, "2026-11-21T23:00:00Z") == "2026-11-21 22:00: 2026-11-21T22:00 2026-11-22T06:00");
}

TEST_CASE("A day of the change of summer time has 23 or 25 hours, and its months fit together") {
    const auto london = core::load_time_zone("Europe/London").value();
    const auto hours = [&](const char* time) {
        const auto day = period_at(ReportKind::Daily, utc(time), london, kShifts);
        return (day.to - day.from) / std::chrono::hours{1};
    };
    CHECK(hours("2026-03-29T12:00:00Z") == 23);
    CHECK(hours("2026-10-25T12:00:00Z") == 25);
    CHECK(hours("2026-10-26T12:00:00Z") == 24);
    const auto march = period_at(ReportKind::Monthly, utc("2026-03-10T00:00:00Z"), london, kShifts);
    CHECK(period_at(ReportKind::Monthly, march.to, london, kShifts).from == march.to);
}

TEST_CASE("A shift over the change of the clocks lasts an hour less or more, and the next begins when it ends") {
    const auto london = core::load_time_zone("Europe/London").value();
    const auto night = [&](const char* time) {
        const auto shift = period_at(ReportKind::Shift, utc(time), london, kShifts);
        return shift.label + ": " + std::to_string((shift.to - shift.from) / std::chrono::hours{1}) + " h";
    };
    CHECK(night("2026-03-29T00:30:00Z") == "2026-03-28 22:00: 7 h");
    CHECK(night("2026-10-25T01:30:00Z") == "2026-10-24 22:00: 9 h");
    CHECK(night("2026-10-26T01:30:00Z") == "2026-10-25 22:00: 8 h");
    // Shifts that begin at times which clocks skip or show twice: each moment is in one, and they follow each other.
    for (const ShiftStarts& shifts : {ShiftStarts{0}, ShiftStarts{90}, ShiftStarts{30, 90, 105, 810}, kShifts}) {
        for (const char* begin : {"2026-03-27T23:10:00Z", "2026-10-23T23:10:00Z"}) {
            ReportPeriod last;
            for (int quarter = 0; quarter < 4 * 24 * 4; ++quarter) {
                const core::UtcTime at = utc(begin) + quarter * std::chrono::minutes{15};
                const ReportPeriod shift = period_at(ReportKind::Shift, at, london, shifts);
                INFO(core::to_rfc3339(at) << " is in " << words(shift) << ", shifts from " << shifts.front());
                CHECK((shift.from <= at && at < shift.to));
                CHECK((quarter == 0 || shift.from == last.from || shift.from == last.to));
                last = shift;
            }
        }
    }
}

TEST_CASE("Dates name periods; last is the newest that is over") {
    const core::TimeZone zone;
    const core::UtcTime now = utc("2026-11-21T15:00:00Z");
    const auto of = [&](ReportKind kind, const char* date) {
        const auto period = period_of(kind, date, now, zone, kShifts);
        return period ? words(*period) : period.error().message;
    };
    CHECK(of(ReportKind::Monthly, "2026-02") == "2026-02: 2026-02-01T00:00 2026-03-01T00:00");
    CHECK(of(ReportKind::Monthly, "last") == "2026-10: 2026-10-01T00:00 2026-11-01T00:00");
    CHECK(of(ReportKind::Monthly, "") == "2026-10: 2026-10-01T00:00 2026-11-01T00:00");
    CHECK(of(ReportKind::Daily, "current") == "2026-11-21: 2026-11-21T00:00 2026-11-22T00:00");
    CHECK(of(ReportKind::Shift, "last") == "2026-11-21 06:00: 2026-11-21T06:00 2026-11-21T14:00");
    CHECK(of(ReportKind::Shift, "2026-11-20T23:10") == "2026-11-20 22:00: 2026-11-20T22:00 2026-11-21T06:00");
    for (const char* wrong :
         {"2026", "2026-13", "2026-02-30", "21.11.2026", "2026-11-21T25:00", "2026-11-21T14:000", "2026-11-21T",
          "2026-11-21x", "-026-11", "1969-01-01", "2200-01-01", "9999-12-31", "<script>"}) {
        INFO(wrong);
        CHECK(of(ReportKind::Daily, wrong).find("allowed are last, current, 2026-11") != std::string::npos);
    }
}

TEST_CASE("Shifts are rising times of day") {
    CHECK(parse_shifts("06:00,14:00,22:00") == kShifts);
    CHECK(parse_shifts("00:00") == ShiftStarts{0});
    for (const char* wrong :
         {"", "6:00", ",", "06:00,,07:00", "06:00,06:00", "14:00,06:00", "24:00", "06:00,", "06:00;14:00", "06:0x"}) {
        INFO(wrong);
        CHECK_FALSE(parse_shifts(wrong));
    }
}
