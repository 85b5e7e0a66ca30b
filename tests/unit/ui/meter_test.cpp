// SPDX-License-Identifier: Apache-2.0
#include "ui/meter.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/catch.hpp"

namespace sightline::ui {
namespace {

using core::Duration;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Highest reading after a burst of full scale that lasts `burst`, in stretches of `step`.
float reading_after(Duration burst, Duration step) {
    Meter meter(Ballistics::PpmIIa);
    for (Duration fed{0}; fed < burst; fed += step) meter.feed({step, 1.0F, 0.7F});
    return meter.level().level_dbfs;
}

TEST_CASE("A PPM IIa reads tone bursts as IEC 60268-10 asks") {
    CHECK(reading_after(milliseconds{100}, microseconds{500}) == Approx(0).margin(0.5));
    CHECK(reading_after(milliseconds{10}, microseconds{500}) == Approx(-2.5).margin(0.5));
    CHECK(reading_after(milliseconds{5}, microseconds{500}) == Approx(-4).margin(0.5));
    CHECK(reading_after(microseconds{1'500}, microseconds{500}) == Approx(-9).margin(1));
    CHECK(reading_after(microseconds{500}, microseconds{500}) == Approx(-17).margin(2));
}

TEST_CASE("A PPM IIa reads the same however its time was cut") {
    CHECK(reading_after(milliseconds{20}, microseconds{250}) ==
          Approx(reading_after(milliseconds{20}, milliseconds{10})).margin(0.01));
}

TEST_CASE("A PPM IIa returns 24 dB in 2.8 seconds") {
    Meter meter(Ballistics::PpmIIa);
    meter.feed({seconds{1}, 1.0F, 0.7F});
    for (int i = 0; i < 280; ++i) meter.feed({milliseconds{10}, 0, 0});
    CHECK(meter.level().level_dbfs == Approx(-24).margin(0.3));
}

TEST_CASE("A VU needle is at 99 percent after 300 ms and goes 1 to 1.5 percent over") {
    Meter meter(Ballistics::Vu);
    double at_300 = 0;
    double most = 0;
    for (int ms = 1; ms <= 1'000; ++ms) {
        meter.feed({milliseconds{1}, 1.0F, 0.5F});
        const double reading = std::pow(10, static_cast<double>(meter.level().level_dbfs) / 20) / 0.5;
        if (ms == 300) at_300 = reading;
        most = std::max(most, reading);
    }
    CHECK(at_300 == Approx(0.99).margin(0.005));
    CHECK(most > 1.010);
    CHECK(most < 1.015);
}

TEST_CASE("The peak line holds for three seconds and then falls") {
    Meter meter(Ballistics::PpmIIa);
    meter.feed({milliseconds{10}, 0.5F, 0.3F});
    for (int i = 0; i < 299; ++i) meter.feed({milliseconds{10}, 0.01F, 0.01F});
    CHECK(meter.level().peak_dbfs == Approx(-6.02).margin(0.01));
    for (int i = 0; i < 101; ++i) meter.feed({milliseconds{10}, 0.01F, 0.01F});
    CHECK(meter.level().peak_dbfs == Approx(-6.02 - 24 / 2.8).margin(0.2));
}

TEST_CASE("An over is marked at full scale and for three seconds") {
    Meter meter;
    CHECK_FALSE(meter.level().over);
    meter.feed({milliseconds{10}, 0.999F, 0.5F});
    CHECK_FALSE(meter.level().over);
    meter.feed({milliseconds{10}, 1.0F, 0.5F});
    CHECK(meter.level().over);
    meter.feed({milliseconds{2'990}, 0.1F, 0.1F});
    CHECK(meter.level().over);
    meter.feed({milliseconds{20}, 0.1F, 0.1F});
    CHECK_FALSE(meter.level().over);
}

TEST_CASE("A meter comes to rest, and foreign numbers do not break it") {
    Meter meter;
    meter.feed({milliseconds{10}, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()});
    meter.feed({milliseconds{10}, -1.0F, -1.0F});
    CHECK(meter.level().level_dbfs == ChannelLevel::kSilence);
    CHECK_FALSE(meter.level().over);
    meter.feed({milliseconds{10}, 1.0F, 0.5F});
    CHECK(meter.moving());
    for (int i = 0; i < 40; ++i) meter.feed({seconds{1}, 0, 0});
    CHECK_FALSE(meter.moving());
}

TEST_CASE("The scale goes from its bottom to full scale and no further") {
    CHECK(scale_position(-144) == 0);
    CHECK(scale_position(-60) == 0);
    CHECK(scale_position(-30) == Approx(0.5));
    CHECK(scale_position(0) == 1);
    CHECK(scale_position(3) == 1);
}

}  // namespace
}  // namespace sightline::ui
