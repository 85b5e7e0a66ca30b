// SPDX-License-Identifier: Apache-2.0
// How much of a stream is decoded: by its depth, by what looks wrong, and by what this machine can keep up with.
#pragma once

#include <optional>

#include "core/stream_spec.hpp"
#include "core/time.hpp"
#include "probe/media_reader.hpp"

namespace sightline::engine {

/// Pure: decides from what it is told.
///
/// Adaptive decodes key frames and all sound; it looks at every picture for kCloser after something looked wrong, while
/// somebody watches, and while key frames are more than kMaxKeyGap apart.
/// Threading: one thread.
class DepthController {
public:
    static constexpr core::Duration kMaxKeyGap = std::chrono::seconds{3};
    static constexpr core::Duration kCloser = std::chrono::seconds{30};
    /// Behind by this much: pictures that no other needs are skipped, then all but key frames.
    static constexpr core::Duration kBehind = std::chrono::seconds{1};
    static constexpr core::Duration kFarBehind = std::chrono::seconds{3};
    static constexpr core::Duration kCaughtUp = std::chrono::milliseconds{200};

    explicit DepthController(core::DepthMode mode) : mode_(mode) {}

    struct Now {
        core::MediaTime newest{};
        std::optional<core::MediaTime> last_key;
        bool suspicion = false;  ///< something looked wrong since the last call
        bool focus = false;      ///< somebody watches
        core::Duration lag{};    ///< behind what has arrived; 0 for files
    };
    [[nodiscard]] probe::DecodeWork decide(const Now& now);
    /// Work is being shed because this machine is too slow; `probe.overload`.
    [[nodiscard]] bool overloaded() const { return shed_ != probe::DecodeWork::Everything; }

private:
    core::DepthMode mode_;
    std::optional<core::MediaTime> closer_until_;
    probe::DecodeWork shed_ = probe::DecodeWork::Everything;
};

}  // namespace sightline::engine
