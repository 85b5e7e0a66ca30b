// SPDX-License-Identifier: Apache-2.0
// GStreamer's end of the sound, into files and into nothing; no device is needed.
#include "ui/sound/loudspeaker.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace sightline;
using namespace sightline::ui;
using namespace std::chrono_literals;

namespace {

const std::vector<float> kTone(480 * 2, 0.25F);  // 10 ms

std::string contents(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("What is pushed comes out, all of it and as loud as it was") {
    const std::filesystem::path path = std::filesystem::path(SIGHTLINE_BIN_DIR) / "loudspeaker_test.raw";
    std::filesystem::remove(path);
    core::VirtualClock clock(core::ArrivalTime{1h});
    {
        Loudspeaker speaker("audio/x-raw,format=F32LE ! filesink sync=false location=" + path.string(), clock);
        for (int n = 0; n < 30; ++n) speaker.push(kTone, clock.now() + n * 10ms);
        CHECK(speaker.trouble().empty());
    }
    const std::string bytes = contents(path);
    REQUIRE(bytes.size() == 30 * kTone.size() * sizeof(float));
    float last = 0;
    std::memcpy(&last, bytes.data() + bytes.size() - sizeof last, sizeof last);
    CHECK(last == 0.25F);
    std::filesystem::remove(path);
}

TEST_CASE("A sink that cannot be had is said, and tried again after ten seconds") {
    core::VirtualClock clock(core::ArrivalTime{1h});
    Loudspeaker speaker("no-such-element", clock);
    CHECK(speaker.trouble().empty());
    speaker.push(kTone, clock.now());
    const std::string trouble = speaker.trouble();
    CHECK(trouble.find("no sound: ") == 0);
    CHECK(trouble.find("no-such-element") != std::string::npos);
    clock.advance(9s);
    speaker.push(kTone, clock.now());
    CHECK(speaker.trouble() == trouble);
    clock.advance(1s);
    speaker.push(kTone, clock.now());
    CHECK(speaker.trouble() == trouble);
    CHECK(speaker.latency() == 0ns);
}

TEST_CASE("A sink that cannot open is said in its own words") {
    core::VirtualClock clock(core::ArrivalTime{1h});
    Loudspeaker speaker("filesink location=/no/such/folder/file", clock);
    speaker.push(kTone, clock.now());
    CHECK(speaker.trouble().find("no sound: ") == 0);
    CHECK(speaker.trouble().find("/no/such/folder/file") != std::string::npos);
}
