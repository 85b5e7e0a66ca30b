// SPDX-License-Identifier: Apache-2.0
#include "analyzers/true_peak.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <vector>

#include "signals.hpp"
#include "tests/catch.hpp"

using namespace sightline;

namespace {

/// `cycle` samples a period, from `phase` degrees on.
std::vector<float> tone(double cycle, double amplitude, double phase, std::size_t count = 9'600) {
    std::vector<float> samples(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double angle = 2 * std::numbers::pi * (static_cast<double>(i) / cycle + phase / 360);
        samples[i] = static_cast<float>(amplitude * std::sin(angle));
    }
    // Begins and ends without a step, which would ring above the tone.
    for (std::size_t i = 0; i < 480; ++i) {
        const float gain = static_cast<float>(i) / 480.0F;
        samples[i] *= gain;
        samples[count - 1 - i] *= gain;
    }
    return samples;
}

double peak_of(const std::vector<float>& samples, std::size_t block = 1024) {
    analyzers::TruePeak peak;
    for (std::size_t at = 0; at < samples.size(); at += block) {
        peak.add(std::span(samples).subspan(at, std::min(block, samples.size() - at)));
    }
    return 20 * std::log10(static_cast<double>(peak.take()));
}

}  // namespace

TEST_CASE("tones between whose samples the top lies are measured as EBU Tech 3341 asks") {
    // Cases 15 to 19: dBTP to −0.4, +0.2.
    struct Case {
        double cycle, amplitude, phase, wanted;
    };
    for (const Case& c : {Case{4, 0.5, 0, -6.0}, Case{4, 0.5, 45, -6.0}, Case{6, 0.5, 60, -6.0},
                          Case{8, 0.5, 67.5, -6.0}, Case{4, 1.41, 45, 3.0}}) {
        INFO("cycle " << c.cycle << ", phase " << c.phase);
        const double measured = peak_of(tone(c.cycle, c.amplitude, c.phase));
        CHECK(measured >= c.wanted - 0.4);
        CHECK(measured <= c.wanted + 0.2);
    }
}

TEST_CASE("up to a third of the sample rate a tone's true peak is its amplitude") {
    for (const double cycle : {3.0, 3.3, 5.7, 12.1, 48.0, 997.0}) {
        INFO("cycle " << cycle);
        CHECK(peak_of(tone(cycle, 1.0, 10)) == Approx(0.0).margin(0.4));
    }
    CHECK(peak_of(tone(48, 1.0, 90)) == Approx(0.0).margin(0.02));
}

TEST_CASE("the true peak is the same for any block size, and is taken once") {
    test::Random random(7);
    std::vector<float> noise(5'000);
    for (float& sample : noise) sample = static_cast<float>(random.normal() * 0.1);
    const double whole = peak_of(noise, noise.size());
    for (const std::size_t block : {1U, 17U, 63U, 64U, 65U, 480U}) CHECK(peak_of(noise, block) == whole);
    analyzers::TruePeak peak;
    peak.add(noise);
    CHECK(peak.take() > 0);
    CHECK(peak.take() == 0);
}

TEST_CASE("a sample that is no number does not count") {
    auto samples = tone(48, 0.5, 0);
    samples[5'000] = std::numeric_limits<float>::quiet_NaN();
    samples[5'001] = std::numeric_limits<float>::infinity();
    CHECK(peak_of(samples) < 0);
    CHECK(std::isfinite(peak_of(samples)));
}
