// SPDX-License-Identifier: Apache-2.0
#include "engine/measurement_history.hpp"

#include <algorithm>
#include <string>

#include "tests/catch.hpp"

using namespace sightline;
using namespace std::chrono_literals;
using engine::MeasurementHistory;

TEST_CASE("One value a second of each measurement is remembered, for three minutes") {
    MeasurementHistory history;
    const core::ArrivalTime start{1'000s};
    for (int tick = 0; tick < 4'000; ++tick) history.add("bitrate.mux", start + tick * 100ms, tick);
    const core::ArrivalTime end = start + 400s;
    const std::string all = history.to_json(end, start, end);
    CHECK(std::count(all.begin(), all.end(), '[') - 1 >= 180);
    CHECK(std::count(all.begin(), all.end(), '[') - 1 <= 201);
    CHECK(all.starts_with(R"({"bitrate.mux":[[-180)"));
    CHECK(history.to_json(end, end + 1s, end + 2s) == "{}");
}

TEST_CASE("Values stand at their seconds from the fault") {
    MeasurementHistory history;
    const core::ArrivalTime since{500s};
    history.add("b", since - 2s, 1.5);
    history.add("b", since, -3);
    history.add("b", since + 1s, 0);
    history.add("a/audio:1/0", since - 2s, -23.25);
    history.add("not a number", since, 0.0 / 0.0);
    CHECK(history.to_json(since, since - 60s, since) == R"({"a/audio:1/0":[[-2.0,-23.25]],"b":[[-2.0,1.5],[0.0,-3]]})");
}

TEST_CASE("A stream that invents measurements is not remembered without end") {
    MeasurementHistory history;
    for (int n = 0; n < 5'000; ++n) history.add("m" + std::to_string(n), core::ArrivalTime{1s}, 1);
    const std::string all = history.to_json(core::ArrivalTime{1s}, core::ArrivalTime{0s}, core::ArrivalTime{2s});
    CHECK(std::count(all.begin(), all.end(), ':') == static_cast<std::ptrdiff_t>(MeasurementHistory::kMostSeries));
}
