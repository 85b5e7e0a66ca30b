// SPDX-License-Identifier: Apache-2.0
#include "engine/depth_controller.hpp"

#include "tests/catch.hpp"

using namespace std::chrono_literals;
using sightline::core::DepthMode;
using sightline::engine::DepthController;
using sightline::probe::DecodeWork;

namespace {

/// Key frames come, nothing is suspicious, nobody watches, no lag.
DepthController::Now calm(sightline::core::MediaTime newest) {
    return {newest, newest, false, false, 0s};
}

DepthController::Now behind(sightline::core::Duration lag) {
    auto now = calm(10s);
    now.lag = lag;
    return now;
}

}  // namespace

TEST_CASE("Transport decodes nothing, whatever happens", "[depth_controller]") {
    DepthController depth(DepthMode::Transport);
    CHECK(depth.decide({1s, std::nullopt, true, true, 10s}) == DecodeWork::Nothing);
    CHECK_FALSE(depth.overloaded());
}

TEST_CASE("Full decodes everything while this machine keeps up", "[depth_controller]") {
    DepthController depth(DepthMode::Full);
    CHECK(depth.decide(calm(1s)) == DecodeWork::Everything);
    CHECK(depth.decide(behind(999ms)) == DecodeWork::Everything);
    CHECK_FALSE(depth.overloaded());
}

TEST_CASE("A machine that falls behind sheds in two steps and takes up all at once when it has caught up",
          "[depth_controller]") {
    DepthController depth(DepthMode::Full);
    CHECK(depth.decide(behind(1s)) == DecodeWork::NoDisposable);
    CHECK(depth.overloaded());
    CHECK(depth.decide(behind(2999ms)) == DecodeWork::NoDisposable);
    CHECK(depth.decide(behind(3s)) == DecodeWork::KeyFrames);
    CHECK(depth.decide(behind(2s)) == DecodeWork::KeyFrames);  // no way back in between
    CHECK(depth.decide(behind(201ms)) == DecodeWork::KeyFrames);
    CHECK(depth.decide(behind(200ms)) == DecodeWork::Everything);
    CHECK_FALSE(depth.overloaded());
    CHECK(depth.decide(behind(500ms)) == DecodeWork::Everything);
}

TEST_CASE("Adaptive decodes key frames while they come and all is well", "[depth_controller]") {
    DepthController depth(DepthMode::Adaptive);
    CHECK(depth.decide(calm(1s)) == DecodeWork::KeyFrames);
    CHECK(depth.decide({4s, 1s + 1ns, false, false, 0s}) == DecodeWork::KeyFrames);
    CHECK(depth.decide({4s, 1s, false, false, 0s}) == DecodeWork::Everything);  // key frames 3 s apart
    CHECK(depth.decide({5s, 5s, false, false, 0s}) == DecodeWork::KeyFrames);
    CHECK(DepthController(DepthMode::Adaptive).decide({0s, std::nullopt, false, false, 0s}) == DecodeWork::Everything);
}

TEST_CASE("Adaptive looks closer for thirty seconds after something looked wrong", "[depth_controller]") {
    DepthController depth(DepthMode::Adaptive);
    auto now = calm(10s);
    now.suspicion = true;
    CHECK(depth.decide(now) == DecodeWork::Everything);
    CHECK(depth.decide(calm(40s - 1ns)) == DecodeWork::Everything);
    CHECK(depth.decide(calm(40s)) == DecodeWork::KeyFrames);
    // A second look starts the time anew.
    now = calm(50s);
    now.suspicion = true;
    (void)depth.decide(now);
    now = calm(70s);
    now.suspicion = true;
    (void)depth.decide(now);
    CHECK(depth.decide(calm(99s)) == DecodeWork::Everything);
    CHECK(depth.decide(calm(100s)) == DecodeWork::KeyFrames);
}

TEST_CASE("Adaptive looks at every picture while somebody watches, unless this machine cannot", "[depth_controller]") {
    DepthController depth(DepthMode::Adaptive);
    auto now = calm(10s);
    now.focus = true;
    CHECK(depth.decide(now) == DecodeWork::Everything);
    now.lag = 1s;
    CHECK(depth.decide(now) == DecodeWork::NoDisposable);
    now.lag = 3s;
    CHECK(depth.decide(now) == DecodeWork::KeyFrames);
    now.lag = 0s;
    now.focus = false;
    CHECK(depth.decide(now) == DecodeWork::KeyFrames);
}
