// SPDX-License-Identifier: Apache-2.0
// How the needle of an audio meter moves: PPM Type IIa (IEC 60268-10) and VU (IEC 60268-17), peak hold, over mark.
#pragma once

#include <cstdint>

#include "core/time.hpp"
#include "ui/live_media.hpp"

namespace sightline::ui {

enum class Ballistics : std::uint8_t { PpmIIa, Vu };

/// What one channel did during a stretch of time, amplitudes with full scale 1.
struct ChannelStretch {
    core::Duration length{};  ///< > 0
    float peak = 0;           ///< largest |sample|
    float rms = 0;
};

/// One channel's needle.
///
/// PPM IIa: bursts of 10, 5, 1.5 and 0.5 ms read −2.5, −4, −9 and −17 dB (±0.5, 0.5, 1, 2), return 24 dB in 2.8 s. A
/// stretch counts as if its peak lasted all of it, so that stretches longer than a burst read it high, never low.
/// VU: 99 % after 300 ms, overshoot 1.3 %, the same both ways, on the stretch's RMS.
/// Held peak: the highest of the last `kHold`, then falling as the PPM does. Over: |sample| reached full scale within
/// `kHold`.
///
/// Threading: one thread. Time only as given.
class Meter {
public:
    static constexpr core::Duration kHold = std::chrono::seconds{3};
    static constexpr double kPpmReturnDbPerSecond = 24 / 2.8;
    static constexpr float kFullScale = 0.99997F;  ///< the largest 16-bit sample

    explicit Meter(Ballistics ballistics = Ballistics::PpmIIa) : ballistics_(ballistics) {}

    void feed(const ChannelStretch& stretch);
    [[nodiscard]] ChannelLevel level() const;
    /// Still falling or holding: to be drawn again though nothing new comes.
    [[nodiscard]] bool moving() const;

private:
    void feed_ppm(double peak, double seconds);
    void feed_vu(double rms, double seconds);

    Ballistics ballistics_;
    double fast_ = 0, slow_ = 0;        // of the PPM's rise
    double needle_ = 0, velocity_ = 0;  // amplitude; velocity of the VU needle per second
    double held_ = 0;
    core::Duration since_held_{}, since_over_ = kHold;
};

/// dBFS of an amplitude, at least ChannelLevel::kSilence.
[[nodiscard]] float to_dbfs(double amplitude);
/// Where a level stands on a scale from `bottom_dbfs` (0) to 0 dBFS (1).
[[nodiscard]] constexpr float scale_position(float dbfs, float bottom_dbfs = -60) {
    const float at = (dbfs - bottom_dbfs) / -bottom_dbfs;
    return at < 0 ? 0 : at > 1 ? 1 : at;
}

}  // namespace sightline::ui
