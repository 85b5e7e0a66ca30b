// SPDX-License-Identifier: Apache-2.0
// What is expected of a track against what it is, in words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/media.hpp"
#include "core/stream_spec.hpp"

namespace sightline::analyzers {

/// True where both name the same codec; knows the usual other names ("avc", "H.265", "mp2v").
[[nodiscard]] bool same_codec(std::string_view a, std::string_view b);

/// A video track as it is; what is not known is empty and not judged.
struct VideoFacts {
    std::string codec;
    int width = 0, height = 0;
    std::optional<double> fps;
    std::optional<bool> interlaced;
};
/// First thing that is not as expected ("width is 1280, expected 1920"), else empty. `fps_tolerance`: share, 0.01 = 1
/// %.
[[nodiscard]] std::string mismatch(const core::ExpectVideo& expect, const VideoFacts& facts, double fps_tolerance);

struct AudioFacts {
    std::string codec, language;
    int channels = 0, sample_rate = 0;
};
[[nodiscard]] std::string mismatch(const core::ExpectAudio& expect, const AudioFacts& facts);

/// Which of the expected sound tracks `track` is: the first in its language, else the one at its place ("audio:2" is
/// the second). Null where more tracks came than expected: those are not judged.
[[nodiscard]] const core::ExpectAudio* expected_audio(const core::Expect& expect, const core::Track& track);

}  // namespace sightline::analyzers
