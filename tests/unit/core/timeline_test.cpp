// SPDX-License-Identifier: Apache-2.0
#include "core/timeline.hpp"

#include "tests/catch.hpp"

using namespace sightline::core;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kRate = 90'000;
constexpr Duration kFrame = 40ms;
constexpr std::int64_t kFrameTicks = 3'600;

}  // namespace

TEST_CASE("Media time follows the timestamps from a zero that the caller fixes") {
    Timeline timeline(33);
    const MediaTime audio = timeline.place(1, 126'000 - 900, kRate, 20ms);
    timeline.set_zero(timeline.place(0, 126'000, kRate, kFrame));
    CHECK(audio == 0ms);  // before the zero was fixed
    CHECK(timeline.place(0, 126'000, kRate, kFrame) == 0ms);
    CHECK(timeline.place(0, 126'000 + kFrameTicks, kRate, kFrame) == kFrame);
    CHECK(timeline.place(1, 126'000 - 900, kRate, 20ms) == -10ms);
    CHECK(timeline.end() == 2 * kFrame);
}

TEST_CASE("A 33-bit wrap goes unnoticed, also by a track that joins after it") {
    Timeline timeline(33);
    const std::int64_t wrap = std::int64_t{1} << 33;
    timeline.set_zero(timeline.place(0, wrap - kFrameTicks, kRate, kFrame));
    CHECK(timeline.place(0, 0, kRate, kFrame) == kFrame);
    CHECK(timeline.place(1, wrap - 10, kRate, 20ms) ==
          ticks_to_duration(kFrameTicks, kRate) + ticks_to_duration(-10, kRate));
    CHECK(timeline.discontinuities() == 0);
}

TEST_CASE("A jump continues one frame after the last, for all tracks alike") {
    Timeline timeline(33);
    timeline.set_zero(timeline.place(0, 0, kRate, kFrame));
    timeline.place(1, 0, kRate, 20ms);
    timeline.place(0, kFrameTicks, kRate, kFrame);  // ends at 80 ms
    const std::int64_t far = 3'600LL * kRate;
    CHECK(timeline.place(0, far, kRate, kFrame) == 80ms);
    CHECK(timeline.place(1, 1'800, kRate, 20ms) == 20ms);  // still on the old timestamps
    CHECK(timeline.place(1, far + 900, kRate, 20ms) == 90ms);
    CHECK(timeline.place(0, far + kFrameTicks, kRate, kFrame) == 120ms);
    CHECK(timeline.discontinuities() == 1);
}

TEST_CASE("A track that joins a new epoch does not go back behind its own end") {
    Timeline timeline(33);
    timeline.set_zero(timeline.place(0, 0, kRate, kFrame));
    for (std::int64_t i = 0; i < 10; ++i) timeline.place(1, i * 1'920, kRate, ticks_to_duration(1'920, kRate));
    const MediaTime audio_end = ticks_to_duration(10 * 1'920, kRate);
    const std::int64_t far = 3'600LL * kRate;
    timeline.place(0, far, kRate, kFrame);
    CHECK(timeline.place(1, far - 9'000, kRate, 20ms) == audio_end);
}

TEST_CASE("60 hours of timestamps squeezed into a short stream stay monotonic across two wraps") {
    Timeline timeline(33);
    const std::int64_t wrap = std::int64_t{1} << 33;
    MediaTime last = -1ns;
    for (std::int64_t i = 0; i < 3'600; ++i) {
        const MediaTime at = timeline.place(0, (i * 60 * kRate) % wrap, kRate, kFrame);
        CHECK(at > last);
        last = at;
    }
    CHECK(last < 3'601 * kFrame);
}

TEST_CASE("A short loop goes on, and each track finds its own way across it") {
    Timeline timeline(33);
    timeline.set_zero(timeline.place(0, 0, kRate, kFrame));
    timeline.place(1, 0, kRate, 20ms);
    for (std::int64_t i = 1; i < 125; ++i) {
        timeline.place(0, i * kFrameTicks, kRate, kFrame);
        timeline.place(1, i * kFrameTicks, kRate, 20ms);
    }
    CHECK(timeline.place(0, 0, kRate, kFrame) == 5s);  // 5 s back is less than kJump, but no B-frame does that
    CHECK(timeline.place(1, 124 * kFrameTicks + 1'800, kRate, 20ms) == 124 * kFrame + 20ms);
    CHECK(timeline.place(1, 1'800, kRate, 20ms) == 5'020ms);
    CHECK(timeline.place(0, 3 * kFrameTicks, kRate, kFrame) == 5'120ms);
    CHECK(timeline.place(0, 1 * kFrameTicks, kRate, kFrame) == 5'040ms);  // B-frames
    CHECK(timeline.discontinuities() == 1);
}

TEST_CASE("A restarted session goes on after the last moment even with the same timestamps") {
    Timeline timeline(0);
    timeline.set_zero(timeline.place(0, 0, kRate, kFrame));
    timeline.place(0, kFrameTicks, kRate, kFrame);
    timeline.restart();
    CHECK(timeline.place(0, 0, kRate, kFrame) == 80ms);
}

TEST_CASE("Arrival of a media time follows the smallest delay of the last minute") {
    Timeline timeline(33);
    CHECK_FALSE(timeline.arrival_of(0ms));
    timeline.note_arrival(0ms, ArrivalTime{1'000ms});
    timeline.note_arrival(40ms, ArrivalTime{1'030ms});  // 10 ms less delay
    timeline.note_arrival(80ms, ArrivalTime{1'090ms});
    CHECK(timeline.arrival_of(80ms) == ArrivalTime{1'070ms});
    timeline.note_arrival(61s, ArrivalTime{62'100ms});
    CHECK(timeline.arrival_of(61s) == ArrivalTime{62'100ms});  // the early ones are out of the window
}
