// SPDX-License-Identifier: Apache-2.0
#include "config/values.hpp"

#include <clocale>

#include "tests/catch.hpp"

using namespace sightline;
using namespace sightline::config;

TEST_CASE("Bitrates carry their unit and are whole bits per second") {
    CHECK(parse_bitrate("4M") == 4e6);
    CHECK(parse_bitrate("800k") == 8e5);
    CHECK(parse_bitrate("1.5G") == 1.5e9);
    CHECK(parse_bitrate("4 Mb/s") == 4e6);
    CHECK(parse_bitrate("4Mbps") == 4e6);
    CHECK(parse_bitrate("9600b/s") == 9600);
    CHECK_FALSE(parse_bitrate("4"));
    CHECK_FALSE(parse_bitrate("4MB"));
    CHECK_FALSE(parse_bitrate("-4M"));
    CHECK_FALSE(parse_bitrate("M"));
    CHECK_FALSE(parse_bitrate("1e99M"));
    CHECK_FALSE(parse_bitrate("nanM"));
}

TEST_CASE("A bitrate's text reads back as the same bitrate") {
    for (const double bps : {0.0, 1.0, 9600.0, 800'000.0, 1'234'567.0, 4'000'000.0, 4'120'000.0, 999'999'999'990.0}) {
        CAPTURE(bps, bitrate_text(bps));
        CHECK(parse_bitrate(bitrate_text(bps)) == bps);
    }
    CHECK(bitrate_text(4e6) == "4M");
    CHECK(bitrate_text(8e5) == "800k");
}

TEST_CASE("Sizes are decimal or binary as written") {
    CHECK(parse_bytes("65536") == 65'536);
    CHECK(parse_bytes("4MB") == 4'000'000);
    CHECK(parse_bytes("4MiB") == 4'194'304);
    CHECK(parse_bytes("1.5KiB") == 1'536);
    CHECK_FALSE(parse_bytes("4Q"));
    CHECK_FALSE(parse_bytes("-1"));
}

TEST_CASE("Quantities take their own unit or none, percentages and times only theirs") {
    CHECK(parse_quantity("-40dBFS", "dBFS") == -40);
    CHECK(parse_quantity("-40 dbfs", "dBFS") == -40);
    CHECK(parse_quantity("-40", "dBFS") == -40);
    CHECK(parse_quantity("+3", "dB") == 3);
    CHECK_FALSE(parse_quantity("-40dB", "dBFS"));
    CHECK(parse_quantity("10%", "%") == 10);
    CHECK_FALSE(parse_quantity("0.1", "%"));
    CHECK(parse_quantity("250ms", "s") == 0.25);
    CHECK(parse_quantity("2s", "ms") == 2000);
    CHECK_FALSE(parse_quantity("2", "s"));
    CHECK_FALSE(parse_quantity("inf", "dB"));
}

TEST_CASE("Switches and frame rates") {
    CHECK(parse_switch("On") == true);
    CHECK(parse_switch("off") == false);
    CHECK_FALSE(parse_switch("maybe").has_value());
    CHECK(parse_frame_rate("25") == 25.0);
    CHECK(parse_frame_rate("30000/1001").value() == Approx(29.97).epsilon(1e-4));
    CHECK_FALSE(parse_frame_rate("0"));
    CHECK_FALSE(parse_frame_rate("25/0"));
    CHECK_FALSE(parse_frame_rate("1001"));
}

TEST_CASE("Weekly spans are minutes since Monday") {
    using Spans = std::vector<core::WeeklySpan>;
    CHECK(parse_weekly("Mon 06:00-12:30") == Spans{{360, 750}});
    CHECK(parse_weekly("mon,wed 00:00-24:00") == Spans{{0, 1440}, {2880, 4320}});
    CHECK(parse_weekly("Fri-Mon 10:00-11:00")->size() == 4);
    SECTION("past midnight goes into the next day, past Sunday into Monday") {
        CHECK(parse_weekly("Sat 22:00-02:00") == Spans{{5 * 1440 + 1320, 6 * 1440 + 120}});
        CHECK(parse_weekly("Sun 22:00-02:00") == Spans{{6 * 1440 + 1320, 7 * 1440}, {0, 120}});
        CHECK(parse_weekly("Sun 22:00-00:00") == Spans{{6 * 1440 + 1320, 7 * 1440}});
    }
    SECTION("what cannot be meant is refused") {
        for (const char* text :
             {"", "Mon", "06:00-07:00", "Mon 6-7", "Mon 06:00", "Mon 06:00-06:00", "Mon 24:00-25:00", "Mon 06:60-07:00",
              "Mon 24:00-02:00", "Foo 06:00-07:00", "Mon- 06:00-07:00", "Mon, 06:00-07:00", "Mon 06:00-07:00x"}) {
            CAPTURE(text);
            CHECK_FALSE(parse_weekly(text));
        }
    }
}

TEST_CASE("Spans that touch or overlap become one") {
    CHECK(joined({{100, 200}, {0, 50}, {150, 300}, {300, 310}}) == std::vector<core::WeeklySpan>{{0, 50}, {100, 310}});
}

TEST_CASE("Numbers are read with a point whatever the locale") {
    const std::string before = std::setlocale(LC_NUMERIC, nullptr);
    if (std::setlocale(LC_NUMERIC, "de_DE.UTF-8") == nullptr) std::setlocale(LC_NUMERIC, "C.UTF-8");
    CHECK(parse_number("1.5") == 1.5);
    CHECK_FALSE(parse_number("1,5"));
    CHECK(quantity_text(-0.5, "dB") == "-0.5dB");
    std::setlocale(LC_NUMERIC, before.c_str());
}
