// SPDX-License-Identifier: Apache-2.0
#include "analyzers/audio_loudness.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "signals.hpp"
#include "tests/catch.hpp"

using namespace sightline;

namespace {

/// A part of a test signal: dBFS (peak) and seconds.
using Part = std::pair<double, double>;

std::vector<float> sine(const std::vector<Part>& parts, int rate, double frequency = 1000) {
    std::vector<float> samples;
    for (const auto& [level, seconds] : parts) {
        const double amplitude = std::pow(10.0, level / 20);
        const auto end = samples.size() + static_cast<std::size_t>(std::lround(seconds * rate));
        while (samples.size() < end) {
            const double at = static_cast<double>(samples.size()) / rate;
            samples.push_back(static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * frequency * at)));
        }
    }
    return samples;
}

test::TestSound stereo(const std::vector<Part>& parts, int rate = 48'000) {
    const auto channel = sine(parts, rate);
    return {{channel, channel}, rate, {}};
}

using Said = std::map<std::string, std::vector<double>>;

core::FindingsList loudness_of(const test::TestSound& sound, std::size_t block) {
    analyzers::AnalyzerContext context;
    context.track.subject.track = "audio:2";
    context.track.pid = 257;
    analyzers::AudioLoudness analyzer(context);
    core::FindingsList found;
    sound.feed(block, [&](const core::AudioBlock& b) { analyzer.process(b, found); });
    analyzer.finish(found);
    return found;
}

Said said(const test::TestSound& sound, std::size_t block = 1'024) {
    Said values;
    const auto found = loudness_of(sound, block);
    for (const auto& item : found.items) {
        const auto& sample = std::get<core::LevelSample>(item);
        values[sample.measurement].push_back(sample.value);
    }
    return values;
}

double integrated(const test::TestSound& sound) {
    return said(sound).at("audio.loudness_integrated").back();
}

