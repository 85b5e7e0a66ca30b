// SPDX-License-Identifier: Apache-2.0
#include "analyzers/audio_level.hpp"

#include "signals.hpp"
#include "tests/catch.hpp"

using namespace sightline;

namespace {

std::vector<core::LevelSample> levels_of(const test::TestSound& sound, std::size_t block) {
    analyzers::AnalyzerContext context;
    context.track.subject.track = "audio:2";
    analyzers::AudioLevel level(context);
    core::FindingsList found;
    sound.feed(block, [&](const core::AudioBlock& b) { level.process(b, found); });
    std::vector<core::LevelSample> samples;
    for (const auto& item : found.items) {
        samples.push_back(std::get<core::LevelSample>(item));
    }
    return samples;
}

}  // namespace

TEST_CASE("each channel's peak is said once a second, the same for any block size") {
    std::vector<float> left(120'000, 0.1F);
    left[60'000] = -0.5F;
    const test::TestSound sound{{left, std::vector<float>(120'000, 0.0F)}, 48'000, std::chrono::seconds{10}};
    for (const std::size_t block : {1U, 17U, 480U, 0U}) {
        const auto samples = levels_of(sound, block);
        REQUIRE(samples.size() == 4);
        CHECK(samples[0].measurement == "audio.level");
        CHECK(samples[0].subject.track == "audio:2");
        CHECK(samples[0].channel == 1);
        CHECK(samples[0].value == Approx(-20.0).margin(1e-5));
        CHECK(samples[0].at.media == std::chrono::seconds{11});
        CHECK(samples[1].channel == 2);
        CHECK(samples[1].value == -120.0);
        CHECK(samples[2].value == Approx(-6.0206).margin(1e-4));
        CHECK(samples[2].at.media == std::chrono::seconds{12});
    }
}
