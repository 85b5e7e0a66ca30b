// SPDX-License-Identifier: Apache-2.0
#include "ui/mosaic_output.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "tests/catch.hpp"

namespace sightline::ui {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("A mosaic's target says what it is, and anything else is refused with what is allowed") {
    CHECK(mosaic_to("srt://:9000?mode=listener")->kind == MosaicKind::Srt);
    CHECK(mosaic_to("rtmp://10.0.0.1/live/wall")->kind == MosaicKind::Rtmp);
    CHECK(mosaic_to("/srv/wall/wall.m3u8")->kind == MosaicKind::Hls);
    for (const char* wrong : {"", ".m3u8", "udp://239.0.0.1:1", "http://x/wall.m3u8", "wall.mp4"}) {
        const auto refused = mosaic_to(wrong);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message ==
              std::string("--mosaic ") + wrong + ": srt://\u2026, rtmp://\u2026 or the path of an .m3u8 file");
    }
}

TEST_CASE("Odd sizes are refused") {
    const core::VirtualClock clock;
    MosaicOptions options = *mosaic_to("/tmp/x.m3u8");
    options.width = 321;
    const auto refused = MosaicOutput::open(options, clock);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "a mosaic of 321x720: width and height must be even");
}

TEST_CASE("Pictures and sound become an HLS playlist with a transport stream beside it") {
    const fs::path folder = fs::path(SIGHTLINE_BIN_DIR) / "mosaic_test";
    fs::remove_all(folder);
    fs::create_directories(folder);
    core::VirtualClock clock;
    MosaicOptions options = *mosaic_to((folder / "wall.m3u8").string());
    options.width = 320;
    options.height = 180;
    auto output = MosaicOutput::open(options, clock);
    if (!output) {
        WARN("skipped: " << output.error().message);
        return;
    }
    std::vector<std::uint8_t> picture(std::size_t{320} * 180 * 4);
    const core::SystemClock real;  // how long the test may take, nothing else
    const core::ArrivalTime give_up = real.now() + std::chrono::seconds{60};
    std::uint8_t shade = 0;
    const std::vector<float> sound(std::size_t{2} * 1'920, 0.1F);  // 40 ms
    while (!fs::exists(folder / "wall.m3u8") && real.now() < give_up) {
        std::fill(picture.begin(), picture.end(), shade++);
        (*output)->push_sound(sound, clock.now());
        clock.advance(std::chrono::milliseconds{40});
        (*output)->push(picture, clock.now());
        std::this_thread::yield();
    }
    CHECK((*output)->trouble().empty());
    CHECK((*output)->pushed() > 0);
    const std::string playlist = contents(folder / "wall.m3u8");
    CHECK(playlist.find("#EXTM3U") == 0);
    CHECK(playlist.find("wall-000000.ts") != std::string::npos);
    const std::string segment = contents(folder / "wall-000000.ts");
    REQUIRE(segment.size() >= 188);
    CHECK(segment.size() % 188 == 0);
    for (std::size_t at = 0; at < segment.size(); at += 188) REQUIRE(segment[at] == 0x47);
    output->reset();
    fs::remove_all(folder);
}

TEST_CASE("A target that cannot be reached is said, and tried again after three seconds") {
    core::VirtualClock clock;
    auto output = MosaicOutput::open(*mosaic_to("/no-such-folder/wall.m3u8"), clock);
    if (!output) {
        WARN("skipped: " << output.error().message);
        return;
    }
    const std::vector<std::uint8_t> picture(std::size_t{1280} * 720 * 4);
    const core::SystemClock real;
    const core::ArrivalTime give_up = real.now() + std::chrono::seconds{60};
    while ((*output)->trouble().empty() && real.now() < give_up) {
        clock.advance(std::chrono::milliseconds{40});
        (*output)->push(picture, clock.now());
        std::this_thread::yield();
    }
    CHECK_FALSE((*output)->trouble().empty());
    const auto before = (*output)->pushed();
    (*output)->push(picture, clock.now());
    CHECK((*output)->pushed() == before);
    clock.advance(MosaicOutput::kRetry);
    (*output)->push(picture, clock.now());
    CHECK((*output)->pushed() == before + 1);
}

}  // namespace
}  // namespace sightline::ui
