// SPDX-License-Identifier: Apache-2.0
#include "testdata/truth.hpp"

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"

namespace sightline::testdata {
namespace {

using core::PtsTicks;
using Json = nlohmann::json;
using std::chrono::seconds;

std::vector<Track> one_of_each() {
    Track video;
    video.video = true;
    video.codec = Codec::H264;
    Track audio;
    audio.codec = Codec::Aac;
    audio.sample_rate = 48'000;
    return {video, audio};
}

AccessUnit unit_at(std::size_t track, std::int64_t pts, std::int64_t duration) {
    AccessUnit unit;
    unit.track = track;
    unit.pts = unit.dts = PtsTicks{pts};
    unit.duration = PtsTicks{duration};
    return unit;
}

TEST_CASE("An edge is marked on the unit that carries it and gets its sending time") {
    Truth truth(one_of_each(), {*parse_fault("black@2+1"), *parse_fault("silence@2+1")}, 1);
    truth.bad(0, 0, 0, {seconds(2), 50, std::nullopt});
    truth.bad(1, 0, 1, {seconds(2), std::nullopt, 96'000});
    CHECK(truth.mark_of(unit_at(0, 176'400, 3600)) == -1);
    const int picture = truth.mark_of(unit_at(0, 180'000, 3600));
    const int sound = truth.mark_of(unit_at(1, 178'560, 1920));
    REQUIRE(picture >= 0);
    REQUIRE(sound >= 0);
    CHECK(picture != sound);
    CHECK(truth.mark_of(unit_at(0, 180'000, 3600)) == -1);  // once

    truth.sent(picture, "udp://a", core::UtcTime{seconds(1000)}, core::ArrivalTime{seconds(5)});
    const auto lines = truth.take_sent_lines();
    REQUIRE(lines.size() == 1);
    const Json line = Json::parse(lines[0]);
    CHECK(line["kind"] == "black");
    CHECK(line["edge"] == "first_bad");
    CHECK(line["monotonic_ns"] == 5'000'000'000);
    CHECK(truth.take_sent_lines().empty());
}

TEST_CASE("The file lists faults by time, with what is known of their ends") {
    Truth truth(one_of_each(), {*parse_fault("black@4+1"), *parse_fault("drop@1:count=2")}, 9);
    truth.bad(0, 0, 0, {seconds(4), 100, std::nullopt});
    truth.packet(1, 0, 256, seconds(1));
    truth.packet(1, 0, 256, seconds(1));
    truth.set_totals(seconds(10), 250, PtsTicks{126'000}, true);
    PidTruth pid;
    pid.sent = 5;
    pid.continuity_errors = 1;
    truth.set_pids({{256, pid}}, 940);
    const Json json = Json::parse(truth.to_json());
    CHECK(json["seed"] == 9);
    REQUIRE(json["faults"].size() == 2);
    CHECK(json["faults"][0]["kind"] == "drop");
    CHECK(json["faults"][0]["packets"][0]["packets"] == 2);
    CHECK(json["faults"][1]["first_bad"]["frame"] == 100);
    CHECK(json["faults"][1]["first_bad"]["media_s"] == 4.0);
    CHECK(json["faults"][1]["first_good"].is_null());
    CHECK(json["ts"]["continuity_errors"] == 1);
}

TEST_CASE("What a truth file says is entered again for each pass of a replay") {
    Truth first(one_of_each(), {*parse_fault("black@4+1")}, 1);
    first.bad(0, 0, 0, {seconds(4), 100, std::nullopt});
    first.good(0, 0, 0, {seconds(5), 125, std::nullopt});
    first.set_totals(seconds(8), 200, PtsTicks{0}, true);
    const auto known = Truth::read_known(first.to_json());
    REQUIRE(known);
    REQUIRE(known->size() == 1);

    Truth second(one_of_each(), {}, 1);
    second.replayed((*known)[0], 0, 1, seconds(8), 200, 384'000);
    second.set_totals(seconds(20), 500, PtsTicks{0}, true);
    const Json json = Json::parse(second.to_json());
    CHECK(json["faults"][0]["first_bad"]["frame"] == 300);
    CHECK(json["faults"][0]["first_good"]["media_s"] == 13.0);
    CHECK_FALSE(Truth::read_known("{}"));
}

}  // namespace
}  // namespace sightline::testdata
