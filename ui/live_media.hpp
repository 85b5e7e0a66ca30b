// SPDX-License-Identifier: Apache-2.0
// Pictures and levels as views see them, so that a view neither knows GL nor shared memory and can be drawn headless.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "core/time.hpp"
#include "ui/geometry.hpp"
#include "ui/snapshot.hpp"

namespace sightline::ui {

/// How a picture goes into its box.
struct Placement {
    Rect box;
    float brightness = 1;  ///< 0 to 1; 0.35 is the dimmed picture of a standby stream
    bool grey = false;     ///< of a lost signal: luma only
};

/// Where a picture came to lie, and what it is.
struct PlacedPicture {
    Rect picture;  ///< within the box, aspect ratio kept
    int width = 0, height = 0;
    core::ArrivalTime arrived{};       ///< when the wall got it
    bool key_frames_only = false;      ///< standing still is not freezing
    core::Duration key_interval{};     ///< between the last two; 0 where unknown
    bool still = false;                ///< one of a remote probe's small pictures, as old as `utc` says
    bool ended = false;                ///< nobody makes pictures any more: this is the last
    std::optional<core::UtcTime> utc;  ///< when its packet came to the probe
};

/// Levels of one channel, in dBFS; −∞ is `kSilence`.
struct ChannelLevel {
    static constexpr float kSilence = -144.0F;
    float level_dbfs = kSilence;  ///< with the meter's ballistics
    float peak_dbfs = kSilence;   ///< held
    bool over = false;            ///< a sample reached full scale within the hold time
};

/// EBU R 128, in LUFS; NaN where it is not measured.
struct Loudness {
    float momentary = std::numeric_limits<float>::quiet_NaN();
    float short_term = std::numeric_limits<float>::quiet_NaN();
};

/// What lies under the views in one window. Everything asked for in one refresh is drawn below all that views draw.
class LiveMedia {
public:
    virtual ~LiveMedia() = default;
    /// Draws the newest picture of `stream` into `placement.box`. Nothing when there never was one.
    virtual std::optional<PlacedPicture> place(const StreamKey& stream, const Placement& placement) = 0;
    /// One entry a channel; empty where the stream has no sound or is not attached. Valid until the next refresh.
    [[nodiscard]] virtual std::span<const ChannelLevel> levels(const StreamKey& stream) = 0;
    [[nodiscard]] virtual Loudness loudness(const StreamKey& /*stream*/) { return {}; }
};

/// For windows without pictures, and tests.
class NoLiveMedia final : public LiveMedia {
public:
    std::optional<PlacedPicture> place(const StreamKey& /*stream*/, const Placement& /*placement*/) override {
        return {};
    }
    [[nodiscard]] std::span<const ChannelLevel> levels(const StreamKey& /*stream*/) override { return {}; }
};

}  // namespace sightline::ui
