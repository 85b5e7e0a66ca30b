// SPDX-License-Identifier: Apache-2.0
// A remote probe's small picture: a JPEG of its API, as planes that the video renderer takes.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "link/api_client.hpp"
#include "ui/snapshot.hpp"

namespace sightline::ui {

/// Planar 4:2:0, 8 bits, full range, BT.601 (JFIF): Y, Cb, Cr one after the other without padding.
struct StillPicture {
    int width = 0, height = 0;
    std::vector<std::byte> pixels;
    core::UtcTime at{};  ///< when its stream showed it, as the probe says
};

inline constexpr int kMostStillEdge = 2'048;  ///< pixels; probes send 320 × 180

/// Foreign bytes. @return Corrupt with the reason in words: no JPEG, larger than kMostStillEdge, not of three colours,
/// cut short.
[[nodiscard]] core::Result<StillPicture> decode_still(std::string_view jpeg);

/// What came of each stream, decoded once.
///
/// Threading: one thread; what it gives is immutable.
class StillBook {
public:
    /// Everything of one probe as it is now. What cannot be decoded leaves the picture before it.
    void take(const std::string& probe, const std::map<std::string, link::StillReport>& stills);
    [[nodiscard]] std::shared_ptr<const StillPicture> of(const StreamKey& stream) const;

private:
    struct Kept {
        core::UtcTime taken{};  // of what was last looked at, whether it could be shown or not
        std::shared_ptr<const StillPicture> picture;
    };
    std::map<StreamKey, Kept> kept_;
};

}  // namespace sightline::ui