double range(const std::vector<Part>& parts) {
    return said(stereo(parts, 16'000)).at("audio.range").back();
}

}  // namespace

TEST_CASE("a stereo tone of -23 dBFS has -23 LUFS in every measure") {
    const Said values = said(stereo({{-23, 8}}));
    CHECK(values.at("audio.loudness_short").size() == 6);  // from the third second on
    for (const double lufs : values.at("audio.loudness_short")) CHECK(lufs == Approx(-23.0).margin(0.1));
    CHECK(values.at("audio.loudness_integrated").back() == Approx(-23.0).margin(0.1));
    CHECK(values.at("audio.range").back() == Approx(0.0).margin(0.1));
    CHECK(values.at("audio.true_peak").size() == 8);
    for (const double dbtp : values.at("audio.true_peak")) CHECK(dbtp == Approx(-23.0).margin(0.1));
}

TEST_CASE("the gates work as EBU Tech 3341 asks") {
    // Cases 2 to 6, each to 0.1 LU. The longer ones at a third of the usual rate.
    CHECK(integrated(stereo({{-33, 20}}, 16'000)) == Approx(-33.0).margin(0.1));
    CHECK(integrated(stereo({{-36, 10}, {-23, 60}, {-36, 10}}, 16'000)) == Approx(-23.0).margin(0.1));
    CHECK(integrated(stereo({{-72, 10}, {-36, 10}, {-23, 60}, {-36, 10}, {-72, 10}}, 16'000)) ==
          Approx(-23.0).margin(0.1));
    CHECK(integrated(stereo({{-26, 20}, {-20, 20.1}, {-26, 20}}, 16'000)) == Approx(-23.0).margin(0.1));
    const auto tone = [](double level) { return sine({{level, 10}}, 48'000); };
    CHECK(integrated({{tone(-28), tone(-28), tone(-24), tone(-30), tone(-30)}, 48'000, {}}) ==
          Approx(-23.0).margin(0.1));
}

TEST_CASE("the LFE of 5.1 does not count, its surround channels do") {
    const std::vector<float> nothing(240'000, 0.0F);
    const auto tone = sine({{-23, 5}}, 48'000);
    const double plain = integrated({{tone, tone, nothing, nothing, nothing, nothing}, 48'000, {}});
    CHECK(plain == Approx(-23.0).margin(0.1));
    CHECK(integrated({{tone, tone, nothing, tone, nothing, nothing}, 48'000, {}}) == plain);
    CHECK(integrated({{nothing, nothing, nothing, nothing, tone, tone}, 48'000, {}}) == Approx(-21.5).margin(0.1));
}

TEST_CASE("short-term loudness does not wave with a pattern of 3 s") {
    std::vector<Part> parts;  // Tech 3341, case 9
    for (int i = 0; i < 5; ++i) {
        parts.emplace_back(-20, 1.34);
        parts.emplace_back(-30, 1.66);
    }
    const Said values = said(stereo(parts));
    for (const double lufs : values.at("audio.loudness_short")) CHECK(lufs == Approx(-23.0).margin(0.1));
}

TEST_CASE("loudness range is as EBU Tech 3342 asks") {
    CHECK(range({{-20, 20}, {-30, 20}}) == Approx(10).margin(1));
    CHECK(range({{-20, 20}, {-15, 20}}) == Approx(5).margin(1));
    CHECK(range({{-40, 20}, {-20, 20}}) == Approx(20).margin(1));
    CHECK(range({{-50, 20}, {-35, 20}, {-20, 20}, {-35, 20}, {-50, 20}}) == Approx(15).margin(1));
}

TEST_CASE("the same sound says the same in blocks of any size") {
    test::Random random(3);
    test::TestSound sound{{{}, {}}, 48'000, std::chrono::seconds{10}};
    for (int i = 0; i < 48'000 * 4 + 1'234; ++i) {
        for (auto& channel : sound.channels) channel.push_back(static_cast<float>(random.normal() * 0.05));
    }
    const auto told = [&](std::size_t block) {
        std::vector<std::tuple<std::string, std::int64_t, std::int64_t, double>> all;
        const auto found = loudness_of(sound, block);
        for (const auto& item : found.items) {
            const auto& sample = std::get<core::LevelSample>(item);
            CHECK(sample.subject.track == "audio:2");
            CHECK(sample.pid == 257);
            all.emplace_back(sample.measurement, sample.at.media->count(), sample.window.count(), sample.value);
        }
        return all;
    };
    const auto whole = told(0);
    REQUIRE(whole.size() == 5 * 3 - 2 + 2);  // five windows of integrated and peak; range from 3 s on; short-term twice
    CHECK(std::get<1>(whole.front()) == 11'000'000'000);
    CHECK(std::get<2>(whole.back()) == 1'234 * 1'000'000'000LL / 48'000);
    for (const std::size_t block : {1U, 17U, 480U}) CHECK(told(block) == whole);
}

TEST_CASE("silence has no integrated loudness, and is at the floor in the short term") {
    const Said values = said({{std::vector<float>(192'000, 0.0F)}, 48'000, {}});
    CHECK(values.count("audio.loudness_integrated") == 0);
    CHECK(values.count("audio.range") == 0);
    CHECK(values.at("audio.loudness_short") == std::vector<double>{-70, -70});
    CHECK(values.at("audio.true_peak") == std::vector<double>(4, -120));
}

TEST_CASE("samples that are no numbers do not spoil what comes after") {
    auto sound = stereo({{-23, 10}});
    sound.channels[0][100] = std::numeric_limits<float>::quiet_NaN();
    sound.channels[1][200] = -std::numeric_limits<float>::infinity();
    CHECK(integrated(sound) == Approx(-23.0).margin(0.1));
}

TEST_CASE("meters are told the momentary and the short-term loudness once there is enough") {
    analyzers::AnalyzerContext context;
    analyzers::AudioLoudness analyzer(context);
    core::FindingsList found;
    CHECK_FALSE(analyzer.loudness());
    std::vector<std::pair<double, double>> first;  // seconds heard when a value came first
    double heard = 0;
    stereo({{-23, 4}}).feed(480, [&](const core::AudioBlock& block) {
        analyzer.process(block, found);
        heard += 0.01;
        const auto now = analyzer.loudness();
        REQUIRE(now);
        if (heard < 0.395) CHECK_FALSE(now->momentary);
        if (heard > 0.505) CHECK(now->momentary);
        if (now->momentary) CHECK(*now->momentary == Approx(-23.0).margin(0.3));
        if (now->short_term) CHECK(*now->short_term == Approx(-23.0).margin(0.1));
        if (heard < 2.995) CHECK_FALSE(now->short_term);
        if (heard > 3.4) CHECK(now->short_term);
    });
    analyzer.reset({}, found);
    CHECK_FALSE(analyzer.loudness());
}

TEST_CASE("after a reset, and in another format, everything is measured anew") {
    analyzers::AnalyzerContext context;
    analyzers::AudioLoudness analyzer(context);
    core::FindingsList found;
    const auto hear = [&](const test::TestSound& sound) {
        found.items.clear();
        sound.feed(1'024, [&](const core::AudioBlock& block) { analyzer.process(block, found); });
        analyzer.finish(found);
        double last = 0;
        for (const auto& item : found.items) {
            const auto& sample = std::get<core::LevelSample>(item);
            if (sample.measurement == "audio.loudness_integrated") last = sample.value;
        }
        return last;
    };
    CHECK(hear(stereo({{-10, 5}})) == Approx(-10.0).margin(0.1));
    analyzer.reset({}, found);
    CHECK(hear(stereo({{-40, 5}})) == Approx(-40.0).margin(0.1));
    CHECK(hear(stereo({{-30, 5}}, 44'100)) == Approx(-30.0).margin(0.1));
}
