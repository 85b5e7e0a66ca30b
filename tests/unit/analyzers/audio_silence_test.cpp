// SPDX-License-Identifier: Apache-2.0
#include "analyzers/audio_silence.hpp"
#include "analyzers/audio_level_low.hpp"

#include <cmath>

#include "signals.hpp"
#include "tests/catch.hpp"

using namespace sightline;
using test::TestSound;
using test::told;

namespace {

constexpr int kRate = 48'000;

analyzers::AnalyzerContext silence_context() {
    analyzers::AnalyzerContext c;
    c.track.kind = core::TrackKind::Audio;
    c.track.subject.track = "audio:1";
    return c;
}

std::vector<float> tone(double dbfs, double seconds, double frequency = 1000) {
    std::vector<float> samples;
    const double peak = std::pow(10.0, dbfs / 20.0);
    for (int i = 0; i < static_cast<int>(seconds * kRate); ++i) {
        samples.push_back(static_cast<float>(peak * std::sin(2 * 3.14159265358979 * frequency * i / kRate)));
    }
    return samples;
}
std::vector<float> nothing(int samples) {
    return std::vector<float>(static_cast<std::size_t>(samples), 0.0F);
}

std::vector<float> join(std::initializer_list<std::vector<float>> parts) {
    std::vector<float> all;
    for (const auto& part : parts) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

core::FindingsList silence_of(const TestSound& sound, std::size_t block,
                              const analyzers::AnalyzerContext& c = silence_context()) {
    analyzers::AudioSilence silence(c);
    core::FindingsList found;
    sound.feed(block, [&](const core::AudioBlock& b) { silence.process(b, found); });
    return found;
}

/// Verdict and place in samples of each edge.
std::vector<std::pair<core::Verdict, std::int64_t>> places(const core::FindingsList& found) {
    std::vector<std::pair<core::Verdict, std::int64_t>> all;
    for (const auto& edge : test::edges(found)) {
        all.emplace_back(edge.verdict, std::llround(core::to_seconds(*edge.at.media) * kRate));
    }
    return all;
}

using Places = std::vector<std::pair<core::Verdict, std::int64_t>>;
constexpr auto kBad = core::Verdict::Bad;
constexpr auto kGood = core::Verdict::Good;

}  // namespace

TEST_CASE("silence is dated to its first and last sample, however the sound is cut") {
    const TestSound sound{{join({tone(-20, 1.0), nothing(123'456), tone(-20, 0.5)})}, kRate, {}};
    const auto whole = silence_of(sound, 0);
    // Samples 48,000 and 171,456 are the zero crossings with which the tones begin.
    CHECK(places(whole) == Places{{kGood, 1}, {kBad, 48'000}, {kGood, 48'000 + 123'456 + 1}});
    for (const std::size_t block : {1U, 17U, 480U, 1024U}) {
        const auto cut = silence_of(sound, block);
        REQUIRE(cut.items.size() == whole.items.size());
        for (std::size_t i = 0; i < cut.items.size(); ++i) {
            CHECK(std::get<core::StateEdge>(cut.items[i]).at == std::get<core::StateEdge>(whole.items[i]).at);
        }
    }
}

TEST_CASE("a tone of -59 dBFS is never silent, one of -61 dBFS always") {
    for (const double frequency : {20.0, 50.0, 1000.0, 12'345.0}) {
        INFO(frequency << " Hz");
        CHECK(places(silence_of({{tone(-59, 3, frequency)}, kRate, {}}, 480)).size() == 1);
        const auto quiet = silence_of({{tone(-61, 3, frequency)}, kRate, {}}, 480);
        CHECK(told(quiet) == "bad 0 ms?");
    }
}

TEST_CASE("a sample at the level is sound, and a run below it counts from 100 ms on") {
    auto samples = tone(-20, 1.0, 12'000);
    const auto set = [&](int from, int count, float value) {
        for (int i = from; i < from + count; ++i) {
            samples[static_cast<std::size_t>(i)] = value;
        }
    };
    for (auto& sample : samples) {
        sample = 0.1F;
    }
    SECTION("4,799 samples are too short") {
        set(10'000, 4'799, 0.0F);
        CHECK(places(silence_of({{samples}, kRate, {}}, 480)) == Places{{kGood, 0}});
    }
    SECTION("4,800 samples are long enough") {
        set(10'000, 4'800, 0.000999F);
        CHECK(places(silence_of({{samples}, kRate, {}}, 480)) == Places{{kGood, 0}, {kBad, 10'000}, {kGood, 14'800}});
    }
    SECTION("-60 dBFS exactly is sound") {
        set(10'000, 4'800, 0.001F);
        CHECK(places(silence_of({{samples}, kRate, {}}, 480)) == Places{{kGood, 0}});
    }
    SECTION("one sample of sound ends it, and a new run begins after it") {
        set(10'000, 20'000, 0.0F);
        set(20'000, 1, -0.5F);
        CHECK(places(silence_of({{samples}, kRate, {}}, 17)) ==
              Places{{kGood, 0}, {kBad, 10'000}, {kGood, 20'000}, {kBad, 20'001}, {kGood, 30'000}});
    }
}

TEST_CASE("all channels must be silent, or any of them") {
    const TestSound sound{
        {tone(-20, 3.0, 12'000), join({tone(-20, 1.0, 12'000), nothing(kRate), tone(-20, 1.0, 12'000)})}, kRate, {}};
    CHECK(places(silence_of(sound, 480)).size() == 1);
    auto any = silence_context();
    any.parameters["audio.silence"]["channels"] = std::string("any");
    for (const std::size_t block : {1U, 17U, 480U, 0U}) {
        CHECK(told(silence_of(sound, block, any)) == "good 0 ms, bad 1000 ms, good 2000 ms");
    }
}

TEST_CASE("with any channel, time never goes back where one run ends while another begins") {
    const int part = 9'600;
    const TestSound sound{{join({tone(-20, 0.5, 12'000), nothing(part), tone(-20, 0.5, 12'000)}),
                           join({tone(-20, 0.65, 12'000), nothing(part), tone(-20, 0.35, 12'000)})},
                          kRate,
                          {}};
    auto any = silence_context();
    any.parameters["audio.silence"]["channels"] = std::string("any");
    const auto found = silence_of(sound, 480, any);
    core::MediaTime last{};
    for (const auto& edge : test::edges(found)) {
        CHECK(*edge.at.media >= last);
        last = *edge.at.media;
    }
    CHECK(test::edges(found).back().verdict == kGood);
}

TEST_CASE("the level is a parameter") {
    auto c = silence_context();
    c.parameters["audio.silence"]["level"] = -40.0;
    CHECK(told(silence_of({{tone(-41, 1)}, kRate, {}}, 480, c)) == "bad 0 ms?");
    CHECK(places(silence_of({{tone(-39, 1)}, kRate, {}}, 480, c)).size() == 1);
}

TEST_CASE("a reset makes silence unknown, and what follows is not exact") {
    analyzers::AudioSilence silence(silence_context());
    core::FindingsList found;
    const TestSound sound{{nothing(kRate)}, kRate, {}};
    sound.feed(480, [&](const core::AudioBlock& b) { silence.process(b, found); });
    silence.reset({std::chrono::seconds{1}, {}}, found);
    const TestSound later{{nothing(kRate)}, kRate, std::chrono::seconds{5}};
    later.feed(480, [&](const core::AudioBlock& b) { silence.process(b, found); });
    CHECK(told(found) == "bad 0 ms?, unknown 1000 ms, bad 5000 ms?");
}

TEST_CASE("block times rounded to milliseconds do not move edges, a real gap does") {
    analyzers::AudioSilence silence(silence_context());
    core::FindingsList found;
    const auto loud = std::vector<float>(1024, 0.5F);
    const auto quiet = std::vector<float>(1024, 0.0F);
    for (int i = 0; i < 200; ++i) {
        const float* channel = i < 100 ? loud.data() : quiet.data();
        core::AudioBlock block;
        block.channels = {&channel, 1};
        block.samples = 1024;
        block.sample_rate = 44'100;
        const auto exact = core::ticks_to_duration(i * 1024, 44'100);
        block.at = std::chrono::duration_cast<std::chrono::milliseconds>(exact);
        silence.process(block, found);
    }
    CHECK(test::edges(found)[1].at.media == core::ticks_to_duration(100 * 1024, 44'100));
}

TEST_CASE("no channels, no samples: no word") {
    analyzers::AudioSilence silence(silence_context());
    core::FindingsList found;
    silence.process(core::AudioBlock{}, found);
    CHECK(found.items.empty());
}

TEST_CASE("low sound is sound below a level of its own") {
    const TestSound sound{{join({tone(-35, 1.0), tone(-45, 1.0), tone(-35, 0.5)})}};
    analyzers::AudioLevelLow low(silence_context());
    core::FindingsList found;
    sound.feed(480, [&](const core::AudioBlock& b) { low.process(b, found); });
    const auto edges = test::edges(found);
    REQUIRE(edges.size() == 3);
    CHECK(edges[1].condition == "audio.level_low");
    CHECK(edges[1].verdict == core::Verdict::Bad);
    CHECK(core::to_seconds(*edges[1].at.media) == Approx(1.0).margin(0.001));
    CHECK(core::to_seconds(*edges[2].at.media) == Approx(2.0).margin(0.001));
    CHECK(edges[1].threshold == -40);
}
