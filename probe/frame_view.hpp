// SPDX-License-Identifier: Apache-2.0
// FFmpeg frames as the views that analyzers take. For sources of probe/ only.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/media.hpp"
#include "probe/ffmpeg.hpp"

namespace sightline::probe {

/// Shows decoded pictures as core::VideoFrame: planar and semi-planar YUV and grey as they are, anything else (packed,
/// RGB, big-endian) converted by swscale first.
class PictureView {
public:
    /// `frame` is taken over (moved from) and lives as long as any copy of the result's `keep`. Times are the caller's
    /// to fill in. Empty if the picture has no pixels or cannot be converted.
    [[nodiscard]] std::optional<core::VideoFrame> show(AVFrame& frame);

private:
    ffmpeg::Scaler scaler_;
    int scaler_format_ = -1, scaler_width_ = 0, scaler_height_ = 0;
};

/// Shows decoded sound as planar float, resampling the sample format (never the rate or the layout) where needed.
class SoundView {
public:
    /// Valid until the next call and while `frame` lives. Times are the caller's. Empty if it cannot be converted.
    [[nodiscard]] std::optional<core::AudioBlock> show(const AVFrame& frame);

private:
    ffmpeg::Resampler resampler_;
    int format_ = -1, channels_ = 0, rate_ = 0;
    std::vector<std::vector<float>> converted_;
    std::vector<const float*> channels_view_;
};

}  // namespace sightline::probe
