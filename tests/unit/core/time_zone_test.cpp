// SPDX-License-Identifier: Apache-2.0
#include "core/time_zone.hpp"

#include "core/time.hpp"
#include "tests/catch.hpp"
#include "tests/fuzz_replay.hpp"

using namespace sightline;
using core::TimeZone;

namespace {

std::int64_t unix_of(const char* rfc3339) {
    return std::chrono::floor<std::chrono::seconds>(core::parse_rfc3339(rfc3339).value().time_since_epoch()).count();
}

void append_number(std::string& out, std::uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i)));
}

std::string header(unsigned time_count, unsigned type_count, unsigned chars) {
    std::string out = "TZif2" + std::string(15, '\0');
    for (const unsigned count : {0U, 0U, 0U, time_count, type_count, chars}) append_number(out, count, 4);
    return out;
}

/// One transition at `at` from UTC+1 to UTC+2, then `footer`.
std::string tzif(std::int64_t at, const std::string& footer) {
    std::string out = header(0, 1, 1) + std::string(6 + 1, '\0') + header(1, 2, 1);
    append_number(out, static_cast<std::uint64_t>(at), 8);
    out.push_back('\1');
    append_number(out, 3600, 4);
    out += std::string(2, '\0');
    append_number(out, 7200, 4);
    out += std::string(2, '\0');
    out.push_back('\0');
    return out + "\n" + footer + "\n";
}

core::Result<TimeZone> read(const std::string& bytes) {
    return TimeZone::from_tzif(std::as_bytes(std::span(bytes)));
}

}  // namespace

TEST_CASE("A TZif file gives the offsets before, between and after its transitions") {
    const auto zone = read(tzif(1'000'000, "EET-2"));
    REQUIRE(zone);
    CHECK(zone->offset_at(999'999) == 3600);
    CHECK(zone->offset_at(1'000'000) == 7200);
    CHECK(zone->offset_at(4'000'000'000) == 7200);
}

TEST_CASE("Every truncation of a TZif file is refused, never misread") {
    const std::string whole = tzif(1'000'000, "EET-2");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO(size);
        CHECK_FALSE(read(whole.substr(0, size)));
    }
}

TEST_CASE("POSIX TZ strings are read in all their forms") {
    const auto rule = core::parse_posix_tz("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0/3:30");
    REQUIRE(rule);
    CHECK(rule->standard_offset == 37'800);
    CHECK(rule->summer_offset == 39'600);
    CHECK(rule->begin.month == 10);
    CHECK(rule->end.seconds == 12'600);
    CHECK(core::parse_posix_tz("EST5")->standard_offset == -18'000);
    CHECK(core::parse_posix_tz("XXX0YYY,J60/-1,300/167")->begin.seconds == -3600);
    for (const char* bad : {"", "A1", "GMT", "GMT0BST", "GMT0BST,M13.1.0,M4.1.0", "GMT0BST,M3.5.0", "GMT25", "GMT0 ",
                            "GMT0BST,M3.5.7,M10.5.0", "GMT0BST,M3.5.0/168,M10.5.0", "<GMT0", "GMT0BST,J0,J1"}) {
        INFO(bad);
        CHECK_FALSE(core::parse_posix_tz(bad));
    }
}

TEST_CASE("Zones of the system's database follow summer time, listed years and later ones alike") {
    struct Row {
        const char* zone;
        const char* at;
        int offset;
    };
    for (const Row& row :
         {Row{"Europe/London", "2026-03-29T00:59:59Z", 0}, Row{"Europe/London", "2026-03-29T01:00:00Z", 3600},
          Row{"Europe/London", "2026-10-25T00:59:59Z", 3600}, Row{"Europe/London", "2026-10-25T01:00:00Z", 0},
          Row{"Europe/London", "2091-07-01T00:00:00Z", 3600}, Row{"America/New_York", "2026-11-01T06:00:00Z", -18'000},
          Row{"America/New_York", "2026-11-01T05:59:59Z", -14'400}, Row{"Asia/Kolkata", "2026-07-01T00:00:00Z", 19'800},
          Row{"Australia/Lord_Howe", "2026-01-01T00:00:00Z", 39'600},
          Row{"Australia/Lord_Howe", "2050-07-01T00:00:00Z", 37'800}, Row{"UTC", "2026-07-01T00:00:00Z", 0},
          Row{"Etc/UTC", "2026-07-01T00:00:00Z", 0}, Row{"Europe/Dublin", "2050-01-01T00:00:00Z", 0},
          Row{"Europe/Dublin", "2050-07-01T00:00:00Z", 3600}}) {
        INFO(row.zone << " " << row.at);
        const auto zone = core::load_time_zone(row.zone);
        REQUIRE(zone);
        CHECK(zone->offset_at(unix_of(row.at)) == row.offset);
    }
}

TEST_CASE("Local times that come twice or never have instants") {
    const auto zone = core::load_time_zone("Europe/London");
    REQUIRE(zone);
    const auto local = [](const char* text) { return unix_of(text); };  // read as if it were UTC
    CHECK(zone->to_unix(local("2026-07-01T12:00:00Z"), TimeZone::Repeated::First) == unix_of("2026-07-01T11:00:00Z"));
    CHECK(zone->to_unix(local("2026-10-25T01:30:00Z"), TimeZone::Repeated::First) == unix_of("2026-10-25T00:30:00Z"));
    CHECK(zone->to_unix(local("2026-10-25T01:30:00Z"), TimeZone::Repeated::Last) == unix_of("2026-10-25T01:30:00Z"));
    CHECK(zone->to_unix(local("2026-03-29T01:30:00Z"), TimeZone::Repeated::First) == unix_of("2026-03-29T01:00:00Z"));
    CHECK(zone->to_unix(local("2026-03-29T01:30:00Z"), TimeZone::Repeated::Last) == unix_of("2026-03-29T01:00:00Z"));
    CHECK(zone->to_unix(local("2080-03-31T01:30:00Z"), TimeZone::Repeated::First) == unix_of("2080-03-31T01:00:00Z"));
}

TEST_CASE("A name that is no zone is refused without leaving the database's folder") {
    for (const char* name : {"", "Europe/Nowhere", "../../etc/passwd", "/etc/passwd", "Europe", "Europe/London\n"}) {
        INFO(name);
        CHECK_FALSE(core::load_time_zone(name));
    }
}

TEST_CASE("Fuzz finds of the TZif reader replay") {
    const auto use = [](const std::string& bytes) {
        const auto zone = read(bytes);
        if (zone) {
            (void)zone->offset_at(INT64_MAX);
            (void)zone->to_unix(INT64_MIN, TimeZone::Repeated::Last);
        }
    };
    CHECK(tests::replay("time_zone", use) >= 3);
}
