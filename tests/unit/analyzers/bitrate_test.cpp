// SPDX-License-Identifier: Apache-2.0
#include "analyzers/bitrate.hpp"

#include "tests/catch.hpp"

using namespace sightline;
using analyzers::BitrateMeter;
using std::chrono::milliseconds;

namespace {

std::vector<double> values(const core::FindingsList& found) {
    std::vector<double> all;
    for (const auto& item : found.items) {
        all.push_back(std::get<core::LevelSample>(item).value);
    }
    return all;
}

}  // namespace

TEST_CASE("bytes are counted in windows of one second, empty ones too") {
    BitrateMeter meter("bitrate.mux", {}, BitrateMeter::Clock::Media, 256);
    core::FindingsList found;
    for (int ms = 500; ms < 1'500; ms += 10) {
        meter.add({milliseconds{ms}, {}}, 1'250, found);
    }
    meter.add({milliseconds{3'700}, {}}, 0, found);
    CHECK(values(found) == std::vector<double>{1e6, 0, 0});
    const auto& first = std::get<core::LevelSample>(found.items.front());
    CHECK(first.measurement == "bitrate.mux");
    CHECK(first.at.media == milliseconds{1'500});
    CHECK(first.window == milliseconds{1'000});
    CHECK(first.pid == 256);
}

TEST_CASE("on the arrival clock media time does not matter") {
    BitrateMeter meter("bitrate.mux", {}, BitrateMeter::Clock::Arrival);
    core::FindingsList found;
    meter.add({milliseconds{5}, {}}, 1'000, found);
    CHECK(found.items.empty());
    meter.add({milliseconds{5}, core::ArrivalTime(milliseconds{100'000})}, 1'000, found);
    meter.add({milliseconds{5}, core::ArrivalTime(milliseconds{101'000})}, 1'000, found);
    CHECK(values(found) == std::vector<double>{8'000});
    CHECK(std::get<core::LevelSample>(found.items.front()).at.arrival == core::ArrivalTime(milliseconds{101'000}));
}

TEST_CASE("a clock that steps far, or is reset, begins a new window without inventing silence") {
    BitrateMeter meter("bitrate.mux", {}, BitrateMeter::Clock::Media);
    core::FindingsList found;
    meter.add({milliseconds{0}, {}}, 1'000, found);
    meter.add({std::chrono::hours{3}, {}}, 1'000, found);
    CHECK(found.items.empty());
    meter.reset();
    meter.add({milliseconds{0}, {}}, 500, found);
    meter.add({milliseconds{1'000}, {}}, 1'000, found);
    CHECK(values(found) == std::vector<double>{4'000});
}
