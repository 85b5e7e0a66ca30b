// SPDX-License-Identifier: Apache-2.0
#include "testdata/fault_schedule.hpp"

#include <string>
#include <utility>
#include <vector>

#include "tests/catch.hpp"

namespace sightline::testdata {
namespace {

using core::from_seconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("A short form gives kind, start, length and options") {
    const auto fault = parse_fault("black@12.48+6.04:pixels=97%,luma=20,every=40s");
    REQUIRE(fault);
    CHECK(fault->kind == FaultKind::Black);
    CHECK(fault->at == milliseconds(12'480));
    CHECK(fault->length == milliseconds(6'040));
    CHECK(fault->pixels == Approx(0.97));
    CHECK(fault->luma == 20);
    CHECK(fault->every == seconds(40));
}

TEST_CASE("Times take units, rates take k and M, PIDs take words and numbers") {
    CHECK(parse_fault("silence@1m+500ms")->at == seconds(60));
    CHECK(parse_fault("starve@1+2:bitrate=200k")->bitrate_bps == 200'000);
    CHECK(parse_fault("jump@3:by=-1h")->by == -std::chrono::hours(1));
    CHECK(parse_fault("level@1+2:dbfs=-59dBFS")->level_dbfs == Approx(-59));
    CHECK(parse_fault("drop@1:pid=video,count=3")->pid == PidChoice{PidChoice::Kind::Video, 0});
    CHECK(parse_fault("drop@1:pid=256")->pid == PidChoice{PidChoice::Kind::Number, 256});
    const auto size = parse_fault("size@1+2:to=1280x720");
    CHECK(std::pair(size->width, size->height) == std::pair(1280, 720));
}

TEST_CASE("YAML and JSON lists hold maps and short forms") {
    const auto faults =
        parse_fault_list("faults:\n  - {kind: black, at: 12.48s, for: 6.04s, pixels: 98%}\n  - freeze@20+5\n");
    REQUIRE(faults);
    REQUIRE(faults->size() == 2);
    CHECK((*faults)[0].length == milliseconds(6'040));
    CHECK((*faults)[0].pixels == Approx(0.98));
    CHECK((*faults)[1].kind == FaultKind::Freeze);
    const auto json = parse_fault_list(R"([{"kind":"drop","at":1,"pid":"audio","count":2}])");
    REQUIRE(json);
    CHECK((*json)[0].count == 2);
}

TEST_CASE("A bad fault is refused in one line that says what is allowed") {
    const std::vector<std::pair<std::string, std::string>> table{
        {"black", "fault 'black': expected KIND@START[+LENGTH][:KEY=VALUE,…]"},
        {"black@x+2", "fault black: at = x is not a time from 0, as 2.5s"},
        {"black@1", "fault black: needs a length, as black@5+2"},
        {"black@1+2:pixels=2", "fault black: pixels = 2 is not a number in [0.01, 1]"},
        {"black@1+2:pid=5", "fault black: unknown key 'pid' (allowed: at for every pixels luma)"},
        {"black@1+2:pixels", "fault black: option = pixels is not KEY=VALUE"},
        {"drop@1:pid=9999", "fault drop: pid = 9999 is not any, video, audio, psi or 0 to 8191"},
        {"drop@1:count=1.5", "fault drop: count = 1.5 is not a whole number in [1, 1000000000]"},
        {"jump@1", "fault jump: needs by=TIME, as by=-1h"},
        {"jump@1+2:by=1h", "fault jump: happens at an instant, takes no length"},
        {"size@1+2", "fault size: needs to=WIDTHxHEIGHT"},
        {"size@1+2:to=4x4", "fault size: to = 4x4 is not WIDTHxHEIGHT within 32 to 8192"},
        {"black@1+2:every=1s", "fault black: every = 1s is not longer than its length 2s"},
    };
    for (const auto& [text, message] : table) {
        const auto fault = parse_fault(text);
        INFO(text);
        REQUIRE_FALSE(fault);
        CHECK(fault.error().message == message);
    }
    CHECK(parse_fault("blak@1+2").error().message.find("unknown fault 'blak' (allowed: black freeze") == 0);
    CHECK(parse_fault_list("- {kind: black, at: 1s}\n").error().message == "fault black: needs a length, as black@5+2");
    CHECK(parse_fault_list("\n- {kind: black}\n").error().message == "line 2: a fault needs `kind` and `at`");
    CHECK(parse_fault_list("just text").error().message == "expected a list of faults, or `faults:` with one");
    CHECK_FALSE(parse_fault_list("[unclosed"));
}

TEST_CASE("An occurrence covers its first instant and not its end") {
    Fault fault;
    fault.at = seconds(10);
    fault.length = seconds(2);
    CHECK_FALSE(occurrence_at(fault, seconds(10) - core::Duration{1}));
    CHECK(occurrence_at(fault, seconds(10)) == Occurrence{0, seconds(10), seconds(12)});
    CHECK(occurrence_at(fault, seconds(12) - core::Duration{1}));
    CHECK_FALSE(occurrence_at(fault, seconds(12)));
    fault.every = seconds(40);
    CHECK(occurrence_at(fault, seconds(91)) == Occurrence{2, seconds(90), seconds(92)});
    CHECK_FALSE(occurrence_at(fault, seconds(93)));
    CHECK(begun_by(fault, seconds(9)) == 0);
    CHECK(begun_by(fault, seconds(93)) == 3);
}

}  // namespace
}  // namespace sightline::testdata
