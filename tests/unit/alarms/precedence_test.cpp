// SPDX-License-Identifier: Apache-2.0
#include "alarms/precedence.hpp"

#include "tests/catch.hpp"

using namespace sightline;
using Names = std::vector<std::string_view>;

namespace {

core::ConditionSpec spec(std::string_view id) {
    core::ConditionSpec spec;
    spec.id = id;
    return spec;
}

core::Subject on(const std::string& track, std::uint16_t service = 0) {
    return {service, "", "", track};
}

}  // namespace

TEST_CASE("The precedence list is the design's") {
    const Names chain{"signal.unreachable", "signal.lost", "signal.stalled", "ts.sync_loss", "ts.scrambled"};
    CHECK(alarms::higher_than(spec("signal.unreachable")).empty());
    CHECK(alarms::higher_than(spec("signal.stalled")) == Names{"signal.unreachable", "signal.lost"});
    CHECK(alarms::higher_than(spec("ts.scrambled")) == Names(chain.begin(), chain.begin() + 4));
    CHECK(alarms::higher_than(spec("video.missing")) == chain);
    auto black = chain;
    black.emplace_back("video.missing");
    CHECK(alarms::higher_than(spec("video.black")) == black);
    auto freeze = black;
    freeze.emplace_back("video.black");
    CHECK(alarms::higher_than(spec("video.freeze")) == freeze);
    auto silence = chain;
    silence.emplace_back("audio.missing");
    CHECK(alarms::higher_than(spec("audio.silence")) == silence);
    CHECK(alarms::higher_than(spec("bitrate.low")) == Names(chain.begin(), chain.begin() + 3));
    CHECK(alarms::higher_than(spec("ts.continuity")).empty());
    CHECK(alarms::higher_than(spec("probe.overload")).empty());
}

TEST_CASE("A fault explains others of its own service, leg and track only") {
    const auto missing = spec("audio.missing");
    const auto silence = spec("audio.silence");
    CHECK(alarms::explains(missing, on("audio:1"), silence, on("audio:1")));
    CHECK_FALSE(alarms::explains(missing, on("audio:1"), silence, on("audio:2")));
    CHECK(alarms::explains(missing, on(""), silence, on("audio:2")));
    CHECK_FALSE(alarms::explains(missing, on(""), spec("video.black"), on("video:1")));
    CHECK(alarms::explains(spec("signal.lost"), on(""), silence, on("audio:1", 3)));
    CHECK_FALSE(alarms::explains(spec("ts.scrambled"), on("video:1", 2), spec("video.black"), on("video:1", 3)));
    core::Subject leg;
    leg.leg = "b";
    CHECK_FALSE(alarms::explains(spec("signal.lost"), leg, silence, on("audio:1")));
}
