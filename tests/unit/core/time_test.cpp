// SPDX-License-Identifier: Apache-2.0
#include "core/time.hpp"

#include "core/clock.hpp"
#include "tests/catch.hpp"

using namespace sightline::core;
using namespace std::chrono_literals;

TEST_CASE("Civil time is written and read as RFC 3339 with milliseconds") {
    const UtcTime time = UtcTime{1'700'000'000s} + 123'999'999ns;
    CHECK(to_rfc3339(time) == "2023-11-14T22:13:20.123Z");
    CHECK(parse_rfc3339("2023-11-14T22:13:20.123Z").value() == UtcTime{1'700'000'000s} + 123ms);
    CHECK(parse_rfc3339("2023-11-14T22:13:20Z").value() == UtcTime{1'700'000'000s});
    for (const char* bad : {"", "2023-11-14", "2023-02-30T00:00:00Z", "2023-11-14T25:00:00Z", "2023-11-14T22:13:20.Z",
                            "2023-11-14T22:13:20", "2023-11-14T22:13:20+01:00"}) {
        INFO(bad);
        CHECK_FALSE(parse_rfc3339(bad));
    }
    // Years that nanoseconds of 64 bits cannot hold, or barely.
    for (const char* far : {"0000-01-01T00:00:00Z", "1013-11-21T10:00:00Z", "1969-12-31T23:59:59Z",
                            "2200-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}) {
        CHECK_FALSE(parse_rfc3339(far));
    }
    CHECK(to_rfc3339(parse_rfc3339("2199-12-31T23:59:59.999Z").value()) == "2199-12-31T23:59:59.999Z");
}

TEST_CASE("Durations carry their unit") {
    CHECK(parse_duration("250ms").value() == 250ms);
    CHECK(parse_duration("1.5s").value() == 1500ms);
    CHECK(parse_duration("15m").value() == 15min);
    CHECK(parse_duration("2h").value() == 2h);
    CHECK(parse_duration("1d").value() == 24h);
    for (const char* bad : {"", "3", "s", "-1s", "1e3s", "nan s", "3 s", "9999d", "3sec"}) {
        INFO(bad);
        CHECK_FALSE(parse_duration(bad));
    }
    CHECK(parse_duration("3").error().message ==
          "\"3\" is not a duration (a number with its unit, up to ten years: 250ms, 3s, 15m, 2h, 1d)");
    for (const char* text : {"0s", "3s", "250ms", "15m", "24h", "2d", "90s", "1500ms"})
        CHECK(to_text(parse_duration(text).value()) == text);
}

TEST_CASE("Ticks become durations without overflow after months") {
    CHECK(ticks_to_duration(48'000LL * 86'400 * 365, 48'000) == std::chrono::hours{24 * 365});
    CHECK(ticks_to_duration(1, 3) == 333'333'333ns);
    CHECK(ticks_to_duration(-90'000, 90'000) == -1s);
}

TEST_CASE("A step of the host clock moves civil time only") {
    VirtualClock clock(ArrivalTime{5s}, UtcTime{100s});
    clock.step_utc(1h);
    CHECK(clock.now() == ArrivalTime{5s});
    clock.advance(2s);
    CHECK(clock.to_utc(ArrivalTime{6s}) == UtcTime{101s} + 1h);
}
